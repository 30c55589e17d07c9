// Written by `make types` from the admin API's OpenAPI document; changes here are lost.

/** All that is wrong, the oldest first. */
export interface AlertList {
  /** Whether messages are sent (alerts.webhook_url). */
  configured: boolean;
  /** All that is wrong, the oldest first. */
  data: AlertView[];
}

/** One thing that is wrong. */
export interface AlertView {
  /** What is wrong, for programs. */
  kind: "pool.last_usable" | "pool.none_usable" | "credential.unreadable" | "sign_in.expired" | "budget.spent" | "store.degraded" | "price.drift";
  /** With whom or what, as an id; empty if there is only one. */
  subject: string;
  /** `warning` or `critical`. */
  severity: "warning" | "critical";
  /** What is wrong, in one line of English. */
  title: string;
  /** The same in Chinese. */
  title_chinese: string;
  /** What to do about it, in English. */
  advice: string;
  /** The same in Chinese. */
  advice_chinese: string;
  /** Since when it is wrong, UTC in ISO 8601. */
  since: string;
  /** When it was last told; null until then. */
  told_at: string | null;
}

/** What was answered, as the client got it. */
export interface AnswerView {
  /** Its media type. */
  kind: string;
  /** Bytes as they passed. */
  size: number;
  /** Whether it was too long to be kept whole. */
  cut: boolean;
  /** How many pictures, sounds and other bytes were left out. */
  omitted: number;
  /** As it was, JSON or a text; null where it held no words, and of an answer that was streamed. */
  body?: unknown;
  /** The same turn by turn, as far as it is understood. */
  said: SaidView[];
  /** The error that it was, or that it ended with. */
  error?: unknown;
}

/** What came of trying a way: a connection to upstream through it, and nothing sent. */
export interface Attempt {
  /** Whether a connection to upstream came about. */
  reached: boolean;
  /** How long the attempt took, in milliseconds, whatever came of it. */
  latency_ms: number;
  /** Why upstream was not reached; empty if it was. */
  reason: string;
}

/** A page of the audit, newest first. */
export interface AuditPage {
  /** The entries of this page, newest first. */
  data: AuditView[];
  /** Where the next page begins; null on the last one. */
  next_cursor: number | null;
}

/** One step of one deed. */
export interface AuditView {
  /** Its place in the chain, counted from 1. */
  sequence: number;
  /** The entry that told of its beginning; null in that one, and where one entry tells all. */
  of: number | null;
  /** When it happened, UTC in ISO 8601; null only for a time that no calendar holds. */
  at: string | null;
  /** Id of the operator or token; empty for the owner, the command line, the server itself, and whoever was not let in. */
  actor_id: string;
  /** Name of who did it, as it was then; `server` is the server itself. */
  actor: string;
  /** The actor's role then: `viewer`, `operator` or `owner`. */
  role: string;
  /** How the actor came in. */
  way: "session" | "token" | "cli" | "server";
  /** Where the actor came from; empty while unknown. */
  address: string;
  /** What was done, such as `credentials.edit`. */
  action: string;
  /** What it was done to, mostly an id; may be empty. */
  target: string;
  /** What the target is called now, or was called then; null where nobody knows. */
  target_name: string | null;
  /** `begun` before it is done, `done` or `failed` when it has ended. */
  outcome: "begun" | "done" | "failed";
  /** HTTP status of the answer; 0 while there is none. */
  status: number;
  /** The `x-request-id` of the call; empty where there was none. */
  request_id: string;
  /** The fields that changed, as they were; secrets are masked. */
  before: Record<string, unknown> | null;
  /** The same fields as they are now. */
  after: Record<string, unknown> | null;
  /** Covers this entry and the hash of the one before it. */
  hash: string;
}

/** The copies on the host of the worker that answers, the newest first. */
export interface BackupList {
  /** What makes a copy in a terminal, where the server cannot; empty if it can. */
  command: string;
  /** Name of the host that answered. */
  host: string;
  /** The copies on it, the newest first. */
  data: BackupView[];
}

/** One copy. */
export interface BackupView {
  /** Its file name, such as `grok2api-20270131-120000.db`. */
  name: string;
  /** How large it is, in bytes. */
  bytes: number;
  /** When it was made, UTC in ISO 8601; null only for a time that no calendar holds. */
  made_at: string | null;
}

/** One action for many credentials, named by `ids` or by `filter`. */
export interface BulkBody {
  /** `test`, `refresh`, and anything for over 500, become a job. */
  action: "enable" | "disable" | "clear-cooldown" | "delete" | "edit" | "test" | "refresh";
  /** In full; not together with `filter`. */
  ids?: string[] | null;
  /** Who is meant, if not by `ids`. */
  filter?: FilterBody | null;
  /** What `edit` changes; only with that action. */
  changes?: EditBody | null;
}

/** What came of a change of many. */
export interface BulkResult {
  /** The action, as it was asked for. */
  action: "enable" | "disable" | "clear-cooldown" | "delete" | "edit" | "test" | "refresh";
  /** How many were meant. */
  chosen: number;
  /** How many it was done to. */
  done: number;
  /** Ids of those that somebody else deleted meanwhile. */
  gone: string[];
  /** Ids of those that only a new sign-in brings back. */
  needs_sign_in: string[];
}

/** What was asked to end. */
export interface Cancelled {
  /** The id that was asked for. */
  id: string;
}

/** Whether the audit is whole. */
export interface ChainView {
  /** Whether all entries fit. */
  ok: boolean;
  /** How many fit, counted up to the first that does not. */
  entries: number;
  /** The first entry that does not fit; null if all do. */
  broken_at: number | null;
  /** Why it does not fit; empty if all do. */
  reason: string;
}

/** Settings that are to be changed. */
export interface ChangeBody {
  /** Values by dotted path, such as `{"grok.max_retry": 5}`. */
  set?: Record<string, unknown>;
  /** Paths for which the store shall hold no value, so that a file or the default decides. */
  unset?: string[];
}

/** What a change did. Hot settings take effect within two seconds. */
export interface ChangedView {
  /** The version that it made; the present one if there was nothing to change. */
  revision: number;
  /** What it changed in the store. */
  differences: DifferenceView[];
  /** Settings that take effect with the next start only. */
  pending_restart: string[];
  /** What is odd but works. */
  warnings: string[];
}

/** What a change would do; nothing was written. */
export interface CheckView {
  /** Whether the change can be made. */
  ok: boolean;
  /** The present version of the settings. */
  revision: number;
  /** Why it cannot be made; empty if it can. */
  problems: ProblemView[];
  /** What it would change in the store. */
  differences: DifferenceView[];
  /** What would be odd, but would work. */
  warnings: string[];
}

/** A page of credentials, the oldest first. */
export interface CredentialPage {
  /** The credentials of this page, the oldest first. */
  data: CredentialView[];
  /** How many fit the filters. */
  total: number;
  /** Where the next page begins; null on the last one. */
  next_cursor: string | null;
}

/** A credential; times are UTC in ISO 8601. */
export interface CredentialView {
  /** Its id. */
  id: string;
  /** What people call it. */
  name: string;
  /** `api_key` is a key of xAI's, `oauth` a sign-in. */
  kind: "api_key" | "oauth";
  /** `basic` or `super`: which models xAI lets it use. */
  tier: "basic" | "super";
  /** The part of the secret that may be shown. */
  hint: string;
  /** The e-mail address of a sign-in; empty for a key. */
  login: string;
  /** As the store has it; `live` may know of short rests. */
  status: Status;
  /** Why it has this status, for people; empty if all is well. */
  reason: string;
  /** Until when it rests; null if it does not. */
  cooldown_until: string | null;
  /** `false` while it is taken out of service. */
  enabled: boolean;
  /** What lists and client keys choose it by. */
  tags: string[];
  /** The higher one is chosen first. */
  priority: number;
  /** Its share among credentials of the same priority. */
  weight: number;
  /** Calls at a time; 0 is no limit. */
  max_concurrency: number;
  /** Without its login; empty is the one of the settings. */
  proxy: string;
  /** xAI's models that it may serve; empty is all. */
  models: string[];
  /** For people; empty if there is none. */
  note: string;
  /** The upstream account it belongs to. */
  account_id: string;
  /** xAI's id of the team; empty until xAI was asked. */
  team_id: string;
  /** xAI's id of the user; empty until xAI was asked. */
  user_id: string;
  /** What xAI lets the key do, in xAI's notation; empty while unknown. */
  acls: string[];
  /** When xAI was last asked about it. */
  probed_at: string | null;
  /** When the access token of a sign-in ends; null for a key. */
  expires_at: string | null;
  /** When that token was issued. */
  refreshed_at: string | null;
  /** How many sets of tokens this sign-in has had. */
  generation: number;
  /** Why the last refresh failed; empty if it did not. */
  refresh_error: string;
  /** Whether only a new sign-in brings it back. */
  needs_sign_in: boolean;
  /** What is known of its allowance. */
  quota: QuotaView;
  /** What it has served, by the ledger. */
  usage: UsageView;
  /** When it was made, UTC in ISO 8601; null only for a time that no calendar holds. */
  created_at: string | null;
  /** When an operator or a refresh last changed it, UTC in ISO 8601; null only for a time that no calendar holds. */
  updated_at: string | null;
  /** What the worker that answers knows beyond the store; null where that is not told. */
  live?: LiveView | null;
}

/** What came of a message. */
export interface Delivery {
  /** Whether the webhook took it. */
  delivered: boolean;
  /** Why it did not arrive; empty if it did. */
  reason: string;
}

/** What becomes of one stored setting. */
export interface DifferenceView {
  /** Dotted, such as `grok.max_retry`. */
  path: string;
  /** Null is not stored; a secret is masked. */
  before: boolean | number | string | string[] | number[] | null;
  /** Null is not stored; a secret is masked. */
  after: boolean | number | string | string[] | number[] | null;
  /** Whether it is shown as a mask only. */
  secret: boolean;
  /** Whether it takes effect with the next start only. */
  restart: boolean;
}

/** A model whose price is not what upstream asks. */
export interface DriftView {
  /** xAI's id of the model. */
  model: string;
  /** Requests whose cost both xAI and the list tell. */
  requests: number;
  /** What xAI said it cost. */
  told_in_usd_ticks: number;
  /** What it would have cost by our price list. */
  price_in_usd_ticks: number;
  /** By how much xAI asks more than the list; less is negative. */
  percent: number;
}

/** What is to be changed; what is left out, or null, stays. An empty text empties a field. */
export interface EditBody {
  /** At most 200 characters; empty takes the hint of the secret. */
  name?: string | null;
  /** Which models xAI lets it use: some need `super`. */
  tier?: "basic" | "super" | null;
  /** In place of all there are; at most 100 of 64 characters. */
  tags?: string[] | null;
  /** Besides those there are; not together with `tags`. */
  add_tags?: string[];
  /** From those there are; not together with `tags`. */
  remove_tags?: string[];
  /** The higher one is chosen first; -1,000,000 to 1,000,000. */
  priority?: number | null;
  /** Its share among credentials of the same priority; 1 to 1,000,000. */
  weight?: number | null;
  /** Calls at a time; 0 is no limit. */
  max_concurrency?: number | null;
  /** Address of an http, https or socks5 proxy; empty is the one of the settings. */
  proxy?: string | null;
  /** xAI's models that it may serve, at most 100; empty is all. */
  models?: string[] | null;
  /** For people; at most 4,000 characters. */
  note?: string | null;
  /** `false` takes it out of service; `true` also ends a block. */
  enabled?: boolean | null;
}

/** The form of every error. */
export interface ErrorAnswer {
  /** The error itself. */
  error: ErrorObject;
}

/** What went wrong. */
export interface ErrorObject {
  /** For people. */
  message: string;
  /** The family of the error, in OpenAI's words. */
  type: string;
  /** The field at fault; null if there is none. */
  param: string | null;
  /** For programs; it stays the same whatever the message says. */
  code: string;
}

/** How a request came to its credential. */
export interface Explanation {
  /** The id that was asked for. */
  request_id: string;
  /** What it came to, by the ledger. */
  request: Record<string, unknown> | null;
  /** What a credential had to fulfil. */
  demand: Record<string, unknown> | null;
  /** Each choice and what came of it; empty once the trace is forgotten. */
  decisions: (Record<string, unknown>)[];
  /** How many of them came before its conversation was rebuilt elsewhere; null if it was not. */
  rescued_after: number | null;
  /** Every credential, judged for the same demand as of now. */
  now: Record<string, unknown> | null;
}

/** Which credentials go out, named by `ids` or by `filter`, what seals them, and who asks. */
export interface ExportBody {
  /** Seals the file; 8 to 1,024 characters. */
  passphrase: string;
  /** The caller's own, once more; an API token and a session of single sign-on have none. */
  password?: string;
  /** In full; not together with `filter`. */
  ids?: string[] | null;
  /** Who is meant, if not by `ids`. */
  filter?: FilterBody | null;
}

/** Sums of requests. Latencies are read off classes, and so right to the class. */
export interface Figures {
  /** Requests that came in within the span. */
  requests: number;
  /** Answered, fully or up to a limit. */
  succeeded: number;
  /** Ended with an error of upstream, of the pool or of this server, or cut in mid-answer. */
  failed: number;
  /** Turned away as they were sent: by a limit, or for what they held. */
  refused: number;
  /** Ended by somebody: by their clients, or by an operator. */
  gone: number;
  /** Of those that were answered or failed; null if there was none. */
  success_rate: number | null;
  /** Calls to upstream. */
  attempts: number;
  /** Input tokens, cached ones among them. */
  input_tokens: number;
  /** Part of `input_tokens`. */
  cached_tokens: number;
  /** Output tokens, reasoning among them. */
  output_tokens: number;
  /** Part of `output_tokens`. */
  reasoning_tokens: number;
  /** Whole ticks; 1 USD is 10^10. */
  cost_in_usd_ticks: number;
  /** US dollars, as exact decimal text. */
  cost_usd: string;
  /** What the prompt cache saved, by our price list. */
  cache_savings_in_usd_ticks: number;
  /** Requests whose usage is our own estimate. */
  estimated: number;
  /** Requests that were sent and whose usage nobody knows. */
  unmetered: number;
  /** Half of the requests were this fast; null without any. */
  first_byte_ms_p50: number | null;
  /** 95 of 100 requests were this fast; null without any. */
  first_byte_ms_p95: number | null;
  /** Half of the requests took this long at most; null without any. */
  total_ms_p50: number | null;
  /** 95 of 100 requests took this long at most; null without any. */
  total_ms_p95: number | null;
}

/** A file of settings, TOML or JSON, as it is. */
export interface FileBody {
  /** At most 256 KiB. */
  content: string;
}

/** What a file would change. */
export interface FileView {
  /** Goes into a change as it is. */
  set: Record<string, unknown>;
  /** What cannot be taken in, and why. */
  left_out: ProblemView[];
  /** What that change would do. */
  check: CheckView;
}

/** Who is meant: every field that is given has to fit; of several values in one, one has to. */
export interface FilterBody {
  /** In full. */
  ids?: string[];
  /** As shown: a rest that is over counts as `active`. */
  status?: Status[];
  /** `api_key` is a key of xAI's, `oauth` a sign-in. */
  kind?: ("api_key" | "oauth")[];
  /** Has one of these tiers, `basic` or `super`; empty is any. */
  tier?: ("basic" | "super")[];
  /** Has one of them. */
  tags?: string[];
  /** Account, team or user ids, or e-mail addresses. */
  account?: string[];
  /** Part of an id, name, e-mail address, hint, note, tag or team; case does not matter. */
  text?: string;
  /** `true` means all there are; a filter that asks for nothing is refused. */
  everything?: boolean;
}

/** What was deleted. */
export interface Forgotten {
  /** Of how many requests words were deleted. */
  requests: number;
}

/** Changes, newest first. */
export interface HistoryPage {
  /** The changes of this page, newest first. */
  data: VersionView[];
  /** Where the next page begins; null on the last one. */
  next_cursor: number | null;
}

/** What came of an import, or would come of it. */
export interface ImportResult {
  /** What the file was taken for. */
  format: string;
  /** Whether it was a dry run, which adds nothing. */
  dry_run: boolean;
  /** Entries in the file, rejected ones too. */
  total: number;
  /** Whether it was stopped before the end; what was added stays. */
  cancelled: boolean;
  /** How many rows have each outcome. */
  counts: Record<string, number>;
  /** What came of each entry, in the order of the file. */
  rows: ImportRow[];
  /** Rows of a very large file that are not told here; refused ones are told before others. */
  rows_left_out: number;
}

/** What came of one line or object of the file. */
export interface ImportRow {
  /** Where in the file. */
  place: string;
  /** `added`, `known`, `updated`, `rejected`; in a dry run `would add` or `would update`. */
  outcome: string;
  /** Id of the credential; empty if there is none. */
  id: string;
  /** What the credential is called; empty if there is none. */
  name: string;
  /** Why, if it needs one; for people. */
  reason: string;
}

/** The newest jobs, newest first. */
export interface JobList {
  /** The newest jobs, newest first. */
  data: JobView[];
}

/** Long work as it stands. */
export interface JobView {
  /** Its id. */
  id: string;
  /** What is done, such as `import` or `test`. */
  kind: string;
  /** `running`, `done`, `failed` or `cancelled`. */
  state: "running" | "done" | "failed" | "cancelled";
  /** How many pieces there are; 0 while nobody knows. */
  total: number;
  /** How many are done, failed ones too. */
  done: number;
  /** How many failed. */
  failed: number;
  /** How it stands, in words. */
  message: string;
  /** What came of it, once it has ended; never a secret. */
  result?: unknown;
  /** Whether somebody asked for its end. */
  cancel_requested: boolean;
  /** When it was started, UTC in ISO 8601. */
  created_at: string;
  /** Its last sign of life. */
  updated_at: string;
}

/** What is to be changed; what is left out, or null, stays. An empty list or text, or 0, ends a limit. */
export interface KeyBody {
  /** At most 200 characters; not empty. */
  name?: string | null;
  /** Public models it may ask for; empty is all. */
  models?: string[] | null;
  /** Families of routes it may use; empty is all. */
  endpoints?: ("chat" | "responses" | "messages" | "images" | "videos" | "audio" | "files" | "models")[] | null;
  /** Where its client must be: addresses or CIDR notation; empty is anywhere. */
  networks?: string[] | null;
  /** Whether what cannot be honoured is refused instead of dropped. */
  strict?: boolean | null;
  /** Only credentials with one of these tags serve it; empty is all. */
  pool_tags?: string[] | null;
  /** Only credentials of this tier serve it; empty is all. */
  pool_tier?: "basic" | "super" | "" | null;
  /** How long its conversations are kept, so that they go on elsewhere; 0 keeps nothing, 366 days is the most. */
  rescue_seconds?: number | null;
  /** Requests a minute, up to 1,000,000; 0 is no limit. */
  rpm?: number | null;
  /** Tokens a minute, up to 10,000,000; 0 is no limit. */
  tpm?: number | null;
  /** Requests at a time, up to 100,000; 0 is no limit. */
  max_concurrency?: number | null;
  /** US dollars for a day in UTC, as text such as `2.50`, up to 500,000; `0` is no limit. */
  budget_day_usd?: string | null;
  /** US dollars for a month in UTC, as text such as `2.50`, up to 500,000; `0` is no limit. */
  budget_month_usd?: string | null;
  /** Keeps nothing of its requests but their rows in the ledger; not together with `record_content`. */
  never_log?: boolean | null;
  /** Keeps prompts and answers, sealed. Tell the people who use the key. */
  record_content?: boolean | null;
  /** For how many hours, up to 8,760; 0 is as long as the settings say. */
  content_hours?: number | null;
  /** For people; at most 4,000 characters. */
  note?: string | null;
  /** `false` refuses the key until it is enabled again. */
  enabled?: boolean | null;
  /** A moment to come, in ISO 8601 with its zone; an empty text is never. */
  expires_at?: string | null;
}

/** A key that was just made. */
export interface KeyMade {
  /** Its id. */
  id: string;
  /** What people call it. */
  name: string;
  /** The part of the key that may be shown. */
  hint: string;
  /** `active`, `disabled` by an operator, or `expired`. */
  state: "active" | "disabled" | "expired";
  /** `false` while an operator has it refused. */
  enabled: boolean;
  /** Public models it may ask for. */
  models: string[];
  /** Families of routes it may use. */
  endpoints: string[];
  /** Where its client must be: addresses or CIDR notation. */
  networks: string[];
  /** Whether what cannot be honoured is refused instead of dropped. */
  strict: boolean;
  /** Only credentials with one of these tags serve it. */
  pool_tags: string[];
  /** Only credentials of this tier serve it. */
  pool_tier: string | null;
  /** How long its conversations are kept, so that they go on elsewhere; 0 keeps nothing. */
  rescue_seconds: number;
  /** Requests a minute. */
  rpm: number;
  /** Tokens a minute. */
  tpm: number;
  /** Requests at a time. */
  max_concurrency: number;
  /** For a day in UTC. */
  budget_day: Money | null;
  /** For a month in UTC. */
  budget_month: Money | null;
  /** Whether nothing of its requests is kept but their rows in the ledger. */
  never_log: boolean;
  /** Whether prompts and answers are to be kept. */
  record_content: boolean;
  /** How long prompts and answers are kept, as the key says; 0 is as long as the settings say. */
  content_hours: number;
  /** How long they are as things stand; 0 if they are not kept. */
  content_kept_hours: number;
  /** For people; empty if there is none. */
  note: string;
  /** This day, then this month; counted for keys that have a budget, and as long as they have it. */
  spending: WindowView[];
  /** Told of one key only. */
  live?: LiveKeyView | null;
  /** Until when the key before the last renewal is valid as well. */
  former_until: string | null;
  /** From when on it is refused, UTC in ISO 8601; null is never. */
  expires_at: string | null;
  /** When it was made, UTC in ISO 8601; null only for a time that no calendar holds. */
  created_at: string | null;
  /** When it was last changed, UTC in ISO 8601; null only for a time that no calendar holds. */
  updated_at: string | null;
  /** Told this once. */
  key: string;
}

/** A page of client keys, the oldest first. */
export interface KeyPage {
  /** The client keys of this page, the oldest first. */
  data: KeyView[];
  /** How many fit the filters. */
  total: number;
  /** Where the next page begins; null on the last one. */
  next_cursor: string | null;
}

/** A client key; times are UTC in ISO 8601. Empty lists mean all; null and 0 mean no limit. */
export interface KeyView {
  /** Its id. */
  id: string;
  /** What people call it. */
  name: string;
  /** The part of the key that may be shown. */
  hint: string;
  /** `active`, `disabled` by an operator, or `expired`. */
  state: "active" | "disabled" | "expired";
  /** `false` while an operator has it refused. */
  enabled: boolean;
  /** Public models it may ask for. */
  models: string[];
  /** Families of routes it may use. */
  endpoints: string[];
  /** Where its client must be: addresses or CIDR notation. */
  networks: string[];
  /** Whether what cannot be honoured is refused instead of dropped. */
  strict: boolean;
  /** Only credentials with one of these tags serve it. */
  pool_tags: string[];
  /** Only credentials of this tier serve it. */
  pool_tier: string | null;
  /** How long its conversations are kept, so that they go on elsewhere; 0 keeps nothing. */
  rescue_seconds: number;
  /** Requests a minute. */
  rpm: number;
  /** Tokens a minute. */
  tpm: number;
  /** Requests at a time. */
  max_concurrency: number;
  /** For a day in UTC. */
  budget_day: Money | null;
  /** For a month in UTC. */
  budget_month: Money | null;
  /** Whether nothing of its requests is kept but their rows in the ledger. */
  never_log: boolean;
  /** Whether prompts and answers are to be kept. */
  record_content: boolean;
  /** How long prompts and answers are kept, as the key says; 0 is as long as the settings say. */
  content_hours: number;
  /** How long they are as things stand; 0 if they are not kept. */
  content_kept_hours: number;
  /** For people; empty if there is none. */
  note: string;
  /** This day, then this month; counted for keys that have a budget, and as long as they have it. */
  spending: WindowView[];
  /** Told of one key only. */
  live?: LiveKeyView | null;
  /** Until when the key before the last renewal is valid as well. */
  former_until: string | null;
  /** From when on it is refused, UTC in ISO 8601; null is never. */
  expires_at: string | null;
  /** When it was made, UTC in ISO 8601; null only for a time that no calendar holds. */
  created_at: string | null;
  /** When it was last changed, UTC in ISO 8601; null only for a time that no calendar holds. */
  updated_at: string | null;
}

/** Usage rows on their way to the store. */
export interface LedgerState {
  /** In memory. */
  waiting: number;
  /** Files on disk that they wait in, until the store takes them. */
  spool_files: number;
  /** On disk, until the store takes them. */
  spool_bytes: number;
  /** Lost since the start. */
  dropped: number;
}

/** How a key stands at this moment. */
export interface LiveKeyView {
  /** Requests that this worker serves for it now. */
  running: number | null;
  /** Requests that it may send at once; null without such a limit. */
  requests_left: number | null;
  /** Tokens that it may use at once; null without such a limit. */
  tokens_left: number | null;
}

/** What runs on all workers, the oldest first. */
export interface LiveList {
  /** The requests that run, the oldest first. */
  data: LiveRow[];
  /** How many requests each worker has begun since its start. The difference between two looks, over the time between them, is the rate; a worker that has been idle for long is left out. */
  begun: Record<string, number>;
}

/** A request that runs now. */
export interface LiveRow {
  /** Its id in the ledger, by which it is ended. */
  id: string;
  /** The `x-request-id` that the client gets. */
  request_id: string;
  /** The worker that has it. */
  worker: string;
  /** The kind of call, such as `chat`, `responses` or `videos`. */
  operation: string;
  /** Id of the client key that it came with. */
  key_id: string;
  /** What the client key is called; null if it was deleted, or stands in the settings. */
  key_name: string | null;
  /** The name that the client asked for; empty until it is read. */
  model: string;
  /** xAI's id of the model; empty until a call has begun. */
  upstream_model: string;
  /** Id of the credential of the call; empty until one has begun. */
  credential_id: string;
  /** What that credential is called; null without one, and if it is gone. */
  credential_name: string | null;
  /** Whether the client asked for a stream. */
  stream: boolean;
  /** `preparing` it is read, `waiting` for a credential, `sent` to upstream, `answering`. */
  state: "preparing" | "waiting" | "sent" | "answering";
  /** Since it came in. */
  age_ms: number;
  /** How often it was sent to upstream. */
  attempts: number;
  /** From its coming in to the first byte of the answer, in milliseconds; null until then. */
  first_byte_ms: number | null;
  /** As far as they are known; null until then. */
  output_tokens: number | null;
}

/** What the worker that answers knows beyond the store; short rests are seen here only. */
export interface LiveView {
  /** Calls that this worker has under way with it. */
  in_flight: number;
  /** How it stands on this worker: `active`, `cooling`, `exhausted`, `expired`, `blocked` or `disabled`. */
  status: string;
  /** Why it has this status, for people. */
  reason: string;
  /** Models and surfaces that it is kept from now. */
  restrictions?: RestrictionView[];
}

/** Media, newest first; with a `next_cursor` there are more. */
export interface MediaPage {
  /** The media of this page, newest first. */
  data: MediaView[];
  /** Where the next page begins; null on the last one. */
  next_cursor: string | null;
  /** What this host holds, or what lies in object storage. */
  held_bytes: number;
  /** How much may stay there (`cache.limit_mb`); 0 is no limit. */
  limit_bytes: number;
}

/** What one of a thing costs. */
export interface MediaPriceBody {
  /** US dollars, as decimal text. */
  usd: string;
}

/** What one picture, one second, one hour or a million characters cost, and who says so. */
export interface MediaPriceRow {
  /** `pictures/MODEL/QUALITY/RESOLUTION`, `pictures/MODEL/given`, `videos/MODEL/RESOLUTION`, `sound/million-characters` or `sound/hour`. */
  thing: string;
  /** US dollars, as decimal text. */
  usd: string;
  /** `own` is an operator's price, `list` the shipped one. */
  source: "own" | "list";
  /** What the shipped list says; null where it has no price. */
  list: string | null;
}

/** Kept pictures, clips and sounds. */
export interface MediaState {
  /** `disk` or `object storage`. */
  kind: string;
  /** What this host holds; null while unknown. */
  bytes: number | null;
  /** How much may stay; 0 is no limit. */
  limit_bytes: number;
}

/** A picture, clip or sound. */
export interface MediaView {
  /** Its id, 32 hexadecimal digits. */
  id: string;
  /** `image`, `video` or `audio`. */
  kind: "image" | "video" | "audio";
  /** Its media type, by its content. */
  mime: string;
  /** Bytes. */
  size: number;
  /** Id of the client key that it was made for. */
  owner: string;
  /** What the client key is called; null if it was deleted, or stands in the settings. */
  owner_name: string | null;
  /** When it was made, UTC in ISO 8601; null only for a time that no calendar holds. */
  created_at: string | null;
  /** When it was last asked for, to the minute. */
  last_used_at: string | null;
  /** Path and query of a signed link on this server; null if the bytes lie on another host. */
  link: string | null;
}

/** Every name. */
export interface ModelPage {
  /** Names that operators speak of come first, then the program's, xAI's, and xAI's other names. */
  data: ModelView[];
}

/** One name that clients may ask for, or might if it were not off. */
export interface ModelView {
  /** The name itself. */
  id: string;
  /** `text`, `image`, `video` or `audio`; empty where the name means nothing. */
  kind: string;
  /** Who knows the name: an operator alone, the program, xAI's model list, or xAI as another name. */
  source: "operator" | "built_in" | "upstream" | "alias";
  /** `listed`, `unlisted` but served, or `off`: as if it did not exist. */
  visibility: "listed" | "unlisted" | "off";
  /** Whether clients get answers under this name now. */
  servable: boolean;
  /** The tier that a credential needs; null is any. */
  tier: string | null;
  /** Whether visible reasoning is promised. */
  reasoning_shown: boolean;
  /** In the order in which they are tried. */
  targets: ToldTarget[];
  /** What an operator says of it; null if nothing. */
  override: ToldOverride | null;
  /** What clients are told as its `created`, here UTC in ISO 8601; null while unknown. */
  created_at: string | null;
}

/** An amount: exact text in US dollars, and whole ticks, of which 10^10 are one dollar. */
export interface Money {
  /** Exact decimal text. */
  usd: string;
  /** 1 USD is 10^10. */
  ticks: number;
}

/** The ways to `target` as one worker sees them. */
export interface NetworkView {
  /** The worker that answered. */
  worker: string;
  /** What all ways lead to. */
  target: string;
  /** The ways in use: that of the settings, then those that credentials have of their own. */
  data: WayView[];
}

/** An API key of xAI, and how it is to be used. */
export interface NewKey {
  /** At most 200 characters; empty takes the hint of the secret. */
  name?: string | null;
  /** Which models xAI lets it use: some need `super`. */
  tier?: "basic" | "super" | null;
  /** In place of all there are; at most 100 of 64 characters. */
  tags?: string[] | null;
  /** Besides those there are; not together with `tags`. */
  add_tags?: string[];
  /** From those there are; not together with `tags`. */
  remove_tags?: string[];
  /** The higher one is chosen first; -1,000,000 to 1,000,000. */
  priority?: number | null;
  /** Its share among credentials of the same priority; 1 to 1,000,000. */
  weight?: number | null;
  /** Calls at a time; 0 is no limit. */
  max_concurrency?: number | null;
  /** Address of an http, https or socks5 proxy; empty is the one of the settings. */
  proxy?: string | null;
  /** xAI's models that it may serve, at most 100; empty is all. */
  models?: string[] | null;
  /** For people; at most 4,000 characters. */
  note?: string | null;
  /** `false` takes it out of service; `true` also ends a block. */
  enabled?: boolean | null;
  /** From console.x.ai; it is sealed at once and never shown again. */
  key: string;
}

/** A key that is to be made. */
export interface NewKeyBody {
  /** At most 200 characters; not empty. */
  name: string;
  /** Public models it may ask for; empty is all. */
  models?: string[] | null;
  /** Families of routes it may use; empty is all. */
  endpoints?: ("chat" | "responses" | "messages" | "images" | "videos" | "audio" | "files" | "models")[] | null;
  /** Where its client must be: addresses or CIDR notation; empty is anywhere. */
  networks?: string[] | null;
  /** Whether what cannot be honoured is refused instead of dropped. */
  strict?: boolean | null;
  /** Only credentials with one of these tags serve it; empty is all. */
  pool_tags?: string[] | null;
  /** Only credentials of this tier serve it; empty is all. */
  pool_tier?: "basic" | "super" | "" | null;
  /** How long its conversations are kept, so that they go on elsewhere; 0 keeps nothing, 366 days is the most. */
  rescue_seconds?: number | null;
  /** Requests a minute, up to 1,000,000; 0 is no limit. */
  rpm?: number | null;
  /** Tokens a minute, up to 10,000,000; 0 is no limit. */
  tpm?: number | null;
  /** Requests at a time, up to 100,000; 0 is no limit. */
  max_concurrency?: number | null;
  /** US dollars for a day in UTC, as text such as `2.50`, up to 500,000; `0` is no limit. */
  budget_day_usd?: string | null;
  /** US dollars for a month in UTC, as text such as `2.50`, up to 500,000; `0` is no limit. */
  budget_month_usd?: string | null;
  /** Keeps nothing of its requests but their rows in the ledger; not together with `record_content`. */
  never_log?: boolean | null;
  /** Keeps prompts and answers, sealed. Tell the people who use the key. */
  record_content?: boolean | null;
  /** For how many hours, up to 8,760; 0 is as long as the settings say. */
  content_hours?: number | null;
  /** For people; at most 4,000 characters. */
  note?: string | null;
  /** `false` refuses the key until it is enabled again. */
  enabled?: boolean | null;
  /** A moment to come, in ISO 8601 with its zone; an empty text is never. */
  expires_at?: string | null;
}

/** An account for somebody. */
export interface NewOperator {
  /** At most 64 characters; case does not matter. */
  name: string;
  /** `viewer` looks, `operator` also works, `owner` may do everything. */
  role: "viewer" | "operator" | "owner";
  /** 12 characters or more. */
  password: string;
}

/** A token for a program. */
export interface NewToken {
  /** At most 64 characters. */
  name: string;
  /** What the program may do. */
  role: "viewer" | "operator" | "owner";
  /** A moment to come, in ISO 8601; null or left out, it does not end. */
  expires_at?: string | null;
}

/** What is to be changed; what is left out, or null, stays. */
export interface OperatorEdit {
  /** At most 64 characters; case does not matter. */
  name?: string | null;
  /** Counts at once. */
  role?: "viewer" | "operator" | "owner" | null;
  /** `false` ends all sessions of the account. */
  enabled?: boolean | null;
  /** 12 characters or more; a new one ends all sessions of the account. */
  password?: string | null;
}

/** The accounts besides the owner's, the oldest first. */
export interface OperatorList {
  /** The accounts besides the owner's, the oldest first. */
  data: OperatorView[];
}

/** An account, its password apart. */
export interface OperatorView {
  /** Its id. */
  id: string;
  /** What he is called. */
  name: string;
  /** `viewer` looks, `operator` also works, `owner` may do everything. */
  role: "viewer" | "operator" | "owner";
  /** Whether he may sign in. */
  enabled: boolean;
  /** The identity provider that vouches for him; null for who has a password. */
  issuer: string | null;
  /** What that provider calls him. */
  subject: string | null;
  /** Whether he has an authenticator app. */
  second_factor: boolean;
  /** When it was made, UTC in ISO 8601; null only for a time that no calendar holds. */
  created_at: string | null;
  /** When it was last changed, UTC in ISO 8601; null only for a time that no calendar holds. */
  updated_at: string | null;
}

/** A credential that goes a way. */
export interface Passenger {
  /** Id of a credential. */
  id: string;
  /** What the credential is called; its id where no name is known. */
  name: string;
}

/** A new password, and the present one. */
export interface PasswordChange {
  /** The present password. */
  current: string;
  /** 12 characters or more. */
  new: string;
}

/** Settings that are to be changed, all or none. */
export interface PatchBody {
  /** Values by dotted path, such as `{"grok.max_retry": 5}`. */
  set?: Record<string, unknown>;
  /** Paths for which the store shall hold no value, so that a file or the default decides. */
  unset?: string[];
  /** The one that the change was made from; may be sent as `If-Match`. Left out, nothing is compared. */
  revision?: number | null;
}

/** How the pool stands, as the worker that answers sees it. */
export interface PoolView {
  /** How many credentials there are. */
  total: number;
  /** How many have each status: `active`, `cooling`, `exhausted`, `expired`, `blocked`, `disabled`. */
  by_status: Record<string, number>;
  /** How many could take a request now: short rests that are not stored count too. */
  usable: number;
  /** Calls that this worker has under way. */
  in_flight: number;
  /** Requests that wait for a credential. */
  waiting: number;
  /** Whether the built-in sandbox answers; its own credentials are in `usable` only. */
  sandbox: boolean;
}

/** What tokens of a model cost. */
export interface PriceBody {
  /** US dollars for a million tokens, as decimal text with at most four places. */
  input_usd_per_million: string;
  /** The same for input tokens that the prompt cache held. */
  cached_usd_per_million: string;
  /** The same for output tokens, reasoning among them. */
  output_usd_per_million: string;
}

/** What a model costs, who says so, and what the shipped list says. */
export interface PriceRow {
  /** US dollars for a million input tokens, as decimal text. */
  input_usd_per_million: string;
  /** The same for input tokens that the prompt cache held. */
  cached_usd_per_million: string;
  /** The same for output tokens, reasoning among them. */
  output_usd_per_million: string;
  /** xAI's id of the model. */
  model: string;
  /** `own` is an operator's price, `list` the shipped one. */
  source: "own" | "list";
  /** What the shipped list says; null where it has no price. */
  list: PriceTag | null;
}

/** All prices that are known: of tokens, and of pictures, clips and sounds. */
export interface PriceTable {
  /** The day of the shipped price list, such as `2027-01-31`. */
  version: string;
  /** Prompt tokens from which every price of tokens is doubled. */
  long_context: number;
  /** What tokens cost, by model. */
  data: PriceRow[];
  /** What pictures, clips and sounds cost, by thing. */
  media: MediaPriceRow[];
}

/** USD for a million tokens. */
export interface PriceTag {
  /** US dollars for a million input tokens, as decimal text. */
  input_usd_per_million: string;
  /** The same for input tokens that the prompt cache held. */
  cached_usd_per_million: string;
  /** The same for output tokens, reasoning among them. */
  output_usd_per_million: string;
}

/** Why a change cannot be made. */
export interface ProblemView {
  /** The setting at fault; empty where it is no single one. */
  path: string;
  /** What is wrong, for people. */
  message: string;
  /** The same in Chinese; empty where there are no words for it. */
  message_zh: string;
}

/** What is known of the allowance. */
export interface QuotaView {
  /** The share that is left, 0 to 1; null while unknown. */
  left: number | null;
  /** Where the figure comes from; empty while unknown. */
  source: string;
  /** As of when, UTC in ISO 8601; null while unknown. */
  at: string | null;
}

/** A client key whose words are kept as things stand. */
export interface RecordingKey {
  /** Id of a client key. */
  key_id: string;
  /** What the key is called. */
  name: string;
  /** For how long they are kept. */
  hours: number;
}

/** Whose words are kept, and for how long they may be. */
export interface Recordings {
  /** The client keys whose words are kept as things stand. */
  keys: RecordingKey[];
  /** Of keys that do not say. */
  default_hours: number;
  /** 0 keeps the words of no key. */
  max_hours: number;
}

/** Ten codes, each good once in the place of the app's; told this once. */
export interface RecoveryCodes {
  /** The codes, as they are typed. */
  recovery_codes: string[];
}

/** The address that the browser ended up at. */
export interface RedirectBody {
  /** The whole address, with its query. */
  url: string;
}

/** What came of a refresh, and how the credential looks now. */
export interface RefreshAnswer {
  /** Id of a credential. */
  id: string;
  /** What the credential is called. */
  name: string;
  /** Whether it went well. */
  ok: boolean;
  /** For people. */
  message: string;
  /** The credential as it is now. */
  credential: CredentialView;
}

/** The version that runs, and the newest one that is known. */
export interface ReleaseView {
  /** Version of this server. */
  version: string;
  /** Whether anybody is asked for newer ones (releases.feed_url). */
  asks: boolean;
  /** The newest version; null while unknown. */
  newest: string | null;
  /** Whether that one comes after this server's. */
  newer: boolean;
  /** Where people read about the newest version; empty if that is not told. */
  url: string;
  /** When it was last asked, UTC in ISO 8601; null until then. */
  asked_at: string | null;
  /** Why the last question had no answer; empty if it had. */
  failure: string;
}

/** What was asked and answered in a request; times are UTC in ISO 8601. */
export interface RequestContent {
  /** The request's id in the ledger. */
  request_id: string;
  /** Id of the client key that it came with. */
  key_id: string;
  /** When it was put into the store, UTC in ISO 8601; null only for a time that no calendar holds. */
  kept_at: string | null;
  /** From when on it is kept no more. */
  expires_at: string | null;
  /** The path that was called, such as `/v1/chat/completions`. */
  path: string;
  /** HTTP status of the answer; 0 if there was none. */
  status: number;
  /** What was asked. */
  request: SideView;
  /** What was answered. */
  answer: AnswerView;
}

/** One request, and what happened to it in order. */
export interface RequestCourse {
  /** Its id in the ledger; no other request has it. */
  id: string;
  /** The `x-request-id` that the client got. */
  request_id: string;
  /** When it came in, UTC in ISO 8601. */
  started_at: string;
  /** The kind of call, such as `chat`, `responses` or `videos`. */
  operation: string;
  /** Whether the client asked for a stream. */
  stream: boolean;
  /** Id of the client key that it came with. */
  key_id: string;
  /** What the client key is called; null if it was deleted, or stands in the settings. */
  key_name: string | null;
  /** The name that the client asked for. */
  model: string;
  /** xAI's id of the model; empty if nothing was sent. */
  upstream_model: string;
  /** Id of the credential of the last call; empty if nothing was sent. */
  credential_id: string;
  /** What the credential is called now; null if it is gone. */
  credential_name: string | null;
  /** The upstream account of that credential; empty if nothing was sent. */
  account_id: string;
  /** HTTP status that the client got. */
  status: number;
  /** How it ended. */
  end: string;
  /** Code of the error that it ended with; empty if there was none. */
  error_code: string;
  /** How often it was sent to upstream. */
  attempts: number;
  /** Who counted the tokens: xAI, our own estimate, or nobody. */
  usage_source: "upstream" | "estimated" | "none";
  /** Input tokens, cached ones among them; 0 if nobody counted them. */
  input_tokens: number;
  /** Part of `input_tokens`. */
  cached_tokens: number;
  /** Output tokens, reasoning among them; 0 if nobody counted them. */
  output_tokens: number;
  /** Part of `output_tokens`. */
  reasoning_tokens: number;
  /** Whole ticks; 1 USD is 10^10. */
  cost_in_usd_ticks: number;
  /** US dollars, as exact decimal text. */
  cost_usd: string;
  /** Who says so: xAI, our price list, or nobody. */
  cost_source: "upstream" | "list" | "none";
  /** What it would cost by our price list; null where the list has no price. */
  price_in_usd_ticks: number | null;
  /** What the prompt cache saved, by our price list. */
  cache_savings_in_usd_ticks: number;
  /** How long it waited for a credential. */
  queue_ms: number;
  /** Until the first byte of the answer; null if there was none. */
  first_byte_ms: number | null;
  /** From its coming in to its end, in milliseconds. */
  total_ms: number;
  /** xAI's id of the call that was answered, or of the video job; empty if there is none. */
  upstream_request_id: string;
  /** Whether it is still kept how it came to its credentials. */
  traced: boolean;
  /** Until when its prompt and its answer are kept; null if they are not. */
  content_expires_at: string | null;
  /** What happened, in order. */
  timeline: (Record<string, unknown>)[];
}

/** Requests, newest first. With a `next_cursor` there may be more, even if this page is short or empty. */
export interface RequestPage {
  /** The requests of this page, newest first. */
  data: RequestRow[];
  /** From where to go on; null at the end. */
  next_cursor: string | null;
}

/** One request, as the ledger keeps it. */
export interface RequestRow {
  /** Its id in the ledger; no other request has it. */
  id: string;
  /** The `x-request-id` that the client got. */
  request_id: string;
  /** When it came in, UTC in ISO 8601. */
  started_at: string;
  /** The kind of call, such as `chat`, `responses` or `videos`. */
  operation: string;
  /** Whether the client asked for a stream. */
  stream: boolean;
  /** Id of the client key that it came with. */
  key_id: string;
  /** What the client key is called; null if it was deleted, or stands in the settings. */
  key_name: string | null;
  /** The name that the client asked for. */
  model: string;
  /** xAI's id of the model; empty if nothing was sent. */
  upstream_model: string;
  /** Id of the credential of the last call; empty if nothing was sent. */
  credential_id: string;
  /** What the credential is called now; null if it is gone. */
  credential_name: string | null;
  /** The upstream account of that credential; empty if nothing was sent. */
  account_id: string;
  /** HTTP status that the client got. */
  status: number;
  /** How it ended. */
  end: string;
  /** Code of the error that it ended with; empty if there was none. */
  error_code: string;
  /** How often it was sent to upstream. */
  attempts: number;
  /** Who counted the tokens: xAI, our own estimate, or nobody. */
  usage_source: "upstream" | "estimated" | "none";
  /** Input tokens, cached ones among them; 0 if nobody counted them. */
  input_tokens: number;
  /** Part of `input_tokens`. */
  cached_tokens: number;
  /** Output tokens, reasoning among them; 0 if nobody counted them. */
  output_tokens: number;
  /** Part of `output_tokens`. */
  reasoning_tokens: number;
  /** Whole ticks; 1 USD is 10^10. */
  cost_in_usd_ticks: number;
  /** US dollars, as exact decimal text. */
  cost_usd: string;
  /** Who says so: xAI, our price list, or nobody. */
  cost_source: "upstream" | "list" | "none";
  /** What it would cost by our price list; null where the list has no price. */
  price_in_usd_ticks: number | null;
  /** What the prompt cache saved, by our price list. */
  cache_savings_in_usd_ticks: number;
  /** How long it waited for a credential. */
  queue_ms: number;
  /** Until the first byte of the answer; null if there was none. */
  first_byte_ms: number | null;
  /** From its coming in to its end, in milliseconds. */
  total_ms: number;
  /** xAI's id of the call that was answered, or of the video job; empty if there is none. */
  upstream_request_id: string;
}

/** Why nothing goes a way at the moment, as the worker that answers sees it. */
export interface Rest {
  /** Failures in a row. */
  failures: number;
  /** Until it is tried again; 0 if that is due. */
  seconds: number;
  /** What failed, without secrets. */
  reason: string;
}

/** A model or surface that a credential is kept from for a while, such as by a rate limit. */
export interface RestrictionView {
  /** A model of xAI's, or a surface. */
  what: string;
  /** Why it is kept from that, for people. */
  reason: string;
  /** When that ends, UTC in ISO 8601; null only for a time that no calendar holds. */
  until: string | null;
}

/** How many sessions were ended. */
export interface Revoked {
  /** How many sessions were ended. */
  revoked: number;
}

/** The version that is to be restored. */
export interface RollbackBody {
  /** Its number; 0 is what was before the first change. */
  to: number;
  /** The present one; may be sent as `If-Match`. Left out, nothing is compared. */
  revision?: number | null;
}

/** How a key is renewed. */
export interface RotateBody {
  /** For how long the present key stays valid beside the new one; at most 90 days. */
  overlap_seconds?: number;
}

/** One turn of a conversation, as far as it is words. */
export interface SaidView {
  /** Who speaks, such as `system`, `user`, `assistant` or `tool`. */
  role: string;
  /** What is said; empty if nothing is. */
  text: string;
  /** Reasoning that goes with it; empty if there is none. */
  reasoning: string;
  /** The tools that the turn calls. */
  tool_calls: ToolCall[];
  /** Links or kinds of what is not words; nothing of it is kept. */
  media: string[];
  /** Why the turn ended, in the words of its API. */
  finish: string;
}

/** A code of the app, or a recovery code. */
export interface SecondFactorCode {
  /** Six digits of the app, or a recovery code. */
  code: string;
}

/** The first code of an app that is being set up. */
export interface SecondFactorConfirmation {
  /** The one that the secret came with. */
  enrolment: string;
  /** Of the app, which shows that it works. */
  code: string;
}

/** What an authenticator app needs. */
export interface SecondFactorSetup {
  /** For an app without a camera. */
  secret: string;
  /** An `otpauth:` address, for a QR code. */
  address: string;
  /** Sent back with a first code of the app, within ten minutes. */
  enrolment: string;
}

/** An account's authenticator app. Where it is required and missing, nothing else can be done. */
export interface SecondFactorView {
  /** Whether the account has an app. */
  enrolled: boolean;
  /** How many recovery codes are left; 0 without an app. */
  recovery_codes_left: number;
  /** Whether the settings ask for one. */
  required: boolean;
}

/** The present password, to set up an authenticator app. */
export interface SecondFactorWish {
  /** The present one. */
  password: string;
}

/** One section of the settings. */
export interface SectionView {
  /** What the paths of its settings begin with. */
  name: string;
  /** Its settings. */
  settings: SettingView[];
}

/** What is said of one public name, in place of all that was said before. */
export interface SentOverride {
  /** What the name stands for: any public name, or an id of xAI's; empty keeps what is known under it. */
  target?: string;
  /** Reasoning effort that is forced on the target; null leaves it to the model's own preset, or the client. */
  effort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max" | null;
  /** In place of `effort` when the client asks to reason. */
  asked?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max" | null;
  /** Tried in this order after the target, in place of those that are known. */
  fallbacks?: SentStand[];
  /** Whether visible reasoning is promised; null leaves it. */
  reasoning_shown?: boolean | null;
  /** The tier that a credential needs; `any` lifts the need, null leaves it. */
  tier?: "basic" | "super" | "any" | null;
  /** `unlisted` is served but not listed; `off` is as if it did not exist. */
  visibility?: "listed" | "unlisted" | "off";
  /** For people; at most 2,000 characters. */
  note?: string;
}

/** One model of a chain. */
export interface SentStand {
  /** A public name, or an id of xAI's. */
  model: string;
  /** Reasoning effort that is forced there; null leaves it to the model's own preset, or the client. */
  effort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max" | null;
  /** In place of `effort` when the client asks to reason. */
  asked?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max" | null;
}

/** Sessions that go on, the last used first. */
export interface SessionList {
  /** Sessions that go on, the last used first. */
  data: SessionRow[];
}

/** A session in a list. */
export interface SessionRow {
  /** Its id. */
  id: string;
  /** Name of the account. */
  name: string;
  /** `viewer` looks, `operator` also works, `owner` may do everything. */
  role: "viewer" | "operator" | "owner";
  /** When the session began, UTC in ISO 8601; null only for a time that no calendar holds. */
  created_at: string | null;
  /** When it was last used, to the minute, UTC in ISO 8601; null only for a time that no calendar holds. */
  last_used_at: string | null;
  /** When it ends unless it is used again. */
  idle_at: string | null;
  /** When it ends, used or not. */
  expires_at: string | null;
  /** Where the sign-in came from. */
  address: string;
  /** What the browser called itself. */
  agent: string;
  /** Whether it is the very one that asks. */
  own: boolean;
}

/** A new session. */
export interface SessionStarted {
  /** Told this once; browsers get it as a cookie, too. */
  token: string;
  /** When it ends, used or not; UTC in ISO 8601. */
  expires_at: string;
  /** Name of the account. */
  name: string;
  /** `viewer` looks, `operator` also works, `owner` may do everything. */
  role: "viewer" | "operator" | "owner";
  /** Where the owner's password comes from, as in `GET /setup`; a `generated` one should be replaced. */
  password_from: "settings" | "generated" | "chosen" | "none";
}

/** Who is asking. Of a program's token there is no session, so its times are null. */
export interface SessionView {
  /** Id of the session, or of the program's token. */
  id: string;
  /** Name of the account, or of the program's token. */
  name: string;
  /** `viewer` looks, `operator` also works, `owner` may do everything. */
  role: "viewer" | "operator" | "owner";
  /** `session` is somebody in a browser, `token` a program. */
  way: "session" | "token" | "cli" | "server";
  /** When the session began, UTC in ISO 8601; null for a program's token. */
  created_at: string | null;
  /** When it ends unless it is used again. */
  idle_at: string | null;
  /** When it ends, used or not. */
  expires_at: string | null;
  /** Whether the password is the one that the first start made, and should be replaced. */
  change_password: boolean;
  /** Whether an identity provider vouches for the account, so that it has no password here. */
  single_sign_on: boolean;
  /** How the account stands with its authenticator app; null for a program's token. */
  second_factor: SecondFactorView | null;
  /** This server's. */
  version: string;
}

/** One setting, with all that a form needs. */
export interface SettingView {
  /** Dotted, such as `grok.max_retry`. */
  path: string;
  /** Its name within the section. */
  name: string;
  /** `boolean`, `integer`, `number`, `text`, `choice`, or a list: `texts` or `integers`. */
  kind: "boolean" | "integer" | "number" | "text" | "choice" | "texts" | "integers";
  /** What it may be, if that is a list. */
  choices: string[];
  /** The least that it may be; null without such a bound. */
  low: number | null;
  /** The most that it may be; null without such a bound. */
  high: number | null;
  /** What it takes, as the rest of a sentence: "must be ...". */
  rule: string;
  /** The same in Chinese. */
  rule_zh: string;
  /** What it is for. */
  help: string;
  /** The same in Chinese. */
  help_zh: string;
  /** Its value where nobody sets one; a secret is masked. */
  default: boolean | number | string | string[] | number[];
  /** What a start would load now; a secret is masked. */
  value: boolean | number | string | string[] | number[];
  /** Where `value` comes from. */
  source: SourceView;
  /** Whether the store holds a value, overruled or not. */
  stored: boolean;
  /** Whether the store may hold one: what is needed before the store opens cannot be changed here. */
  storable: boolean;
  /** Whether the environment or a flag decides, which are stronger than the store. */
  locked: boolean;
  /** Whether it is shown as a mask only. */
  secret: boolean;
  /** `hot` settings take effect at once, others with the next start. */
  reload: "hot" | "restart";
  /** Whether the server that answers still works with another value, until it is started anew. */
  pending_restart: boolean;
}

/** All settings. */
export interface SettingsView {
  /** Goes back with a change, so that nobody's is overwritten unseen. */
  revision: number;
  /** Every section. */
  sections: SectionView[];
  /** What is odd but works. */
  warnings: string[];
  /** Why what the store holds cannot be used, so that running servers go on as they were; mostly empty. */
  refused: string;
}

/** What the sign-in page has to know before anybody has signed in. */
export interface SetupView {
  /** `generated`: the first start printed it. `chosen`: somebody set it. `settings`: it is `app.app_key`. `none`: there is no password yet. */
  password_from: "settings" | "generated" | "chosen" | "none";
  /** Whether passwords are taken. */
  password_login: boolean;
  /** What the button of single sign-on says; null where there is none. */
  single_sign_on: string | null;
  /** The claim whose values get a role at single sign-on, for whoever got none; null where there is none. */
  groups_claim: string | null;
}

/** For how long a link works. */
export interface ShareBody {
  /** A minute to ninety days. */
  seconds: number;
}

/** Path and query of a signed link on this server, and when it ends. */
export interface SharedLink {
  /** Its path and query on this server. */
  link: string;
  /** When the link ends, UTC in ISO 8601. */
  expires_at: string;
}

/** What workers share through Redis. */
export interface SharedStateState {
  /** Whether the settings name a Redis. */
  configured: boolean;
  /** Whether it answers; false where none is named. */
  up: boolean;
  /** Those that it knows of. */
  workers: number;
}

/** What was said in one direction. */
export interface SideView {
  /** Its media type. */
  kind: string;
  /** Bytes as they passed. */
  size: number;
  /** Whether it was too long to be kept whole. */
  cut: boolean;
  /** How many pictures, sounds and other bytes were left out. */
  omitted: number;
  /** As it was, JSON or a text; null where it held no words, and of an answer that was streamed. */
  body?: unknown;
  /** The same turn by turn, as far as it is understood. */
  said: SaidView[];
}

/** A name and its password. */
export interface SignIn {
  /** Of an operator's account; empty, or `admin`, is the owner. */
  name?: string;
  /** The account's password. */
  password: string;
  /** Of the account's authenticator app, or a recovery code. 401 `second_factor_needed` asks for it; an account without an app leaves it out. */
  code?: string;
}

/** How to sign in, and what the credential is to be called and used for. */
export interface SignInBody {
  /** `device`: a code to type on any device. `redirect`: in this browser. */
  flow?: "device" | "redirect";
  /** Of the credential; empty takes its e-mail address. */
  name?: string;
  /** Null takes the one that xAI tells. */
  tier?: "basic" | "super" | null;
  /** Of the credential. */
  tags?: string[];
  /** Address of an http, https or socks5 proxy; empty is the one of the settings. */
  proxy?: string;
}

/** A sign-in as it stands. */
export interface SignInView {
  /** Its id, which is also that of its job. */
  id: string;
  /** `device`: a code to type on any device. `redirect`: in this browser. */
  flow: "device" | "redirect";
  /** `waiting` or `storing`; then `done`, `refused`, `expired`, `cancelled` or `failed`. */
  state: "waiting" | "storing" | "done" | "refused" | "expired" | "cancelled" | "failed";
  /** Where a person goes with `redirect`; else empty. */
  url: string;
  /** What a person types with `device`; else empty. */
  user_code: string;
  /** Where a person types `user_code`. */
  verification_uri: string;
  /** The same with the code in it. */
  verification_uri_complete: string;
  /** When it ends by itself. */
  expires_at: string;
  /** Seconds between two questions whether it was confirmed. */
  interval: number;
  /** How it stands, in words. */
  message: string;
  /** The credential that it became; empty until then. */
  credential_id: string;
  /** Whether that credential was in the pool before. */
  renewed: boolean;
}

/** Where a value comes from. */
export interface SourceView {
  /** The layer, from the weakest to the strongest: `default`, `file`, `store`, `environment`, `flag`. */
  kind: "default" | "file" | "store" | "environment" | "flag";
  /** The file, the variable or the flag. */
  name: string;
  /** The same in words. */
  text: string;
}

/** Long work has begun; follow it under /jobs. */
export interface Started {
  /** The job as it stands. */
  job: JobView;
}

/** How a credential fares. */
export type Status = "active" | "cooling" | "exhausted" | "expired" | "blocked" | "disabled";

/** The store. */
export interface StoreState {
  /** What keeps the records. */
  kind: string;
  /** Whether it answers. */
  state: "ok" | "away";
  /** How long it took to answer; null if it did not. */
  lag_ms: number | null;
  /** Up to where this worker knows it. */
  revision: number;
}

/** The worker that answered, and what it stands on. Other workers have their own counts. */
export interface SystemView {
  /** Version of this server. */
  version: string;
  /** Version of Python that it runs on. */
  python: string;
  /** Name of the host that it runs on. */
  host: string;
  /** What the worker is called among all that share the store. */
  worker: string;
  /** Id of its process. */
  pid: number;
  /** Workers of this host, by its settings. */
  workers: number;
  /** When the worker started, UTC in ISO 8601; null only for a time that no calendar holds. */
  started_at: string | null;
  /** Seconds since the worker started. */
  uptime_seconds: number;
  /** Whether it takes no new work because it is about to stop. */
  draining: boolean;
  /** Whether requests go to the built-in sandbox. */
  sandbox: boolean;
  /** Whether this worker does what is done once for all. */
  leads: boolean;
  /** The worker that does; null while nobody does, or the store is away. */
  leader: string | null;
  /** What the worker does without at the moment, as `/ready` says it. */
  degraded: string[];
  /** Requests that this worker has in hand now. */
  running_requests: number;
  /** How the store is doing. */
  store: StoreState;
  /** How Redis is doing, through which workers share. */
  shared_state: SharedStateState;
  /** How much media is kept. */
  media: MediaState;
  /** How many usage rows wait for the store. */
  ledger: LedgerState;
}

/** What xAI said. */
export interface TestAnswer {
  /** Id of a credential. */
  id: string;
  /** What the credential is called. */
  name: string;
  /** Whether it went well. */
  ok: boolean;
  /** For people. */
  message: string;
  /** Those that the credential may use. */
  models: string[];
}

/** The tokens, the oldest first. */
export interface TokenList {
  /** The tokens, the oldest first. */
  data: TokenView[];
}

/** A new token. */
export interface TokenMade {
  /** Its id. */
  id: string;
  /** What people call it. */
  name: string;
  /** `viewer` looks, `operator` also works, `owner` may do everything. */
  role: "viewer" | "operator" | "owner";
  /** The part that may be shown. */
  hint: string;
  /** Name of who made it, as it was then. */
  created_by: string;
  /** When it was made, UTC in ISO 8601; null only for a time that no calendar holds. */
  created_at: string | null;
  /** From when on it is refused, UTC in ISO 8601; null is never. */
  expires_at: string | null;
  /** Whether it is refused by now. */
  expired: boolean;
  /** To the hour; null if it never was. */
  last_used_at: string | null;
  /** Told this once. */
  token: string;
}

/** A token, itself apart. */
export interface TokenView {
  /** Its id. */
  id: string;
  /** What people call it. */
  name: string;
  /** `viewer` looks, `operator` also works, `owner` may do everything. */
  role: "viewer" | "operator" | "owner";
  /** The part that may be shown. */
  hint: string;
  /** Name of who made it, as it was then. */
  created_by: string;
  /** When it was made, UTC in ISO 8601; null only for a time that no calendar holds. */
  created_at: string | null;
  /** From when on it is refused, UTC in ISO 8601; null is never. */
  expires_at: string | null;
  /** Whether it is refused by now. */
  expired: boolean;
  /** To the hour; null if it never was. */
  last_used_at: string | null;
}

/** What an operator says of a name. */
export interface ToldOverride {
  /** What the name stands for; empty keeps what is known under it. */
  target: string;
  /** Reasoning effort that is forced on the target; null leaves it to the model's own preset, or the client. */
  effort: string | null;
  /** In place of `effort` when the client asks to reason; null leaves `effort`. */
  asked: string | null;
  /** Tried in this order after the target; empty keeps those that are known. */
  fallbacks: ToldStand[];
  /** Whether visible reasoning is promised; null leaves it. */
  reasoning_shown: boolean | null;
  /** The tier that a credential needs; `any` lifts the need, null leaves it. */
  tier: string | null;
  /** `listed`, `unlisted` but served, or `off`: as if it did not exist. */
  visibility: "listed" | "unlisted" | "off";
  /** For people; empty if there is none. */
  note: string;
  /** When it was first said, UTC in ISO 8601; null while unknown. */
  created_at: string | null;
}

/** One model of a chain. */
export interface ToldStand {
  /** A public name, or an id of xAI's. */
  model: string;
  /** Reasoning effort that is forced there; null leaves it to the model's own preset, or the client. */
  effort: string | null;
  /** In place of `effort` when the client asks to reason; null leaves `effort`. */
  asked: string | null;
}

/** One upstream model that stands behind a name. */
export interface ToldTarget {
  /** xAI's id. */
  model: string;
  /** Reasoning effort that is forced there; null leaves it to the client. */
  effort: string | null;
  /** In place of `effort` when the client asks to reason; null leaves `effort`. */
  asked: string | null;
  /** The efforts that it takes; empty means that it rejects the field. */
  efforts: string[];
  /** Whether the program or a model list of xAI's knows it. */
  known: boolean;
  /** Whether some credential of the pool may serve it now. */
  servable: boolean;
  /** How many accounts' model lists name it. */
  accounts: number;
}

/** A tool that was called. */
export interface ToolCall {
  /** Name of the tool; its kind where it has none. */
  name: string;
  /** As the model wrote them. */
  arguments: string;
}

/** Sums over one span. */
export interface UsagePoint {
  /** Requests that came in within the span. */
  requests: number;
  /** Answered, fully or up to a limit. */
  succeeded: number;
  /** Ended with an error of upstream, of the pool or of this server, or cut in mid-answer. */
  failed: number;
  /** Turned away as they were sent: by a limit, or for what they held. */
  refused: number;
  /** Ended by somebody: by their clients, or by an operator. */
  gone: number;
  /** Of those that were answered or failed; null if there was none. */
  success_rate: number | null;
  /** Calls to upstream. */
  attempts: number;
  /** Input tokens, cached ones among them. */
  input_tokens: number;
  /** Part of `input_tokens`. */
  cached_tokens: number;
  /** Output tokens, reasoning among them. */
  output_tokens: number;
  /** Part of `output_tokens`. */
  reasoning_tokens: number;
  /** Whole ticks; 1 USD is 10^10. */
  cost_in_usd_ticks: number;
  /** US dollars, as exact decimal text. */
  cost_usd: string;
  /** What the prompt cache saved, by our price list. */
  cache_savings_in_usd_ticks: number;
  /** Requests whose usage is our own estimate. */
  estimated: number;
  /** Requests that were sent and whose usage nobody knows. */
  unmetered: number;
  /** Half of the requests were this fast; null without any. */
  first_byte_ms_p50: number | null;
  /** 95 of 100 requests were this fast; null without any. */
  first_byte_ms_p95: number | null;
  /** Half of the requests took this long at most; null without any. */
  total_ms_p50: number | null;
  /** 95 of 100 requests took this long at most; null without any. */
  total_ms_p95: number | null;
  /** When the span begins, UTC in ISO 8601. */
  start: string;
  /** The value that the span is parted by; empty if it is not, and for requests without one. */
  name: string;
  /** What a key or credential is called. */
  label?: string | null;
  /** Whether it stands for all names that are not shown. */
  others?: boolean;
}

/** Sums by span; a span without requests is left out. */
export interface UsageSeries {
  /** When the first span begins, UTC in ISO 8601. */
  start: string;
  /** When the last span ends, UTC in ISO 8601. */
  end: string;
  /** How long a span is, in UTC: `hour` or `day`. */
  step: "hour" | "day";
  /** What each span is parted by; null if it is not. */
  by: "model" | "upstream_model" | "key" | "credential" | null;
  /** The sums, the oldest span first; within a span by name, all others last. */
  data: UsagePoint[];
}

/** A span, and the span before it of the same length. */
export interface UsageSummary {
  /** When the span begins, UTC in ISO 8601. */
  start: string;
  /** When the span ends, UTC in ISO 8601. */
  end: string;
  /** Sums over the span. */
  now: Figures;
  /** Sums over the span before it. */
  before: Figures;
  /** Models whose price was off within the last day. */
  drift: DriftView[];
  /** Which shipped price list is in use. */
  prices_version: string;
}

/** What a credential has served, by the ledger. */
export interface UsageView {
  /** How many requests it served. */
  requests: number;
  /** Input tokens, cached ones among them. */
  input_tokens: number;
  /** Output tokens, reasoning among them. */
  output_tokens: number;
  /** US dollars, as exact decimal text. */
  cost_usd: string;
  /** The same in whole ticks; 1 USD is 10^10. */
  cost_ticks: number;
  /** When the last request that it served came in, UTC in ISO 8601; null if there was none. */
  last_used_at: string | null;
}

/** One change of the settings. */
export interface VersionView {
  /** Its number, counted from 1. */
  number: number;
  /** When it was made, UTC in ISO 8601; null only for a time that no calendar holds. */
  at: string | null;
  /** Name of who made it, as it was then. */
  actor: string;
  /** The `x-request-id` of the call; empty where there was none. */
  request_id: string;
  /** The version that it went back to; null if it did not. */
  restored: number | null;
  /** What it changed in the store; empty where the secret key that sealed it is not at hand. */
  differences: DifferenceView[];
}

/** One way to upstream. */
export interface WayView {
  /** What the way is called where it is tried out; tells nothing of the proxy. */
  id: string;
  /** `direct` without a proxy, `shared` through that of the settings, `own` through a credential's own. */
  kind: "direct" | "shared" | "own";
  /** Scheme, host and port; empty without a proxy. */
  proxy: string;
  /** Whether the proxy is signed in to. */
  login: boolean;
  /** How many credentials go this way. */
  used_by: number;
  /** The first of them. */
  users: Passenger[];
  /** Why nothing goes this way now, as `worker` sees it; null while all is well. */
  rest: Rest | null;
}

/** What a key has spent in one day or month in UTC, and what is set aside for requests that run. */
export interface WindowView {
  /** A day, such as `2027-01-31`, or a month, such as `2027-01`. */
  window: string;
  /** Spent on requests that have ended. */
  spent: Money;
  /** Set aside for requests that run. */
  reserved: Money;
  /** Null where there is no budget for it. */
  limit: Money | null;
}

export type Path =
  | "/alerts"
  | "/alerts/test"
  | "/audit"
  | "/audit/export"
  | "/audit/verify"
  | "/backups"
  | "/backups/{name}"
  | "/backups/{name}/download"
  | "/contents"
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
  | "/events"
  | "/jobs"
  | "/jobs/{job_id}"
  | "/jobs/{job_id}/events"
  | "/keys"
  | "/keys/{key_id}"
  | "/keys/{key_id}/contents"
  | "/keys/{key_id}/disable"
  | "/keys/{key_id}/enable"
  | "/keys/{key_id}/rotate"
  | "/media"
  | "/media-prices/{thing}"
  | "/media/{media_id}"
  | "/media/{media_id}/link"
  | "/models"
  | "/models/{identifier}"
  | "/network"
  | "/network/{way_id}/test"
  | "/openapi.json"
  | "/operators"
  | "/operators/{operator_id}"
  | "/operators/{operator_id}/second-factor"
  | "/pool"
  | "/prices"
  | "/prices/{model}"
  | "/release"
  | "/requests"
  | "/requests/export"
  | "/requests/live"
  | "/requests/live/{request_id}/cancel"
  | "/requests/{request_id}"
  | "/requests/{request_id}/content"
  | "/requests/{request_id}/explain"
  | "/session"
  | "/session/password"
  | "/session/second-factor"
  | "/session/second-factor/removal"
  | "/session/sso"
  | "/session/sso/callback"
  | "/session/sso/end"
  | "/sessions"
  | "/sessions/{session_id}"
  | "/settings"
  | "/settings/check"
  | "/settings/export"
  | "/settings/history"
  | "/settings/read"
  | "/settings/rollback"
  | "/setup"
  | "/system"
  | "/tokens"
  | "/tokens/{token_id}"
  | "/usage"
  | "/usage/summary";
