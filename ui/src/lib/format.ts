/** Numbers, money and times as people read them, in the language of the console. */

export const TICKS_PER_USD = 10_000_000_000;

// Making a format costs far more than using it, and lists use the same few for every row.
const formats = new Map<string, unknown>();

function once<T>(key: string, make: () => T): T {
  const found = (formats.get(key) as T | undefined) ?? make();
  formats.set(key, found);
  return found;
}

function numbers(language: string, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  return once(`number ${language} ${JSON.stringify(options)}`, () => new Intl.NumberFormat(language, options));
}

function times(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return once(`time ${language} ${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(language, options));
}

export function number(value: number, language: string): string {
  return numbers(language).format(value);
}

export function compact(value: number, language: string): string {
  return numbers(language, { notation: "compact", maximumFractionDigits: 1 }).format(value);
}

export function percent(share: number, language: string): string {
  return numbers(language, { style: "percent", maximumFractionDigits: share < 0.1 ? 1 : 0 }).format(share);
}

/** US dollars out of integer ticks; small sums keep the digits that tell. */
export function usd(ticks: number, language: string): string {
  const value = ticks / TICKS_PER_USD;
  const size = Math.abs(value);
  const digits = size === 0 || size >= 1 ? 2 : size >= 0.01 ? 4 : 6;
  return numbers(language, {
    style: "currency",
    currency: "USD",
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: 2,
    maximumFractionDigits: digits,
  }).format(value);
}

/** A length of time as a clock shows it: 0:42, 12:05, 3:04:09, 2d 3h. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor((whole % 86_400) / 3600);
  if (days > 0) return `${days}d ${hours}h`;
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

export function milliseconds(value: number, language: string): string {
  if (value >= 1000) return `${numbers(language, { maximumFractionDigits: 2 }).format(value / 1000)} s`;
  return `${numbers(language, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value)} ms`;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** How far a moment is from now: "3 minutes ago", "in 2 hours". */
export function relative(moment: string | number, now: number, language: string): string {
  const seconds = ((typeof moment === "number" ? moment : Date.parse(moment)) - now) / 1000;
  const size = Math.abs(seconds);
  const [unit, length] = STEPS.find(([, each]) => size >= each) ?? ["second", 1];
  const format = once(`relative ${language}`, () => new Intl.RelativeTimeFormat(language, { numeric: "auto" }));
  return format.format(Math.trunc(seconds / length), unit);
}

export function dateTime(moment: string | number, language: string): string {
  return times(language, { dateStyle: "medium", timeStyle: "medium" }).format(new Date(moment));
}

/** The same without the year, for lists of what happened lately. */
export function shortTime(moment: string | number, language: string): string {
  const two = "2-digit";
  return times(language, {
    month: "short",
    day: "numeric",
    hour: two,
    minute: two,
    second: two,
    hourCycle: "h23",
  }).format(new Date(moment));
}

export function bytes(size: number, language: string): string {
  const units = ["B", "KB", "MB", "GB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, size)) / 10));
  const shown = numbers(language, { maximumFractionDigits: 1 }).format(size / 1024 ** power);
  return `${shown} ${units[power]}`;
}
