"""The durable records: their plain types. What may be asked of a store is in `storage.stores`.

Every change of a credential, key, setting or model gets the next number of one revision counter, which is how
the other processes hear of it.
Must never know a backend, and must never hold a plain secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from grok2api.storage.models import ModelOverride

CredentialKind = Literal["api_key", "oauth"]
Tier = Literal["basic", "super"]
UsageSource = Literal["upstream", "estimated", "none"]
CostSource = Literal["upstream", "list", "none"]
UsageCursor = tuple[float, str]
AssetKind = Literal["image", "video", "audio"]
AssetCursor = tuple[float, str]


class Conflict(Exception):
    """Another record already holds what must be unique."""


class Missing(Exception):
    """There is no record with this id."""


class ClaimLost(Exception):
    """The claim under which something was to be written belongs to somebody else by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to do one thing alone, for a while.

    Attributes:
        name: What is claimed, such as `refresh/cred_...`.
        holder: Who holds it: one process of one host.
        fence: Grows with every holder; a write under a claim with an older fence is refused.
        until: Wall time in seconds at which it ends unless it is renewed.
    """

    name: str
    holder: str
    fence: int
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """An API key or a sign-in of the pool.

    Attributes:
        priority: The higher one is chosen first.
        max_concurrency: Calls at a time; 0 is no limit.
        proxy: Sealed URL of the proxy to use, or empty; in the clear if an older version wrote it.
        models: Upstream models it may serve; empty is all.
        account_id: The upstream account it belongs to.
        former_accounts: Accounts it was known under before; what clients hold of them stays valid.
        team_id: xAI's id of the team, once xAI was asked.
        user_id: xAI's id of the user, once xAI was asked.
        login: The e-mail address of a sign-in, for people.
        acls: What xAI lets the key do, in xAI's notation; empty while unknown.
        probed_at: Wall time at which xAI was last asked about it.
        fingerprint: Keyed hash of what makes it this credential (the key; issuer and subject); unique.
        hint: The part of the secret that may be shown.
        secret: Sealed text, never the plain secret. Of a sign-in it holds the tokens, as JSON.
        expires_at: Wall time at which a sign-in's access token ends; None for a key, or while unknown.
        refreshed_at: Wall time at which the stored access token was issued.
        generation: How many token sets this sign-in has had; a new set is stored only over its forerunner.
        refresh_intent: Who began to refresh this generation, as JSON; empty once the outcome is stored.
        refresh_error: Why the last refresh failed; empty if it did not.
        refresh_dead: Whether the refresh token is of no use any more, so that only a new sign-in helps.
        quota_left: Share of the allowance that is left, 0 to 1; None while unknown.
        quota_source: Where that figure comes from.
        quota_at: Wall time of that figure.
        status: active, cooling, exhausted, expired, blocked or disabled.
        reason: Why it has this status, for people.
        cooldown_until: Wall time in seconds until which it rests.
        cleared_at: Wall time at which an operator last ended its rests and bars, also those of a process.
        revision: Set by the store.
    """

    id: str
    kind: CredentialKind
    name: str
    tier: Tier
    tags: tuple[str, ...] = ()
    priority: int = 0
    weight: int = 1
    max_concurrency: int = 0
    proxy: str = field(default="", repr=False)
    models: tuple[str, ...] = ()
    note: str = ""
    account_id: str
    former_accounts: tuple[str, ...] = ()
    team_id: str = ""
    user_id: str = ""
    login: str = ""
    acls: tuple[str, ...] = ()
    probed_at: float | None = None
    fingerprint: str = field(repr=False)
    hint: str
    secret: str = field(repr=False)
    expires_at: float | None = None
    refreshed_at: float | None = None
    generation: int = 0
    refresh_intent: str = ""
    refresh_error: str = ""
    refresh_dead: bool = False
    quota_left: float | None = None
    quota_source: str = ""
    quota_at: float | None = None
    enabled: bool = True
    status: str = "active"
    reason: str = ""
    cooldown_until: float | None = None
    cleared_at: float | None = None
    created_at: float
    updated_at: float
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientKey:
    """A key that a client shows to this server.

    Attributes:
        hash: Keyed hash of the key, in hexadecimal; unique.
        hint: The part of the key that may be shown.
        models: Public models it may ask for; empty is all.
        strict: Whether requests under it are held to the letter of the API.
        pool_tags: Only credentials with one of these tags serve it; empty is all.
        pool_tier: Only credentials of this tier serve it; empty is all.
        expires_at: Wall time in seconds after which it is refused.
        rescue_seconds: How long its conversations are kept so that they can go on elsewhere; 0 keeps nothing.
        endpoints: Families of routes it may use, as `canonical.limits` names them; empty is all.
        networks: Networks in CIDR notation in one of which its client must be; empty is anywhere.
        rpm: Requests a minute; 0 is no limit, here and below.
        tpm: Tokens a minute.
        max_concurrency: Requests at a time.
        budget_day_ticks: Money for a day in UTC, in whole ticks; 1 USD is 10^10.
        budget_month_ticks: Money for a month in UTC.
        never_log: Whether nothing of its requests is kept but their rows in the ledger.
        record_content: Whether the words of its requests are kept, sealed: what was asked and answered.
        content_hours: How long they are; 0 is as long as the settings say.
        note: For people.
        former_hash: Hash of the key that was valid before; empty if it never was renewed.
        former_until: Wall time in seconds until which that one is valid as well.
        revision: Set by the store.
    """

    id: str
    name: str
    hash: str = field(repr=False)
    hint: str
    models: tuple[str, ...] = ()
    strict: bool = False
    pool_tags: tuple[str, ...] = ()
    pool_tier: Tier | Literal[""] = ""
    rescue_seconds: float = 0.0
    endpoints: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    rpm: int = 0
    tpm: int = 0
    max_concurrency: int = 0
    budget_day_ticks: int = 0
    budget_month_ticks: int = 0
    never_log: bool = False
    record_content: bool = False
    content_hours: int = 0
    note: str = ""
    former_hash: str = field(default="", repr=False)
    former_until: float | None = None
    enabled: bool = True
    expires_at: float | None = None
    created_at: float
    updated_at: float
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingOverride:
    """A setting changed while the server runs.

    Attributes:
        path: Dotted path of the setting.
        value: The value as JSON text; may hold a secret.
        revision: Set by the store.
    """

    path: str
    value: str = field(repr=False)
    updated_at: float
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRecord:
    """What one request cost. It never holds a prompt or an answer.

    Attributes:
        request_id: Unique: the second record of a request changes nothing.
        status: HTTP status the client saw.
        end: How the request ended.
        cost_ticks: Money as whole ticks; 1 USD is 10^10.
        cost_source: Who says so: upstream, our price list, or nobody.
        price_ticks: What it would cost by our price list; None where the list has no price.
        saved_ticks: What the prompt cache saved, by our price list.
        queue_ms: How long it waited for a credential in all.
    """

    request_id: str
    started_at: float
    key_id: str
    operation: str
    model: str
    upstream_model: str = ""
    credential_id: str = ""
    account_id: str = ""
    stream: bool = False
    status: int
    end: str
    error_code: str = ""
    attempts: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    usage_source: UsageSource = "none"
    cost_ticks: int = 0
    cost_source: CostSource = "none"
    price_ticks: int | None = None
    saved_ticks: int = 0
    queue_ms: float = 0.0
    first_byte_ms: float | None = None
    total_ms: float
    upstream_request_id: str = ""

    @property
    def cursor(self) -> UsageCursor:
        """Return the place of this record in time, for `UsageStore.recent(before=...)`."""
        return (self.started_at, self.request_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRecord:
    """How one request came to its credential, as JSON text. It never holds a prompt or an answer."""

    request_id: str
    started_at: float
    content: str

    @property
    def cursor(self) -> UsageCursor:
        """Return the place in time that it shares with the record of its request."""
        return (self.started_at, self.request_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageTotals:
    """What one credential has served, by the ledger."""

    credential_id: str
    requests: int
    input_tokens: int
    output_tokens: int
    cost_ticks: int
    last_used_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminSession:
    """An operator who has signed in to the admin API.

    Attributes:
        hash: Keyed hash of the session's token.
        operator_id: Whose it is; empty for the owner.
        stamp: Tells of the password that it was begun under: another one ends it.
        last_used_at: Wall time of its last use, to the minute.
        expires_at: Wall time at which it ends, used or not.
        address: Where the sign-in came from.
        agent: What the browser called itself.
    """

    hash: str = field(repr=False)
    operator_id: str = ""
    stamp: str = field(default="", repr=False)
    created_at: float
    last_used_at: float = 0.0
    expires_at: float
    address: str = ""
    agent: str = ""


JobState = Literal["running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """Long work that an operator started, as any worker can tell of it.

    Attributes:
        kind: What is done, such as `import` or `test`.
        holder: The process that does it; a job whose holder has gone silent has failed.
        result: What came of it so far, as JSON text; never a secret.
        cancel_requested: Whether somebody asked its holder to stop.
        updated_at: Wall time of the last sign of life.
    """

    id: str
    kind: str
    state: JobState
    holder: str
    total: int = 0
    done: int = 0
    failed: int = 0
    message: str = ""
    result: str = ""
    cancel_requested: bool = False
    created_at: float
    updated_at: float


RunState = Literal["running", "completed", "incomplete", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A background response, as any worker can tell of it.

    Attributes:
        id: Made from the response's public id; it tells nothing of it.
        holder: The process that carries it out; a run whose holder has gone silent is lost.
        frames: How many frames of its stream are kept, without a gap from the first.
        cut: Whether it grew over what may be kept: `frames` will not reach its end.
        cancel_wished: Whether somebody asked its holder to stop.
        beat_at: Wall time of the holder's last sign of life.
        ended_at: Wall time of its end; None while it runs.
    """

    id: str
    state: RunState = "running"
    holder: str
    frames: int = 0
    cut: bool = False
    cancel_wished: bool = False
    created_at: float
    beat_at: float
    ended_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFrames:
    """Frames of one run's stream that follow each other.

    Attributes:
        first: The number of the first one, from 0.
        content: The frames, sealed.
    """

    run_id: str
    first: int
    count: int
    content: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """How a run has ended.

    Attributes:
        frames: The last frames of its stream; None where no more are kept.
        response: The response object, sealed; empty where only upstream keeps it.
    """

    run_id: str
    state: RunState
    frames: RunFrames | None
    response: str = field(repr=False)
    cut: bool
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What one stored response adds to its conversation, for a client key that wants it kept.

    Attributes:
        id: Hash of the response's public id and its owner's; nobody can tell either from it.
        key_id: The client key that it belongs to.
        content: Sealed text, never the words themselves.
        expires_at: Wall time from which it counts as forgotten.
    """

    id: str
    key_id: str
    content: str = field(repr=False)
    created_at: float
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A picture, clip or sound that is kept; its bytes lie in the media store, never here.

    Attributes:
        id: 128 random bits as hexadecimal digits.
        owner: The client key that it was made for.
        mime: What it is, by its content.
        size: Bytes.
        etag: Hash of its content.
        last_used_at: Wall time at which it was last asked for, to the minute.
        host: The data directory that holds the file; empty where object storage does.
    """

    id: str
    owner: str
    kind: AssetKind
    mime: str
    size: int
    etag: str
    created_at: float
    last_used_at: float
    host: str = ""

    @property
    def cursor(self) -> AssetCursor:
        """Return its place among all by age, for `AssetStore.recent(before=...)`."""
        return (self.created_at, self.id)

    @property
    def idleness(self) -> AssetCursor:
        """Return its place among all by last use, for `AssetStore.idle(after=...)`."""
        return (self.last_used_at, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed after a revision.

    Attributes:
        revision: What to ask with next time.
        reset: The tuples are all there is; what they do not name is gone. Said to a caller too far
            behind for the store to remember every deletion, or ahead of a store that was restored.
    """

    revision: int
    credentials: tuple[Credential, ...] = ()
    deleted_credentials: tuple[str, ...] = ()
    keys: tuple[ClientKey, ...] = ()
    deleted_keys: tuple[str, ...] = ()
    settings: tuple[SettingOverride, ...] = ()
    deleted_settings: tuple[str, ...] = ()
    models: tuple[ModelOverride, ...] = ()
    deleted_models: tuple[str, ...] = ()
    reset: bool = False
