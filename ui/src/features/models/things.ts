/** What one of a priced thing is. */

export type Unit = "picture" | "given" | "second" | "characters" | "hour";

export function unitOf(thing: string): Unit {
  if (thing.startsWith("videos/")) return "second";
  if (thing.startsWith("sound/")) return thing.endsWith("hour") ? "hour" : "characters";
  return thing.endsWith("/given") ? "given" : "picture";
}
