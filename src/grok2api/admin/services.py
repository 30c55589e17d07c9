"""What the admin API works with, by subject, handed over by the composition root.

Only what puts the routes together sees all of it; a route is given what its subject needs, so that what it
takes tells what it can reach. Must never bring the web framework along: these are only lists of parts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grok2api.accounting.client_keys import KeyDirectory
    from grok2api.accounting.running import Sight, Survey
    from grok2api.admin.backups import Backups
    from grok2api.admin.events import PoolCounts
    from grok2api.admin.jobs import JobRunner
    from grok2api.admin.network import Egress
    from grok2api.admin.oidc.provider import Asking
    from grok2api.admin.passwords import HashChecks
    from grok2api.admin.system import ReleaseState, System
    from grok2api.alerts.book import Book
    from grok2api.canonical.plan import Tier
    from grok2api.config.live import Live
    from grok2api.gateway.limits.gate import KeyGate
    from grok2api.kit.clock import Clock
    from grok2api.kit.secretbox import SecretBox
    from grok2api.operations.auditing import AuditTrail
    from grok2api.operations.client_keys import KeyOperations
    from grok2api.operations.configuring import SettingOperations
    from grok2api.operations.contents import ContentOperations
    from grok2api.operations.pooling import PoolOperations
    from grok2api.operations.price_keeping import PriceKeeper
    from grok2api.operations.signing_in import SignIns
    from grok2api.pool.refresh.refresher import Refresher
    from grok2api.routing.catalogue import Catalogue
    from grok2api.storage.records import Asset
    from grok2api.storage.stores import Records

SESSION_PURPOSE = "admin session"
"""For what the key ring derives `session_pepper`."""
TOKEN_PURPOSE = "admin token"  # noqa: S105  a name, no secret
"""For what the key ring derives `token_pepper`."""

RequestIds = Callable[[MutableMapping[str, Any]], str]
"""Tells what the request of an ASGI scope is called."""
Explain = Callable[[str], Awaitable[Mapping[str, object] | None]]
"""Gives the decision trace of a request id, with the full list made anew; None if the request is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """What only this worker knows of a credential now."""

    in_flight: int
    status: str
    reason: str
    restrictions: tuple[tuple[str, str, float], ...] = ()
    """(model or surface, reason, wall time until) of all that it is kept from now."""


LiveStates = Callable[[Sequence[str]], Mapping[str, LiveState]]
"""Gives what this worker knows of credentials, by id; one that it does not know is left out."""


@dataclass(frozen=True, slots=True)
class ModelServices:
    """What this worker knows of models.

    Attributes:
        catalogue: Gives all that there are.
        servable: (upstream id, tier needed) -> whether some credential may serve it now.
    """

    catalogue: Callable[[], Catalogue]
    servable: Callable[[str, Tier | None], bool]


@dataclass(frozen=True, slots=True)
class AlertServices:
    """What is known of alerts.

    Attributes:
        configured: Whether messages are sent at all.
        standing: Gives all that stand.
        test: Posts a test message; gives why it did not arrive, or nothing.
    """

    configured: Callable[[], bool]
    standing: Callable[[], Awaitable[Book]]
    test: Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class GalleryServices:
    """What can be done with media.

    Attributes:
        host: Who holds what is kept from now on; empty is object storage.
        limit: Gives how many bytes may stay there; 0 is no limit.
        link: Gives path and query of a signed link; None if the bytes lie on another host.
        share: Gives path and query of a link that works for so many seconds, and its end; None likewise.
        forget: Deletes one, bytes and all; tells whether it was there.
    """

    host: str
    limit: Callable[[], int]
    link: Callable[[Asset], str | None]
    share: Callable[[Asset, int], tuple[str, float] | None]
    forget: Callable[[Asset], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryServices:
    """What decides who may enter, and the book in which it is noted.

    Attributes:
        keys: Knows client keys, which open nothing here.
        session_pepper: Key of the hashes of sessions; derived for `SESSION_PURPOSE`.
        token_pepper: Key of the hashes of tokens; derived for `TOKEN_PURPOSE`.
        checks: Checks passwords.
        provider: How the identity provider is reached.
        trail: The audit.
        request_id: Tells what the request of an ASGI scope is called.
    """

    keys: KeyDirectory
    session_pepper: bytes = field(repr=False)
    token_pepper: bytes = field(repr=False)
    checks: HashChecks
    provider: Asking
    trail: AuditTrail
    request_id: RequestIds


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolServices:
    """What can be done to the pool, and what this worker knows of it.

    Attributes:
        operations: Change credentials in the store.
        fingerprint_pepper: Key of the fingerprints by which a credential is known again.
        refresher: Renews sign-ins.
        sign_ins: Carries out sign-ins; None where `oauth.enabled` is off.
        counts: Tells how the pool stands.
        live_states: Tells how credentials stand on this worker.
    """

    operations: PoolOperations
    fingerprint_pepper: bytes = field(repr=False)
    refresher: Refresher
    sign_ins: SignIns | None
    counts: Callable[[], PoolCounts]
    live_states: LiveStates


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyServices:
    """What can be done to client keys.

    Attributes:
        operations: Change them in the store.
        gate: Knows how they stand with their limits.
    """

    operations: KeyOperations
    gate: KeyGate


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerServices:
    """What tells of requests: those in the ledger, and those that run now.

    Attributes:
        prices: Shows and sets prices.
        contents: Reads and forgets words of requests.
        explain: Tells how a request came to its credential.
        written: Has this worker's newest rows and words written, if the store takes them.
        look: Gives what runs on all workers, and how many requests each has begun.
        cancel: Ends a running request, wherever it is; gives what was seen of it, nothing if there is none.
    """

    prices: PriceKeeper
    contents: ContentOperations
    explain: Explain
    written: Callable[[], Awaitable[None]]
    look: Callable[[], Awaitable[Survey]]
    cancel: Callable[[str], Awaitable[Sequence[Sight]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemServices:
    """What this worker tells of itself.

    Attributes:
        state: Tells how the server is doing.
        revision: Up to where this worker knows the store.
        draining: Tells whether the server is about to end, so that streams of events end by themselves.
        release: Tells which version is the newest.
    """

    state: System
    revision: Callable[[], int]
    draining: Callable[[], bool]
    release: Callable[[], Awaitable[ReleaseState]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminServices:
    """Everything the admin API works with; a route is given the parts of it that its subject needs.

    Attributes:
        settings: Shows and changes the settings.
        jobs: Carries out what lasts.
        backups: Copies the store.
        egress: Tells the ways to upstream, and tries one.
    """

    records: Records
    live: Live
    clock: Clock
    box: SecretBox = field(repr=False)
    entry: EntryServices
    pool: PoolServices
    keys: KeyServices
    ledger: LedgerServices
    models: ModelServices
    alerts: AlertServices
    gallery: GalleryServices
    egress: Egress
    backups: Backups
    settings: SettingOperations
    jobs: JobRunner
    system: SystemServices
