"""Who may come in, and the book in which it is noted: the parts that the gate and the routes share.

Must never bring the web framework along: the gate needs this for strangers, too.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grok2api.admin.accounts import Accounts, mark_of
from grok2api.admin.passwords import Passwords
from grok2api.admin.second_factors import SecondFactors
from grok2api.admin.sessions import Sessions
from grok2api.admin.sign_in_line import SignInLine
from grok2api.admin.staff import Staff
from grok2api.admin.throttle import LoginThrottle
from grok2api.admin.tokens import Tokens
from grok2api.errors import InvalidRequest, StorageError

if TYPE_CHECKING:
    from grok2api.admin.accounts import Account
    from grok2api.admin.services import AdminServices, RequestIds
    from grok2api.config.live import Live
    from grok2api.operations.auditing import AuditTrail, Deed, Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Accounts, sessions, tokens and the audit.

    Attributes:
        accounts: Who may sign in.
        staff: Changes the accounts of operators.
        second_factors: The authenticator apps.
        live: The settings.
        throttle: Counts attempts.
        line: Where those stand who show a password.
        trail: The audit.
        request_id: Tells what the request of an ASGI scope is called.
    """

    accounts: Accounts
    staff: Staff
    sessions: Sessions
    tokens: Tokens
    second_factors: SecondFactors
    live: Live
    throttle: LoginThrottle
    line: SignInLine
    trail: AuditTrail = field(repr=False)
    request_id: RequestIds

    async def lacks_second_factor(self, account: Account) -> bool:
        """Tell whether an account has to set up an authenticator app before it may do anything else."""
        if account.vouched or self.live.current.admin.second_factor != "required":
            return False
        return await self.second_factors.of(account.id) is None

    async def check_password(self, account: Account, password: str, address: str, *, param: str) -> None:
        """Have somebody who has a session show his password again: a session alone may be a stolen one.

        Args:
            account: Whose session it is.
            password: What he shows.
            address: Where he is.
            param: The field that holds it.

        Raises:
            InvalidRequest: it is not right.
            LimitExceeded: he tries too often.
            StorageError: the store did not answer.
        """
        mark = mark_of(account.name)
        await self.throttle.begin(mark, address)
        if not await self.accounts.verify(account, password):
            raise InvalidRequest("The present password is not right.", param=param)
        await self.throttle.succeed(mark, address)

    async def tell_refused(self, deed: Deed, why: Fields | None = None) -> None:
        """Tell the audit of a sign-in that was refused; that need not succeed."""
        with suppress(StorageError):
            await self.trail.tell(deed, "failed", status=401, after=why)


def open_access(services: AdminServices) -> Access:
    """Return who may enter at a worker."""
    records, clock, entry = services.records, services.clock, services.entry
    checks, pepper = entry.checks, entry.session_pepper
    passwords = Passwords(records.meta, configured=services.live.current.app.app_key, checks=checks)
    accounts = Accounts(records.operators, passwords, checks, pepper=pepper, live=services.live)
    sessions = Sessions(records.sessions, accounts, pepper=pepper, clock=clock)
    return Access(
        accounts=accounts,
        staff=Staff(records.operators, accounts, sessions, clock),
        sessions=sessions,
        tokens=Tokens(records.tokens, pepper=entry.token_pepper, clock=clock),
        second_factors=SecondFactors(
            records.second_factors, records.answers, services.box, pepper=pepper, clock=clock
        ),
        live=services.live,
        throttle=LoginThrottle(records.attempts, pepper=pepper, clock=clock),
        line=SignInLine(clock),
        trail=entry.trail,
        request_id=entry.request_id,
    )
