/** When a day or a month of a budget is over; both are counted in UTC. */

/** The moment after a window such as 2026-11-26 or 2026-11; null for what is none. */
export function resetOf(window: string): string | null {
  const found = /^(\d{4})-(\d{2})(?:-(\d{2}))?$/.exec(window);
  if (!found) return null;
  const [year, month] = [Number(found[1]), Number(found[2])];
  const next = found[3] === undefined ? Date.UTC(year, month, 1) : Date.UTC(year, month - 1, Number(found[3]) + 1);
  return new Date(next).toISOString();
}

/** A window as people write it: "November 2026", "Nov 26, 2026"; what is none stays as it is. */
export function windowName(window: string, language: string): string {
  const month = isMonth(window);
  const start = new Date(month ? `${window}-01` : /^\d{4}-\d{2}-\d{2}$/.test(window) ? window : Number.NaN);
  if (Number.isNaN(start.getTime())) return window;
  const form: Intl.DateTimeFormatOptions = month ? { year: "numeric", month: "long" } : { dateStyle: "medium" };
  return new Intl.DateTimeFormat(language, { ...form, timeZone: "UTC" }).format(start);
}

export function isMonth(window: string): boolean {
  return /^\d{4}-\d{2}$/.test(window);
}
