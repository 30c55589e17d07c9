/** The filters of the audit, as its address holds them. */
import { between, RANGES, type Range, readMoment } from "@/lib/ranges";
import { oneOf, textIn } from "@/lib/search-values";

export const WAYS = ["session", "token", "cli", "server"] as const;
export const OUTCOMES = ["done", "failed", "begun"] as const;
/** What is done to, which is the first word of an action. */
export const SUBJECTS = [
  "credentials",
  "sign-ins",
  "keys",
  "models",
  "prices",
  "media",
  "settings",
  "session",
  "sessions",
  "operators",
  "tokens",
  "alerts",
  "requests",
  "jobs",
  "contents",
  "backups",
  "network",
  "admin",
  "secrets",
  "audit",
] as const;

export interface AuditSearch {
  actor?: string;
  action?: string;
  target?: string;
  way?: (typeof WAYS)[number];
  outcome?: (typeof OUTCOMES)[number];
  span?: Range;
  /** Moments of one's own in place of a span. */
  from?: string;
  to?: string;
  /** The entry whose drawer is open. */
  entry?: number;
}

export function readAuditSearch(search: Record<string, unknown>): AuditSearch {
  const entry = Number(search.entry);
  return {
    actor: textIn(search.actor),
    action: textIn(search.action),
    target: textIn(search.target),
    way: oneOf(search.way, WAYS),
    outcome: oneOf(search.outcome, OUTCOMES),
    span: oneOf(search.span, RANGES),
    from: readMoment(search.from),
    to: readMoment(search.to),
    entry: Number.isSafeInteger(entry) && entry > 0 ? entry : undefined,
  };
}

/** The ends of the span that is asked for; none is at any time. */
export function endsOf({ span, from, to }: Pick<AuditSearch, "span" | "from" | "to">) {
  const ends = between({ range: span, from, to });
  return { since: ends.from, until: ends.to };
}

export function isFiltered({ entry: _, ...filter }: AuditSearch): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}
