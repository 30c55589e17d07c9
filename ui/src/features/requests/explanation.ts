/** What `explain` tells of a request; the server describes it as free-form objects. */

export interface Decision {
  at_ms: number | null;
  model: string;
  surface: string;
  strategy: string;
  pool: number;
  removed: Record<string, number> | null;
  looked_at: number;
  considered: Record<string, unknown>[];
  /** Empty if nobody could serve. */
  chosen: string;
  because: string;
  waited_ms: number | null;
  sent_ms: number | null;
  /** Null if a connection that was kept carried the call. */
  connect_ms: number | null;
  failed_ms: number | null;
  fault: string | null;
  status: number | null;
  detail: string | null;
}

export interface CandidateNow {
  id: string;
  name: string;
  priority: number;
  rule: string;
  seconds: number | null;
  reason: string;
  in_flight: number;
  failures: number;
  weight: number;
  quota: number | null;
}

export interface RequestFacts {
  started_at: string;
  operation: string;
  model: string;
  upstream_model: string;
  credential_id: string;
  stream: boolean;
  status: number;
  end: string;
  error_code: string;
  attempts: number;
  first_byte_ms: number | null;
  total_ms: number | null;
  upstream_request_id: string;
  usage_source: string;
  input_tokens: number;
  cached_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  cost_in_usd_ticks: number | null;
  cache_savings_in_usd_ticks: number | null;
}

export interface Demand {
  upstream_id?: string;
  tier?: string | null;
  surface?: string;
  scope?: { tags: string[] | null; tier: string | null };
  pinned?: boolean;
  conversation?: boolean;
}

export interface Explained {
  request_id: string;
  request: RequestFacts | null;
  demand: Demand | null;
  decisions: Decision[];
  rescued_after: number | null;
  now: { at: string; credentials: CandidateNow[] } | null;
}

export interface Span {
  from: number;
  to: number;
  kind: "waited" | "connected" | "tried" | "answered";
  decision: number;
}

/** The pieces of a request's time, in milliseconds from its start, for the timeline. */
export function spansOf(decisions: Decision[], totalMs: number): Span[] {
  const spans: Span[] = [];
  decisions.forEach((decision, place) => {
    const at = decision.at_ms ?? 0;
    const waited = decision.waited_ms ?? 0;
    const sent = decision.sent_ms ?? at;
    if (waited > 0) spans.push({ from: Math.max(0, at - waited), to: at, kind: "waited", decision: place });
    if (decision.chosen === "") return;
    const end = decision.failed_ms ?? totalMs;
    const open = sent + (decision.connect_ms ?? 0);
    if (open > sent) spans.push({ from: sent, to: open, kind: "connected", decision: place });
    spans.push({
      from: open,
      to: Math.max(open, end),
      kind: decision.failed_ms === null ? "answered" : "tried",
      decision: place,
    });
  });
  return spans;
}
