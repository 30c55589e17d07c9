/** Values out of an address, which anybody can write. */

export function oneOf<T extends string>(value: unknown, choices: readonly T[]): T | undefined {
  return choices.find((each) => each === value);
}

/** A text; one that looks like a number has become one on its way. */
export function textIn(value: unknown): string | undefined {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && text ? text.slice(0, 200) : undefined;
}
