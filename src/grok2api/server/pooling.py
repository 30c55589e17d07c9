"""The pool of a worker and what keeps it true: the picture of the store, health, sign-ins.

The pool wants tokens, and the desk that gets them changes the pool: they are joined here, once. Must never
be built twice in a process.
"""

from __future__ import annotations

from dataclasses import dataclass

from grok2api.config.live import Live
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.operations.refreshing import issuer_over
from grok2api.pool.health_writer import HealthWriter
from grok2api.pool.judge import keep_quiet
from grok2api.pool.pool import Pool
from grok2api.pool.refresh.desk import RefreshDesk
from grok2api.pool.roster import Roster
from grok2api.pool.view import View
from grok2api.server.prepare import FINGERPRINT_PURPOSE
from grok2api.server.rules import pool_rules, refresh_rules
from grok2api.server.sharing import Sharing
from grok2api.storage.stores import Records
from grok2api.upstream.transport import Transport
from grok2api.upstream.xai.oauth import XaiIssuer


@dataclass(frozen=True, slots=True)
class Pooling:
    """The parts around the pool."""

    pool: Pool
    view: View
    health: HealthWriter
    issuer: XaiIssuer
    desk: RefreshDesk


class _Wishes:
    """Hands the pool's wishes for tokens to the desk, once there is one."""

    def __init__(self) -> None:
        self.desk: RefreshDesk | None = None

    def want(self, credential_id: str, rejected: int | None) -> None:
        """Have a sign-in refreshed soon. Never waits: a request is choosing its credential."""
        if self.desk is not None:
            self.desk.want(credential_id, rejected)

    def pardon(self, credential_id: str) -> None:
        """Have a sign-in tried again although its refresh has failed a while ago."""
        if self.desk is not None:
            self.desk.pardon(credential_id)


def build_pooling(
    live: Live, ring: KeyRing, records: Records, transport: Transport, clock: Clock, sharing: Sharing
) -> Pooling:
    """Return the pool of a worker, empty until the view is told what the store has.

    Args:
        live: The settings.
        ring: Opens and seals secrets.
        records: The store.
        transport: Carries calls to the sign-in service.
        clock: Where time comes from.
        sharing: Who this worker is among all that share the store, and what it shares with them.
    """
    settings, box, wishes = live.current, SecretBox(ring), _Wishes()
    roster = Roster(settings.grok.base_url, sign_ins=settings.oauth.enabled)
    health = HealthWriter(records.credentials, written=sharing.news.set)
    slots = sharing.slots
    pool = Pool(
        roster,
        clock=clock,
        persist=health.put,
        rules=pool_rules(settings),
        want_token=wishes.want,
        slots=slots,
        spread=sharing.spread if slots is not None else keep_quiet,
    )
    view = View(
        roster,
        box,
        clock,
        rules=lambda: pool.rules.cooldown,
        changed=pool.stir,
        workers=settings.server.workers if slots is None else 1,
        cleared=wishes.pardon,
    )
    issuer = issuer_over(transport, settings, clock)
    desk = RefreshDesk(
        records,
        issuer,
        box,
        clock,
        pepper=ring.derive(FINGERPRINT_PURPOSE),
        holder=sharing.holder,
        taken=view.taken,
        rules=refresh_rules(settings),
        proxy=lambda: live.current.grok.proxy_url or None,
        delayed=pool.token_delayed,
    )
    if settings.oauth.enabled:
        wishes.desk = desk
    return Pooling(pool, view, health, issuer, desk)
