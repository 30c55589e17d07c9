/** What a change changed, field by field. */

export interface Line {
  name: string;
  before: unknown;
  after: unknown;
}

type Fields = Record<string, unknown> | null;

/** The fields of both sides by name; undefined stands where a side does not have it. */
export function linesOf(before: Fields, after: Fields): Line[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort();
  return names.map((name) => ({ name, before: before?.[name], after: after?.[name] }));
}

/** A value as a person reads it. */
export function written(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(value, null, typeof value === "object" ? 2 : undefined);
}
