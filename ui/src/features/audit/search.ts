/** The filters of the audit, as its address holds them. */
import { oneOf, textIn } from "@/lib/search-values";

export const WAYS = ["session", "token", "cli", "server"] as const;
export const OUTCOMES = ["done", "failed", "begun"] as const;
export const SPANS = ["1h", "24h", "7d", "30d"] as const;
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
] as const;

export interface AuditSearch {
  actor?: string;
  action?: string;
  target?: string;
  way?: (typeof WAYS)[number];
  outcome?: (typeof OUTCOMES)[number];
  span?: (typeof SPANS)[number];
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
    span: oneOf(search.span, SPANS),
    entry: Number.isSafeInteger(entry) && entry > 0 ? entry : undefined,
  };
}

const HOURS = { "1h": 1, "24h": 24, "7d": 168, "30d": 720 };

/** The beginning of a span, to the minute: asked for again within it, it is the same question. */
export function sinceOf(span: AuditSearch["span"], now = Date.now()): string | undefined {
  if (!span) return undefined;
  return new Date(Math.floor(now / 60_000) * 60_000 - HOURS[span] * 3_600_000).toISOString();
}

export function isFiltered({ entry: _, ...filter }: AuditSearch): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}
