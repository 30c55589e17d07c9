/** Spans of time up to now, as people choose them. */

export const RANGES = ["1h", "24h", "7d", "30d"] as const;
export type Range = (typeof RANGES)[number];
const SECONDS: Record<Range, number> = { "1h": 3600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000 };

export function readRange(value: unknown, otherwise: Range): Range {
  return RANGES.find((each) => each === value) ?? otherwise;
}

/** When a range began; whole minutes, so that asking again soon asks for the same. */
export function since(range: Range, now = Date.now()): string {
  return new Date(Math.floor((now - SECONDS[range] * 1000) / 60_000) * 60_000).toISOString();
}

export function stepOf(range: Range): "hour" | "day" {
  return range === "30d" ? "day" : "hour";
}
