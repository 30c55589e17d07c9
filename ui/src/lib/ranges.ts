/** Spans of time, as people choose them: up to now, or between two moments of their own. */

export const RANGES = ["1h", "24h", "7d", "30d"] as const;
export type Range = (typeof RANGES)[number];
const SECONDS: Record<Range, number> = { "1h": 3600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000 };
const MINUTE = 60_000;
const DAY = 86_400_000;
/** Days that are shown hour by hour; more are shown day by day. */
const HOURLY_DAYS = 8;
/** Days that the server sums up one by one at most. */
export const MOST_DAYS = 1000;

/** A span of time as an address holds it: moments, if there are any, count before the range. */
export interface Span {
  range?: Range;
  from?: string;
  to?: string;
}

export function readRange(value: unknown, otherwise: Range): Range {
  return RANGES.find((each) => each === value) ?? otherwise;
}

/** A moment out of an address, to the minute; undefined if it is none. */
export function readMoment(value: unknown): string | undefined {
  const time = typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : inMinutes(time);
}

export function readSpan(search: Record<string, unknown>): Span {
  return {
    range: search.range === undefined ? undefined : readRange(search.range, "24h"),
    from: readMoment(search.from),
    to: readMoment(search.to),
  };
}

export function isOwn(span: Pick<Span, "from" | "to">): boolean {
  return span.from !== undefined || span.to !== undefined;
}

/** When a range began; whole minutes, so that asking again soon asks for the same. */
export function since(range: Range, now = Date.now()): string {
  return new Date(Math.floor((now - SECONDS[range] * 1000) / MINUTE) * MINUTE).toISOString();
}

/** A span as the server is asked for it. */
export function between(span: Span, otherwise?: Range): { from?: string; to?: string } {
  if (isOwn(span)) return { from: span.from, to: span.to };
  const range = span.range ?? otherwise;
  return range ? { from: since(range) } : {};
}

/** The two moments of a range, to begin with when somebody wants his own. */
export function ownOf(range: Range, now = Date.now()): { from: string; to: string } {
  return { from: inMinutes(Date.parse(since(range, now))), to: inMinutes(Math.ceil(now / MINUTE) * MINUTE) };
}

export function stepOf(span: Span): "hour" | "day" {
  if (!isOwn(span)) return span.range === "30d" ? "day" : "hour";
  const end = span.to ? Date.parse(span.to) : Date.now();
  const days = span.from ? (end - Date.parse(span.from)) / DAY : 1;
  return days > HOURLY_DAYS ? "day" : "hour";
}

/** A moment as a field for date and time holds it: in the zone of whoever looks. */
export function localOf(moment: string): string {
  const time = new Date(moment);
  return inMinutes(time.getTime() - time.getTimezoneOffset() * MINUTE).slice(0, 16);
}

/** What such a field holds, as a moment; undefined if that is none. */
export function momentOf(local: string): string | undefined {
  const time = local ? new Date(local).getTime() : Number.NaN;
  return Number.isNaN(time) ? undefined : inMinutes(time);
}

/** What is wrong with two moments, as the name of a text; null if nothing is. */
export function wrongWith(from: string | undefined, to: string | undefined): "missing" | "order" | "long" | null {
  if (!from || !to) return "missing";
  const days = (Date.parse(to) - Date.parse(from)) / DAY;
  if (days <= 0) return "order";
  return days > MOST_DAYS ? "long" : null;
}

function inMinutes(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16)}:00Z`;
}
