// Written by `make types` from the admin API's OpenAPI document; changes here are lost.

/** All that is wrong, the oldest first. */
export interface AlertList {
  configured: boolean;
  data: AlertView[];
}

/** One thing that is wrong. */
export interface AlertView {
  kind: string;
  subject: string;
  severity: string;
  title: string;
  title_chinese: string;
  advice: string;
  advice_chinese: string;
  since: string;
  told_at: string | null;
}

/** What was answered, as the client got it. */
export interface AnswerView {
  kind: string;
  size: number;
  cut: boolean;
  omitted: number;
  body?: unknown;
  said: SaidView[];
  error?: unknown;
}

/** What came of trying a way: a connection to upstream through it, and nothing sent. */
export interface Attempt {
  reached: boolean;
  latency_ms: number;
  reason: string;
}

/** A page of the audit, newest first. */
export interface AuditPage {
  data: AuditView[];
  next_cursor: number | null;
}

/** One step of one deed: `begun` before it is done, `done` or `failed` when it has ended. */
export interface AuditView {
  sequence: number;
  of: number | null;
  at: string | null;
  actor_id: string;
  actor: string;
  role: string;
  way: "session" | "token" | "cli" | "server";
  address: string;
  action: string;
  target: string;
  target_name: string | null;
  outcome: "begun" | "done" | "failed";
  status: number;
  request_id: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  hash: string;
}

/** The copies on the host of the worker that answers, the newest first. */
export interface BackupList {
  command: string;
  host: string;
  data: BackupView[];
}

/** One copy. */
export interface BackupView {
  name: string;
  bytes: number;
  made_at: string | null;
}

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

/** What was asked to end. */
export interface Cancelled {
  id: string;
}

/** Whether the audit is whole; `broken_at` is the first entry that does not fit. */
export interface ChainView {
  ok: boolean;
  entries: number;
  broken_at: number | null;
  reason: string;
}

/** Values by dotted path, and settings for which the store shall hold none. */
export interface ChangeBody {
  set?: Record<string, unknown>;
  unset?: string[];
}

/** What a change did. Hot settings take effect within two seconds; the others are named. */
export interface ChangedView {
  revision: number;
  differences: DifferenceView[];
  pending_restart: string[];
  warnings: string[];
}

/** What a change would do; nothing was written. */
export interface CheckView {
  ok: boolean;
  revision: number;
  problems: ProblemView[];
  differences: DifferenceView[];
  warnings: string[];
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

/** What came of a message. */
export interface Delivery {
  delivered: boolean;
  reason: string;
}

/** What becomes of one stored setting; null is not stored, a secret is masked. */
export interface DifferenceView {
  path: string;
  before: boolean | number | string | string[] | number[] | null;
  after: boolean | number | string | string[] | number[] | null;
  secret: boolean;
  restart: boolean;
}

/** A model whose price is not what upstream asks. */
export interface DriftView {
  model: string;
  requests: number;
  told_in_usd_ticks: number;
  price_in_usd_ticks: number;
  percent: number;
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

/** Which credentials go out, named by `ids` or by `filter`, what seals them, and who asks. `password` is the caller's own, once more; an API token and a session of single sign-on have none. */
export interface ExportBody {
  passphrase: string;
  password?: string;
  ids?: string[] | null;
  filter?: FilterBody | null;
}

/** Sums of requests. Latencies are read off classes, and so right to the class. */
export interface Figures {
  requests: number;
  succeeded: number;
  failed: number;
  refused: number;
  gone: number;
  success_rate: number | null;
  attempts: number;
  input_tokens: number;
  cached_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  cost_in_usd_ticks: number;
  cost_usd: string;
  cache_savings_in_usd_ticks: number;
  estimated: number;
  unmetered: number;
  first_byte_ms_p50: number | null;
  first_byte_ms_p95: number | null;
  total_ms_p50: number | null;
  total_ms_p95: number | null;
}

/** A file of settings, TOML or JSON, as it is. */
export interface FileBody {
  content: string;
}

/** What a file would change: `set` goes into a change as it is, `left_out` cannot be taken in. */
export interface FileView {
  set: Record<string, unknown>;
  left_out: ProblemView[];
  check: CheckView;
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

/** What was deleted. */
export interface Forgotten {
  requests: number;
}

/** Changes, newest first. */
export interface HistoryPage {
  data: VersionView[];
  next_cursor: number | null;
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

/** What is to be changed; what is left out, or null, stays. An empty list, text or 0 takes a limit away. Budgets are US dollars as text, such as "2.50". `expires_at` is ISO 8601; an empty text is never. */
export interface KeyBody {
  name?: string | null;
  models?: string[] | null;
  endpoints?: ("chat" | "responses" | "messages" | "images" | "videos" | "audio" | "files" | "models")[] | null;
  networks?: string[] | null;
  strict?: boolean | null;
  pool_tags?: string[] | null;
  pool_tier?: "basic" | "super" | "" | null;
  rescue_seconds?: number | null;
  rpm?: number | null;
  tpm?: number | null;
  max_concurrency?: number | null;
  budget_day_usd?: string | null;
  budget_month_usd?: string | null;
  never_log?: boolean | null;
  record_content?: boolean | null;
  content_hours?: number | null;
  note?: string | null;
  enabled?: boolean | null;
  expires_at?: string | null;
}

/** A key that was just made; `key` is told this once. */
export interface KeyMade {
  id: string;
  name: string;
  hint: string;
  state: "active" | "disabled" | "expired";
  enabled: boolean;
  models: string[];
  endpoints: string[];
  networks: string[];
  strict: boolean;
  pool_tags: string[];
  pool_tier: string | null;
  rescue_seconds: number;
  rpm: number;
  tpm: number;
  max_concurrency: number;
  budget_day: Money | null;
  budget_month: Money | null;
  never_log: boolean;
  record_content: boolean;
  content_hours: number;
  content_kept_hours: number;
  note: string;
  spending: WindowView[];
  live?: LiveKeyView | null;
  former_until: string | null;
  expires_at: string | null;
  created_at: string | null;
  updated_at: string | null;
  key: string;
}

/** A page of client keys, the oldest first; `total` is how many fit the filters. */
export interface KeyPage {
  data: KeyView[];
  total: number;
  next_cursor: string | null;
}

/** A client key; times are UTC in ISO 8601. Empty lists mean all, null and 0 no limit. */
export interface KeyView {
  id: string;
  name: string;
  hint: string;
  state: "active" | "disabled" | "expired";
  enabled: boolean;
  models: string[];
  endpoints: string[];
  networks: string[];
  strict: boolean;
  pool_tags: string[];
  pool_tier: string | null;
  rescue_seconds: number;
  rpm: number;
  tpm: number;
  max_concurrency: number;
  budget_day: Money | null;
  budget_month: Money | null;
  never_log: boolean;
  record_content: boolean;
  content_hours: number;
  content_kept_hours: number;
  note: string;
  spending: WindowView[];
  live?: LiveKeyView | null;
  former_until: string | null;
  expires_at: string | null;
  created_at: string | null;
  updated_at: string | null;
}

/** Usage rows that wait for the store, in memory and on disk, and those that were lost. */
export interface LedgerState {
  waiting: number;
  spool_files: number;
  spool_bytes: number;
  dropped: number;
}

/** How a key stands at this moment; null where it has no such limit. */
export interface LiveKeyView {
  running: number | null;
  requests_left: number | null;
  tokens_left: number | null;
}

/** What runs on all workers, the oldest first. `begun` is how many requests each worker has begun since its start: the difference between two looks, over the time between them, is the rate. A worker that has been idle for long is left out. */
export interface LiveList {
  data: LiveRow[];
  begun: Record<string, number>;
}

/** A request that runs now. */
export interface LiveRow {
  id: string;
  request_id: string;
  worker: string;
  operation: string;
  key_id: string;
  key_name: string | null;
  model: string;
  upstream_model: string;
  credential_id: string;
  credential_name: string | null;
  stream: boolean;
  state: "preparing" | "waiting" | "sent" | "answering";
  age_ms: number;
  attempts: number;
  first_byte_ms: number | null;
  output_tokens: number | null;
}

/** What the worker that answers knows beyond the store; short rests are seen here only. */
export interface LiveView {
  in_flight: number;
  status: string;
  reason: string;
  restrictions?: RestrictionView[];
}

/** Media, newest first; with a `next_cursor` there are more. */
export interface MediaPage {
  data: MediaView[];
  next_cursor: string | null;
  held_bytes: number;
  limit_bytes: number;
}

/** USD, as decimal text. */
export interface MediaPriceBody {
  usd: string;
}

/** What one picture, one second, one hour or a million characters cost, in USD, and who says so. `thing` is `pictures/MODEL/QUALITY/RESOLUTION`, `pictures/MODEL/given`, `videos/MODEL/RESOLUTION`, `sound/million-characters` or `sound/hour`. */
export interface MediaPriceRow {
  thing: string;
  usd: string;
  source: "own" | "list";
  list: string | null;
}

/** Kept pictures, clips and sounds: where, how many bytes this host holds, and how many it may. */
export interface MediaState {
  kind: string;
  bytes: number | null;
  limit_bytes: number;
}

/** A picture, clip or sound. */
export interface MediaView {
  id: string;
  kind: "image" | "video" | "audio";
  mime: string;
  size: number;
  owner: string;
  owner_name: string | null;
  created_at: string | null;
  last_used_at: string | null;
  link: string | null;
}

/** Every name. */
export interface ModelPage {
  data: ModelView[];
}

/** One name that clients may ask for, or might if it were not off. */
export interface ModelView {
  id: string;
  kind: string;
  source: "operator" | "built_in" | "upstream" | "alias";
  visibility: "listed" | "unlisted" | "off";
  servable: boolean;
  tier: string | null;
  reasoning_shown: boolean;
  targets: ToldTarget[];
  override: ToldOverride | null;
  created_at: string | null;
}

/** An amount: exact text in US dollars, and whole ticks, of which 10^10 are one dollar. */
export interface Money {
  usd: string;
  ticks: number;
}

/** The ways to `target` as one worker sees them. */
export interface NetworkView {
  worker: string;
  target: string;
  data: WayView[];
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

/** A key that is to be made. */
export interface NewKeyBody {
  name: string;
  models?: string[] | null;
  endpoints?: ("chat" | "responses" | "messages" | "images" | "videos" | "audio" | "files" | "models")[] | null;
  networks?: string[] | null;
  strict?: boolean | null;
  pool_tags?: string[] | null;
  pool_tier?: "basic" | "super" | "" | null;
  rescue_seconds?: number | null;
  rpm?: number | null;
  tpm?: number | null;
  max_concurrency?: number | null;
  budget_day_usd?: string | null;
  budget_month_usd?: string | null;
  never_log?: boolean | null;
  record_content?: boolean | null;
  content_hours?: number | null;
  note?: string | null;
  enabled?: boolean | null;
  expires_at?: string | null;
}

/** An account for somebody. */
export interface NewOperator {
  name: string;
  role: "viewer" | "operator" | "owner";
  password: string;
}

/** A token for a program. `expires_at` is a moment in ISO 8601; left out, it does not end. */
export interface NewToken {
  name: string;
  role: "viewer" | "operator" | "owner";
  expires_at?: string | null;
}

/** What is to be changed; what is left out, or null, stays. A new password ends his sessions. */
export interface OperatorEdit {
  name?: string | null;
  role?: "viewer" | "operator" | "owner" | null;
  enabled?: boolean | null;
  password?: string | null;
}

/** The accounts besides the owner's, the oldest first. */
export interface OperatorList {
  data: OperatorView[];
}

/** An account, its password apart. */
export interface OperatorView {
  id: string;
  name: string;
  role: "viewer" | "operator" | "owner";
  enabled: boolean;
  issuer: string | null;
  subject: string | null;
  second_factor: boolean;
  created_at: string | null;
  updated_at: string | null;
}

/** A credential that goes a way. */
export interface Passenger {
  id: string;
  name: string;
}

/** A new password, and the present one. */
export interface PasswordChange {
  current: string;
  new: string;
}

/** The same; `revision` is the one that the change was made from, or is sent as `If-Match`. */
export interface PatchBody {
  set?: Record<string, unknown>;
  unset?: string[];
  revision?: number | null;
}

/** How the pool stands, as the worker that answers sees it. */
export interface PoolView {
  total: number;
  by_status: Record<string, number>;
  usable: number;
  in_flight: number;
  waiting: number;
  sandbox: boolean;
}

/** USD for a million tokens, as decimal text with at most four places. */
export interface PriceBody {
  input_usd_per_million: string;
  cached_usd_per_million: string;
  output_usd_per_million: string;
}

/** What a model costs, who says so, and what the shipped list says. */
export interface PriceRow {
  input_usd_per_million: string;
  cached_usd_per_million: string;
  output_usd_per_million: string;
  model: string;
  source: "own" | "list";
  list: PriceTag | null;
}

/** All prices that are known: of tokens, and of pictures, clips and sounds. */
export interface PriceTable {
  version: string;
  long_context: number;
  data: PriceRow[];
  media: MediaPriceRow[];
}

/** USD for a million tokens. */
export interface PriceTag {
  input_usd_per_million: string;
  cached_usd_per_million: string;
  output_usd_per_million: string;
}

/** Why a change cannot be made; `message_zh` is empty where there are no Chinese words for it. */
export interface ProblemView {
  path: string;
  message: string;
  message_zh: string;
}

/** What is known of the allowance: the share that is left, 0 to 1. */
export interface QuotaView {
  left: number | null;
  source: string;
  at: string | null;
}

/** A client key whose words are kept as things stand. */
export interface RecordingKey {
  key_id: string;
  name: string;
  hours: number;
}

/** Whose words are kept, and for how long they may be. */
export interface Recordings {
  keys: RecordingKey[];
  default_hours: number;
  max_hours: number;
}

/** Ten codes, each good once in the place of the app's; told this once. */
export interface RecoveryCodes {
  recovery_codes: string[];
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

/** What was asked and answered in a request; times are UTC in ISO 8601. */
export interface RequestContent {
  request_id: string;
  key_id: string;
  kept_at: string | null;
  expires_at: string | null;
  path: string;
  status: number;
  request: SideView;
  answer: AnswerView;
}

/** One request, and what happened to it in order. */
export interface RequestCourse {
  id: string;
  request_id: string;
  started_at: string;
  operation: string;
  stream: boolean;
  key_id: string;
  key_name: string | null;
  model: string;
  upstream_model: string;
  credential_id: string;
  credential_name: string | null;
  account_id: string;
  status: number;
  end: string;
  error_code: string;
  attempts: number;
  usage_source: "upstream" | "estimated" | "none";
  input_tokens: number;
  cached_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  cost_in_usd_ticks: number;
  cost_usd: string;
  cost_source: "upstream" | "list" | "none";
  price_in_usd_ticks: number | null;
  cache_savings_in_usd_ticks: number;
  queue_ms: number;
  first_byte_ms: number | null;
  total_ms: number;
  upstream_request_id: string;
  traced: boolean;
  content_expires_at: string | null;
  timeline: (Record<string, unknown>)[];
}

/** Requests, newest first. With a `next_cursor` there may be more, even if this page is short or empty. */
export interface RequestPage {
  data: RequestRow[];
  next_cursor: string | null;
}

/** One request, as the ledger keeps it. */
export interface RequestRow {
  id: string;
  request_id: string;
  started_at: string;
  operation: string;
  stream: boolean;
  key_id: string;
  key_name: string | null;
  model: string;
  upstream_model: string;
  credential_id: string;
  credential_name: string | null;
  account_id: string;
  status: number;
  end: string;
  error_code: string;
  attempts: number;
  usage_source: "upstream" | "estimated" | "none";
  input_tokens: number;
  cached_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  cost_in_usd_ticks: number;
  cost_usd: string;
  cost_source: "upstream" | "list" | "none";
  price_in_usd_ticks: number | null;
  cache_savings_in_usd_ticks: number;
  queue_ms: number;
  first_byte_ms: number | null;
  total_ms: number;
  upstream_request_id: string;
}

/** Why nothing goes a way at the moment, as the worker that answers sees it. Attributes: failures: Failures in a row. seconds: Until it is tried again; 0 if that is due. reason: What failed, without secrets. */
export interface Rest {
  failures: number;
  seconds: number;
  reason: string;
}

/** A model or surface that a credential is kept from for a while, such as by a rate limit. */
export interface RestrictionView {
  what: string;
  reason: string;
  until: string | null;
}

/** How many sessions were ended. */
export interface Revoked {
  revoked: number;
}

/** The version whose outcome is to be restored; 0 is what was before the first. */
export interface RollbackBody {
  to: number;
  revision?: number | null;
}

/** How a key is renewed. */
export interface RotateBody {
  overlap_seconds?: number;
}

/** One turn of a conversation, as far as it is words. */
export interface SaidView {
  role: string;
  text: string;
  reasoning: string;
  tool_calls: ToolCall[];
  media: string[];
  finish: string;
}

/** A code of the app, or a recovery code. */
export interface SecondFactorCode {
  code: string;
}

/** The first code of an app that is being set up. */
export interface SecondFactorConfirmation {
  enrolment: string;
  code: string;
}

/** What an authenticator app needs; `enrolment` is sent back with its first code within ten minutes. */
export interface SecondFactorSetup {
  secret: string;
  address: string;
  enrolment: string;
}

/** An account's authenticator app. Where it is required and missing, nothing else can be done. */
export interface SecondFactorView {
  enrolled: boolean;
  recovery_codes_left: number;
  required: boolean;
}

/** The present password, to set up an authenticator app. */
export interface SecondFactorWish {
  password: string;
}

/** One section of the settings. */
export interface SectionView {
  name: string;
  settings: SettingView[];
}

/** What is said of one public name, in place of all that was said before. */
export interface SentOverride {
  target?: string;
  effort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max" | null;
  asked?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max" | null;
  fallbacks?: SentStand[];
  reasoning_shown?: boolean | null;
  tier?: "basic" | "super" | "any" | null;
  visibility?: "listed" | "unlisted" | "off";
  note?: string;
}

/** One model of a chain. */
export interface SentStand {
  model: string;
  effort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max" | null;
  asked?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max" | null;
}

/** Sessions that go on, the last used first. */
export interface SessionList {
  data: SessionRow[];
}

/** A session in a list. */
export interface SessionRow {
  id: string;
  name: string;
  role: "viewer" | "operator" | "owner";
  created_at: string | null;
  last_used_at: string | null;
  idle_at: string | null;
  expires_at: string | null;
  address: string;
  agent: string;
  own: boolean;
}

/** A new session; `token` is told this once. */
export interface SessionStarted {
  token: string;
  expires_at: string;
  name: string;
  role: "viewer" | "operator" | "owner";
  password_from: "settings" | "generated" | "chosen" | "none";
}

/** Who is asking. Of a program's token there is no session, so its times are null. */
export interface SessionView {
  id: string;
  name: string;
  role: "viewer" | "operator" | "owner";
  way: "session" | "token" | "cli" | "server";
  created_at: string | null;
  idle_at: string | null;
  expires_at: string | null;
  change_password: boolean;
  single_sign_on: boolean;
  second_factor: SecondFactorView | null;
  version: string;
}

/** One setting, with all that a form needs. */
export interface SettingView {
  path: string;
  name: string;
  kind: "boolean" | "integer" | "number" | "text" | "choice" | "texts" | "integers";
  choices: string[];
  low: number | null;
  high: number | null;
  rule: string;
  rule_zh: string;
  help: string;
  help_zh: string;
  default: boolean | number | string | string[] | number[];
  value: boolean | number | string | string[] | number[];
  source: SourceView;
  stored: boolean;
  storable: boolean;
  locked: boolean;
  secret: boolean;
  reload: "hot" | "restart";
  pending_restart: boolean;
}

/** All settings. `revision` goes back with a change, so that nobody's is overwritten unseen. */
export interface SettingsView {
  revision: number;
  sections: SectionView[];
  warnings: string[];
  refused: string;
}

/** What the sign-in page has to know before anybody has signed in. */
export interface SetupView {
  password_from: "settings" | "generated" | "chosen" | "none";
  password_login: boolean;
  single_sign_on: string | null;
  groups_claim: string | null;
}

/** For how long a link works: a minute to ninety days. */
export interface ShareBody {
  seconds: number;
}

/** Path and query of a signed link on this server, and when it ends. */
export interface SharedLink {
  link: string;
  expires_at: string;
}

/** What workers share through Redis; `workers` are those that it knows of. */
export interface SharedStateState {
  configured: boolean;
  up: boolean;
  workers: number;
}

/** What was said in one direction. */
export interface SideView {
  kind: string;
  size: number;
  cut: boolean;
  omitted: number;
  body?: unknown;
  said: SaidView[];
}

/** A name and its password; without a name it is the owner's. `code` is the one of the account's authenticator app, or a recovery code. 401 `second_factor_needed` asks for it; an account without an app leaves it out. */
export interface SignIn {
  name?: string;
  password: string;
  code?: string;
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

/** Where a value comes from; `name` is the file, the variable or the flag. */
export interface SourceView {
  kind: "default" | "file" | "store" | "environment" | "flag";
  name: string;
  text: string;
}

/** Long work has begun; follow it under /jobs. */
export interface Started {
  job: JobView;
}

/** How a credential fares. */
export type Status = "active" | "cooling" | "exhausted" | "expired" | "blocked" | "disabled";

/** The store. Attributes: kind: What keeps the records. state: Whether it answers. lag_ms: How long it took to answer; None if it did not. revision: Up to where this worker knows it. */
export interface StoreState {
  kind: string;
  state: "ok" | "away";
  lag_ms: number | null;
  revision: number;
}

/** The worker that answered, and what it stands on. Other workers have their own counts. */
export interface SystemView {
  version: string;
  python: string;
  host: string;
  worker: string;
  pid: number;
  workers: number;
  started_at: string | null;
  uptime_seconds: number;
  draining: boolean;
  sandbox: boolean;
  leads: boolean;
  leader: string | null;
  degraded: string[];
  running_requests: number;
  store: StoreState;
  shared_state: SharedStateState;
  media: MediaState;
  ledger: LedgerState;
}

/** What xAI said; `models` are those that the credential may use. */
export interface TestAnswer {
  id: string;
  name: string;
  ok: boolean;
  message: string;
  models: string[];
}

/** The tokens, the oldest first. */
export interface TokenList {
  data: TokenView[];
}

/** A new token; `token` is told this once. */
export interface TokenMade {
  id: string;
  name: string;
  role: "viewer" | "operator" | "owner";
  hint: string;
  created_by: string;
  created_at: string | null;
  expires_at: string | null;
  expired: boolean;
  last_used_at: string | null;
  token: string;
}

/** A token, itself apart; `hint` is the part that may be shown, `last_used_at` is exact to the hour. */
export interface TokenView {
  id: string;
  name: string;
  role: "viewer" | "operator" | "owner";
  hint: string;
  created_by: string;
  created_at: string | null;
  expires_at: string | null;
  expired: boolean;
  last_used_at: string | null;
}

/** What an operator says of a name. */
export interface ToldOverride {
  target: string;
  effort: string | null;
  asked: string | null;
  fallbacks: ToldStand[];
  reasoning_shown: boolean | null;
  tier: string | null;
  visibility: "listed" | "unlisted" | "off";
  note: string;
  created_at: string | null;
}

/** One model of a chain. */
export interface ToldStand {
  model: string;
  effort: string | null;
  asked: string | null;
}

/** One upstream model that stands behind a name. */
export interface ToldTarget {
  model: string;
  effort: string | null;
  asked: string | null;
  efforts: string[];
  known: boolean;
  servable: boolean;
  accounts: number;
}

/** A tool that was called; `arguments` as the model wrote them. */
export interface ToolCall {
  name: string;
  arguments: string;
}

/** Sums over one span. */
export interface UsagePoint {
  requests: number;
  succeeded: number;
  failed: number;
  refused: number;
  gone: number;
  success_rate: number | null;
  attempts: number;
  input_tokens: number;
  cached_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  cost_in_usd_ticks: number;
  cost_usd: string;
  cache_savings_in_usd_ticks: number;
  estimated: number;
  unmetered: number;
  first_byte_ms_p50: number | null;
  first_byte_ms_p95: number | null;
  total_ms_p50: number | null;
  total_ms_p95: number | null;
  start: string;
  name: string;
  label?: string | null;
  others?: boolean;
}

/** Sums by span; a span without requests is left out. */
export interface UsageSeries {
  start: string;
  end: string;
  step: "hour" | "day";
  by: "model" | "upstream_model" | "key" | "credential" | null;
  data: UsagePoint[];
}

/** A span, and the span before it of the same length. */
export interface UsageSummary {
  start: string;
  end: string;
  now: Figures;
  before: Figures;
  drift: DriftView[];
  prices_version: string;
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

/** One change of the settings; `restored` is the version that it went back to. */
export interface VersionView {
  number: number;
  at: string | null;
  actor: string;
  request_id: string;
  restored: number | null;
  differences: DifferenceView[];
}

/** One way to upstream. `proxy` is scheme, host and port; `users` names the first of `used_by`. */
export interface WayView {
  id: string;
  kind: "direct" | "shared" | "own";
  proxy: string;
  login: boolean;
  used_by: number;
  users: Passenger[];
  rest: Rest | null;
}

/** What a key has spent in one day or month in UTC, and what is set aside for requests that run. */
export interface WindowView {
  window: string;
  spent: Money;
  reserved: Money;
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
