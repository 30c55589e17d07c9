/** The filters of the request log, as its address holds them. */
import { between, readSpan, type Span } from "@/lib/ranges";
import { oneOf, textIn } from "@/lib/search-values";

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
/** The endpoints as the ledger calls them. */
export const OPERATIONS = [
  "chat",
  "responses",
  "messages",
  "compact",
  "images",
  "image_edits",
  "videos",
  "speech",
  "tts",
  "transcription",
  "stt",
] as const;
/** Seconds that a request took at least. */
export const SPANS = [1, 5, 15, 60, 300] as const;
export const CLASSES = ["2xx", "4xx", "5xx"] as const;

export interface RequestSearch extends Span {
  view?: "live";
  status?: (typeof CLASSES)[number];
  end?: (typeof ENDS)[number];
  model?: string;
  key?: string;
  credential?: string;
  text?: string;
  operation?: (typeof OPERATIONS)[number];
  slow?: (typeof SPANS)[number];
  id?: string;
}

export function readRequestSearch(search: Record<string, unknown>): RequestSearch {
  return {
    view: search.view === "live" ? "live" : undefined,
    ...readSpan(search),
    status: oneOf(search.status, CLASSES),
    end: oneOf(search.end, ENDS),
    model: textIn(search.model),
    key: textIn(search.key),
    credential: textIn(search.credential),
    text: textIn(search.text),
    operation: oneOf(search.operation, OPERATIONS),
    slow: SPANS.find((each) => each === search.slow),
    id: textIn(search.id),
  };
}

/** The same as the server is asked for it. */
export function filterQuery({
  range,
  from,
  to,
  status,
  end,
  model,
  key,
  credential,
  text,
  operation,
  slow,
}: RequestSearch): Record<string, string | number | undefined> {
  const span = between({ range, from, to }, "24h");
  return { ...span, status, end, model, key, credential, text, operation, slower_than: slow && slow * 1000 };
}
