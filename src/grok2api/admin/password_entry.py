"""Who gets in with a password, and a code of an authenticator app where the account has one.

Whoever fails learns one thing only: that the name, the password or the code is not right. As soon as any
account has an app, everybody who fails without a code is asked for one first, so that neither a right
password nor an account that has an app can be told from others. Wrong codes behind a right password are
counted for the account whatever the network, and beyond what is free each of them counts as wrong unseen;
recovery codes still open.
Must never let a password in where the settings have turned passwords off.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from grok2api.admin.accounts import OWNER, mark_of
from grok2api.admin.second_factors import key_of, looks_like_recovery_code
from grok2api.errors import Forbidden, LimitExceeded, Unauthenticated

if TYPE_CHECKING:
    from grok2api.admin.accounts import Account, Accounts
    from grok2api.admin.second_factors import SecondFactors
    from grok2api.admin.throttle import LoginThrottle
    from grok2api.config.live import Live
    from grok2api.storage.access import SecondFactor

_OFF: Final = (
    "Passwords are turned off here (admin.password_login); use single sign-on. Whoever runs the server gets "
    "back in with 'grok2api admin reset-password'."
)
_WRONG: Final = "The name or the password is not right."
_WRONG_CODE: Final = "The name, the password or the code is not right."
_CODE_NEEDED: Final = (
    "Send the code of your authenticator app, or a recovery code, as 'code'. If you have no app, the name or "
    "the password is not right."
)
_EVERYWHERE: Final = ""
"""In the place of a network: attempts from all of them count together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What somebody shows who wants in. No name is the owner's."""

    name: str
    password: str = field(repr=False)
    code: str = field(default="", repr=False)
    address: str

    @property
    def mark(self) -> str:
        """The name as it is compared."""
        return mark_of(self.name) or OWNER


class NotAdmitted(Exception):
    """Somebody who does not get in.

    Attributes:
        error: What he is told.
        wrong: Whether something was wrong, and not only missing.
        reason: For the audit.
    """

    def __init__(self, error: Unauthenticated, *, wrong: bool, reason: str) -> None:
        super().__init__(reason)
        self.error = error
        self.wrong = wrong
        self.reason = reason


class PasswordEntry:
    """Judges what is shown.

    Args:
        accounts: Who there is.
        second_factors: The apps there are.
        throttle: Counts attempts.
        live: The settings.
    """

    def __init__(
        self, accounts: Accounts, second_factors: SecondFactors, throttle: LoginThrottle, live: Live
    ) -> None:
        self._accounts = accounts
        self._second_factors = second_factors
        self._throttle = throttle
        self._live = live

    async def admit(self, shown: Shown) -> Account:
        """Return the account of somebody who gets in.

        Raises:
            NotAdmitted: he does not.
            Forbidden: nobody does with a password.
            LimitExceeded: he tries too often.
            StorageError: the store did not answer.
        """
        if not self._live.current.admin.password_login:
            raise Forbidden(_OFF, code="password_login_off")
        await self._throttle.begin(shown.mark, shown.address)
        factors = await self._second_factors.all()
        account = await self._accounts.sign_in(shown.name, shown.password)
        factor = None if account is None else factors.get(key_of(account.id))
        if account is not None and factor is None:
            return await self._admitted(shown, account)
        if not shown.code:
            wrong = account is None
            error = Unauthenticated(_CODE_NEEDED, code="second_factor_needed")
            reason = "password" if wrong else "code missing"
            raise NotAdmitted(error if factors else Unauthenticated(_WRONG), wrong=wrong, reason=reason)
        if account is not None and factor is not None and await self._fits(shown, factor):
            return await self._admitted(shown, account)
        if account is None and factors:
            await self._count(f"{shown.mark} without a password")  # so that it takes as long
        reason = "password" if account is None else "code"
        raise NotAdmitted(Unauthenticated(_WRONG_CODE if factors else _WRONG), wrong=True, reason=reason)

    async def _admitted(self, shown: Shown, account: Account) -> Account:
        await self._throttle.succeed(shown.mark, shown.address)
        return account

    async def _fits(self, shown: Shown, factor: SecondFactor) -> bool:
        if looks_like_recovery_code(shown.code):
            return await self._second_factors.takes_recovery_code(factor, shown.code)
        counted = f"{factor.id} codes"
        if not await self._count(counted) or not await self._second_factors.takes_code(factor, shown.code):
            return False
        await self._throttle.succeed(counted, _EVERYWHERE)
        return True

    async def _count(self, account: str) -> bool:
        """Count an attempt; tell whether there was one left."""
        with suppress(LimitExceeded):
            await self._throttle.begin(account, _EVERYWHERE)
            return True
        return False
