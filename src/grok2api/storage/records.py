"""The durable records: their plain types, and what may be asked of any store that keeps them.

The verbs say what is wanted, never how it is looked up, so that a relational store and a key-value
store can both keep the promise. Every change of a credential, key or setting gets the next number of
one revision counter, which is how the other processes hear of it.
Must never know a backend, and no type of a backend may leak through here. Every verb raises
`grok2api.errors.StorageError` when the store cannot be reached in time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

CredentialKind = Literal["api_key", "oauth"]
Tier = Literal["basic", "super"]
UsageSource = Literal["upstream", "estimated", "none"]
UsageCursor = tuple[float, str]


class Conflict(Exception):
    """Another record already holds what must be unique."""


class Missing(Exception):
    """There is no record with this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """An API key or a sign-in of the pool.

    Attributes:
        priority: The higher one is chosen first.
        max_concurrency: Calls at a time; 0 is no limit.
        proxy: URL of the proxy to use, or empty; may hold a password.
        models: Upstream models it may serve; empty is all.
        account_id: The upstream account it belongs to.
        fingerprint: Keyed hash of the secret; unique.
        hint: The part of the secret that may be shown.
        secret: Sealed text, never the plain secret.
        status: active, cooling, exhausted, expired, blocked or disabled.
        reason: Why it has this status, for people.
        cooldown_until: Wall time in seconds until which it rests.
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
    fingerprint: str = field(repr=False)
    hint: str
    secret: str = field(repr=False)
    enabled: bool = True
    status: str = "active"
    reason: str = ""
    cooldown_until: float | None = None
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
        expires_at: Wall time in seconds after which it is refused.
        revision: Set by the store.
    """

    id: str
    name: str
    hash: str = field(repr=False)
    hint: str
    models: tuple[str, ...] = ()
    strict: bool = False
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
    first_byte_ms: float | None = None
    total_ms: float
    upstream_request_id: str = ""

    @property
    def cursor(self) -> UsageCursor:
        """Return the place of this record in time, for `UsageStore.recent(before=...)`."""
        return (self.started_at, self.request_id)


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
    reset: bool = False


class CredentialStore(Protocol):
    """The pool's credentials."""

    async def list(self) -> tuple[Credential, ...]:
        """Return all credentials in the order of their ids."""
        ...

    async def get(self, identifier: str, /) -> Credential | None:
        """Return one credential."""
        ...

    async def add(self, credential: Credential, /) -> Credential:
        """Keep a new credential and return it as kept; Conflict if its id or fingerprint is there already."""
        ...

    async def put(self, credential: Credential, /) -> Credential:
        """Replace every field of a credential and return it as kept; Missing, or Conflict as for `add`."""
        ...

    async def set_health(
        self, identifier: str, *, status: str, reason: str, cooldown_until: float | None
    ) -> None:
        """Change only the health, and nothing at all if it is the same; Missing if it is not there."""
        ...

    async def delete(self, identifier: str, /) -> bool:
        """Forget a credential; tell whether it was there."""
        ...


class KeyStore(Protocol):
    """The clients' keys."""

    async def list(self) -> tuple[ClientKey, ...]:
        """Return all keys in the order of their ids."""
        ...

    async def get(self, identifier: str, /) -> ClientKey | None:
        """Return one key."""
        ...

    async def add(self, key: ClientKey, /) -> ClientKey:
        """Keep a new key and return it as kept; Conflict if its id or hash is there already."""
        ...

    async def put(self, key: ClientKey, /) -> ClientKey:
        """Replace every field of a key and return it as kept; Missing, or Conflict as for `add`."""
        ...

    async def delete(self, identifier: str, /) -> bool:
        """Forget a key; tell whether it was there."""
        ...


class SettingStore(Protocol):
    """Settings changed while the server runs."""

    async def list(self) -> tuple[SettingOverride, ...]:
        """Return all overrides in the order of their paths."""
        ...

    async def put(self, setting: SettingOverride, /) -> SettingOverride:
        """Keep an override, in place of the one with this path if there is one; return it as kept."""
        ...

    async def delete(self, path: str, /) -> bool:
        """Forget an override; tell whether it was there."""
        ...


class UsageStore(Protocol):
    """The ledger of requests."""

    async def append(self, rows: Sequence[UsageRecord]) -> None:
        """Keep all rows, or none if it fails; a request id that is there already keeps its first row."""
        ...

    async def get(self, request_id: str, /) -> UsageRecord | None:
        """Return the record of one request."""
        ...

    async def recent(self, limit: int, before: UsageCursor | None = None) -> tuple[UsageRecord, ...]:
        """Return the newest `limit` records, newest first, or the newest before a `cursor`."""
        ...


class MetaStore(Protocol):
    """Facts about the store itself, each written once."""

    async def get(self, name: str, /) -> str | None:
        """Return a fact."""
        ...

    async def put_if_absent(self, name: str, value: str) -> str:
        """Keep a fact unless there is one of this name; return the one that stands now."""
        ...


class Records(Protocol):
    """A durable store."""

    @property
    def credentials(self) -> CredentialStore:
        """The pool's credentials."""
        ...

    @property
    def keys(self) -> KeyStore:
        """The clients' keys."""
        ...

    @property
    def settings(self) -> SettingStore:
        """Settings changed while the server runs."""
        ...

    @property
    def usage(self) -> UsageStore:
        """The ledger of requests."""
        ...

    @property
    def meta(self) -> MetaStore:
        """Facts about the store itself."""
        ...

    async def changes_since(self, revision: int) -> Changes:
        """Return what changed after `revision`, or everything for 0; one small query if nothing did."""
        ...

    async def ping(self) -> None:
        """Return if the store answers."""
        ...

    async def close(self) -> None:
        """Let go of every connection; no verb works afterwards."""
        ...
