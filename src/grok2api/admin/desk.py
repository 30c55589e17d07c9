"""Who may come in, and the book in which it is noted: the parts that the gate and the routes share.

Must never bring the web framework along: the gate needs this for strangers, too.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grok2api.admin.accounts import Accounts
from grok2api.admin.passwords import HashChecks, Passwords
from grok2api.admin.second_factors import SecondFactors
from grok2api.admin.sessions import Sessions
from grok2api.admin.staff import Staff
from grok2api.admin.throttle import LoginThrottle
from grok2api.admin.tokens import Tokens
from grok2api.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping
    from typing import Any

    from grok2api.admin.services import AdminServices
    from grok2api.config.live import Live
    from grok2api.operations.auditing import AuditTrail, Deed, Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Accounts, sessions, tokens and the audit."""

    accounts: Accounts
    staff: Staff
    sessions: Sessions
    tokens: Tokens
    second_factors: SecondFactors
    live: Live
    throttle: LoginThrottle
    trail: AuditTrail = field(repr=False)
    request_id: Callable[[MutableMapping[str, Any]], str]

    async def tell_refused(self, deed: Deed, why: Fields | None = None) -> None:
        """Tell the audit of a sign-in that was refused; that need not succeed."""
        with suppress(StorageError):
            await self.trail.tell(deed, "failed", status=401, after=why)


def open_desk(services: AdminServices) -> Desk:
    """Return the desk of a worker."""
    records, clock, pepper = services.records, services.clock, services.session_pepper
    checks = HashChecks()
    passwords = Passwords(records.meta, configured=services.live.current.app.app_key, checks=checks)
    accounts = Accounts(records.operators, passwords, checks, pepper=pepper, live=services.live)
    sessions = Sessions(records.sessions, accounts, pepper=pepper, clock=clock)
    return Desk(
        accounts=accounts,
        staff=Staff(records.operators, accounts, sessions, clock),
        sessions=sessions,
        tokens=Tokens(records.tokens, pepper=services.token_pepper, clock=clock),
        second_factors=SecondFactors(
            records.second_factors, records.answers, services.box, pepper=pepper, clock=clock
        ),
        live=services.live,
        throttle=LoginThrottle(records.attempts, pepper=pepper, clock=clock),
        trail=services.trail,
        request_id=services.request_id,
    )
