/** The filters of the request log, as its address holds them. */
import { type Range, readRange } from "@/lib/ranges";

export const ENDS = [
  "completed",
  "incomplete",
  "failed",
  "refused",
  "client_gone",
  "cut",
  "cancelled",
  "cancelled_by_operator",
] as const;
export const CLASSES = ["2xx", "4xx", "5xx"] as const;

export interface RequestSearch {
  view?: "live";
  range?: Range;
  status?: (typeof CLASSES)[number];
  end?: (typeof ENDS)[number];
  model?: string;
  key?: string;
  credential?: string;
  text?: string;
  id?: string;
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value ? value.slice(0, 200) : typeof value === "number" ? String(value) : undefined;

export function readRequestSearch(search: Record<string, unknown>): RequestSearch {
  return {
    view: search.view === "live" ? "live" : undefined,
    range: search.range === undefined ? undefined : readRange(search.range, "24h"),
    status: CLASSES.find((each) => each === search.status),
    end: ENDS.find((each) => each === search.end),
    model: text(search.model),
    key: text(search.key),
    credential: text(search.credential),
    text: text(search.text),
    id: text(search.id),
  };
}
