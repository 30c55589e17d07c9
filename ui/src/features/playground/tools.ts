/** Tools that the playground offers to a model: those that xAI runs itself, and functions that a person answers. */

export const HOSTED = ["web_search", "x_search", "code_interpreter"] as const;

export const EXAMPLE = JSON.stringify(
  [
    {
      name: "get_weather",
      description: "The weather of a city",
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    },
  ],
  null,
  2,
);

function functionOf(given: unknown): object | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const inner = "function" in given ? given.function : given;
  if (typeof inner !== "object" || inner === null) return undefined;
  return "name" in inner && typeof inner.name === "string" && inner.name ? inner : undefined;
}

/** Read functions as somebody wrote them, one or a list; undefined if that is no JSON of functions. */
export function readFunctions(written: string): object[] | undefined {
  if (!written.trim()) return [];
  let read: unknown;
  try {
    read = JSON.parse(written);
  } catch {
    return undefined;
  }
  const found = (Array.isArray(read) ? read : [read]).map(functionOf);
  return found.every((each) => each !== undefined) ? found : undefined;
}

/** What a request holds for them. */
export function toolsOf(hosted: readonly string[], functions: object[]): unknown[] {
  return [...hosted.map((type) => ({ type })), ...functions.map((each) => ({ type: "function", function: each }))];
}
