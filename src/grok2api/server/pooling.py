"""The pool of a worker and what keeps it true: the picture of the store, health, sign-ins.

The pool wants tokens, and the refresher that gets them changes the pool: they are joined here, once. Must
never be built twice in a process.
"""

from __future__ import annotations

from dataclasses import dataclass

from grok2api.kit.secretbox import SecretBox
from grok2api.operations.refreshing import issuer_over
from grok2api.pool.health_writer import HealthWriter
from grok2api.pool.judge import keep_quiet
from grok2api.pool.pool import Pool
from grok2api.pool.refresh.refresher import Refresher
from grok2api.pool.roster import Roster
from grok2api.pool.view import View
from grok2api.server.foundation import Foundation
from grok2api.server.prepare import FINGERPRINT_PURPOSE
from grok2api.server.rules import pool_rules, refresh_rules
from grok2api.server.sharing import Sharing
from grok2api.upstream.transport import Transport
from grok2api.upstream.xai.oauth import XaiIssuer


@dataclass(frozen=True, slots=True)
class Pooling:
    """The parts around the pool."""

    pool: Pool
    view: View
    health: HealthWriter
    issuer: XaiIssuer
    refresher: Refresher


class _Wishes:
    """Hands the pool's wishes for tokens to the refresher, once there is one."""

    def __init__(self) -> None:
        self.refresher: Refresher | None = None

    def want(self, credential_id: str, rejected: int | None) -> None:
        """Have a sign-in refreshed soon. Never waits: a request is choosing its credential."""
        if self.refresher is not None:
            self.refresher.want(credential_id, rejected)

    def pardon(self, credential_id: str) -> None:
        """Have a sign-in tried again although its refresh has failed a while ago."""
        if self.refresher is not None:
            self.refresher.pardon(credential_id)


def build_pooling(base: Foundation, *, transport: Transport, sharing: Sharing) -> Pooling:
    """Return the pool of a worker, empty until the view is told what the store has.

    Args:
        base: What it stands on.
        transport: Carries calls to the sign-in service.
        sharing: What this worker shares with all others.
    """
    live, records, clock = base.live, base.records, base.clock
    settings, box, wishes = live.current, SecretBox(base.ring), _Wishes()
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
    refresher = Refresher(
        records,
        issuer,
        box,
        clock,
        pepper=base.ring.derive(FINGERPRINT_PURPOSE),
        holder=base.holder,
        taken=view.taken,
        rules=refresh_rules(settings),
        proxy=lambda: live.current.grok.proxy_url or None,
        delayed=pool.token_delayed,
    )
    if settings.oauth.enabled:
        wishes.refresher = refresher
    return Pooling(pool, view, health, issuer, refresher)
