// Written by `make types` from the admin API's OpenAPI document; changes here are lost.

/** One action for many credentials, named by `ids` or by `filter`. */
export interface BulkBody {
  action: "enable" | "disable" | "clear-cooldown" | "delete" | "edit" | "test" | "refresh";
  ids?: string[] | null;
  filter?: FilterBody | null;
  changes?: EditBody | null;
}

/** What came of a change of many. */
export interface BulkResult {
  action: "enable" | "disable" | "clear-cooldown" | "delete" | "edit" | "test" | "refresh";
  chosen: number;
  done: number;
  gone: string[];
  needs_sign_in: string[];
}

/** A page of credentials, the oldest first; `total` is how many fit the filters. */
export interface CredentialPage {
  data: CredentialView[];
  total: number;
  next_cursor: string | null;
}

/** A credential; times are UTC in ISO 8601. */
export interface CredentialView {
  id: string;
  name: string;
  kind: "api_key" | "oauth";
  tier: "basic" | "super";
  hint: string;
  login: string;
  status: Status;
  reason: string;
  cooldown_until: string | null;
  enabled: boolean;
  tags: string[];
  priority: number;
  weight: number;
  max_concurrency: number;
  proxy: string;
  models: string[];
  note: string;
  account_id: string;
  team_id: string;
  user_id: string;
  acls: string[];
  probed_at: string | null;
  expires_at: string | null;
  refreshed_at: string | null;
  generation: number;
  refresh_error: string;
  needs_sign_in: boolean;
  quota: QuotaView;
  usage: UsageView;
  created_at: string | null;
  updated_at: string | null;
  live?: LiveView | null;
}

/** What is to be changed; what is left out, or null, stays. An empty text empties a field. */
export interface EditBody {
  name?: string | null;
  tier?: "basic" | "super" | null;
  tags?: string[] | null;
  add_tags?: string[];
  remove_tags?: string[];
  priority?: number | null;
  weight?: number | null;
  max_concurrency?: number | null;
  proxy?: string | null;
  models?: string[] | null;
  note?: string | null;
  enabled?: boolean | null;
}

/** The form of every error. */
export interface ErrorAnswer {
  error: ErrorObject;
}

/** What went wrong. */
export interface ErrorObject {
  message: string;
  type: string;
  param: string | null;
  code: string;
}

/** How a request came to its credential. */
export interface Explanation {
  request_id: string;
  request: Record<string, unknown> | null;
  demand: Record<string, unknown> | null;
  decisions: (Record<string, unknown>)[];
  rescued_after: number | null;
  now: Record<string, unknown> | null;
}

/** Which credentials go out, named by `ids` or by `filter`, and what seals them. */
export interface ExportBody {
  passphrase: string;
  ids?: string[] | null;
  filter?: FilterBody | null;
}

/** Who is meant: every field that is given has to fit; of several values in one, one has to. */
export interface FilterBody {
  ids?: string[];
  status?: Status[];
  kind?: ("api_key" | "oauth")[];
  tier?: ("basic" | "super")[];
  tags?: string[];
  account?: string[];
  text?: string;
  everything?: boolean;
}

/** What came of an import, or would come of it. */
export interface ImportResult {
  format: string;
  dry_run: boolean;
  total: number;
  cancelled: boolean;
  counts: Record<string, number>;
  rows: ImportRow[];
  rows_left_out: number;
}

/** What came of one line or object of the file. */
export interface ImportRow {
  place: string;
  outcome: string;
  id: string;
  name: string;
  reason: string;
}

/** The newest jobs, newest first. */
export interface JobList {
  data: JobView[];
}

/** Long work as it stands. */
export interface JobView {
  id: string;
  kind: string;
  state: "running" | "done" | "failed" | "cancelled";
  total: number;
  done: number;
  failed: number;
  message: string;
  result?: unknown;
  cancel_requested: boolean;
  created_at: string;
  updated_at: string;
}

/** What the worker that answers knows beyond the store; short rests are seen here only. */
export interface LiveView {
  in_flight: number;
  status: string;
  reason: string;
  restrictions?: RestrictionView[];
}

/** An API key of xAI, and how it is to be used. */
export interface NewKey {
  name?: string | null;
  tier?: "basic" | "super" | null;
  tags?: string[] | null;
  add_tags?: string[];
  remove_tags?: string[];
  priority?: number | null;
  weight?: number | null;
  max_concurrency?: number | null;
  proxy?: string | null;
  models?: string[] | null;
  note?: string | null;
  enabled?: boolean | null;
  key: string;
}

/** What is known of the allowance: the share that is left, 0 to 1. */
export interface QuotaView {
  left: number | null;
  source: string;
  at: string | null;
}

/** The address that the browser ended up at. */
export interface RedirectBody {
  url: string;
}

/** What came of a refresh, and how the credential looks now. */
export interface RefreshAnswer {
  id: string;
  name: string;
  ok: boolean;
  message: string;
  credential: CredentialView;
}

/** A model or surface that a credential is kept from for a while, such as by a rate limit. */
export interface RestrictionView {
  what: string;
  reason: string;
  until: string | null;
}

/** A new session; `token` is told this once. */
export interface SessionStarted {
  token: string;
  expires_at: string;
}

/** Who is signed in. */
export interface SessionView {
  created_at: string;
  expires_at: string;
}

/** The console's password. */
export interface SignIn {
  password: string;
}

/** How to sign in, and what the credential is to be called and used for. */
export interface SignInBody {
  flow?: "device" | "redirect";
  name?: string;
  tier?: "basic" | "super" | null;
  tags?: string[];
  proxy?: string;
}

/** A sign-in as it stands. With `device`, a person types `user_code` at `verification_uri`; with `redirect`, goes to `url`. */
export interface SignInView {
  id: string;
  flow: "device" | "redirect";
  state: "waiting" | "storing" | "done" | "refused" | "expired" | "cancelled" | "failed";
  url: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete: string;
  expires_at: string;
  interval: number;
  message: string;
  credential_id: string;
  renewed: boolean;
}

/** Long work has begun; follow it under /jobs. */
export interface Started {
  job: JobView;
}

/** How a credential fares. */
export type Status = "active" | "cooling" | "exhausted" | "expired" | "blocked" | "disabled";

/** What xAI said; `models` are those that the credential may use. */
export interface TestAnswer {
  id: string;
  name: string;
  ok: boolean;
  message: string;
  models: string[];
}

/** What a credential has served, by the ledger. */
export interface UsageView {
  requests: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: string;
  cost_ticks: number;
  last_used_at: string | null;
}

export type Path =
  | "/credentials"
  | "/credentials/bulk"
  | "/credentials/export"
  | "/credentials/import"
  | "/credentials/sign-ins"
  | "/credentials/sign-ins/{sign_in_id}"
  | "/credentials/sign-ins/{sign_in_id}/redirect"
  | "/credentials/{credential_id}"
  | "/credentials/{credential_id}/clear-cooldown"
  | "/credentials/{credential_id}/disable"
  | "/credentials/{credential_id}/enable"
  | "/credentials/{credential_id}/refresh"
  | "/credentials/{credential_id}/test"
  | "/jobs"
  | "/jobs/{job_id}"
  | "/jobs/{job_id}/events"
  | "/openapi.json"
  | "/requests/{request_id}/explain"
  | "/session";
