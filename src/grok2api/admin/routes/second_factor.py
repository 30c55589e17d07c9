"""The authenticator app of the own account: set up, and removed.

Must never set one up without the password, nor remove one without a code of it: a session that somebody else
got hold of shall not be enough.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from grok2api.admin.access import Access
from grok2api.admin.accounts import Account
from grok2api.admin.admitted import address_of, session_of
from grok2api.admin.audited import Noting
from grok2api.admin.second_factors import has_one_already, looks_like_recovery_code
from grok2api.admin.session_shapes import (
    RecoveryCodes,
    SecondFactorCode,
    SecondFactorConfirmation,
    SecondFactorSetup,
    SecondFactorWish,
)
from grok2api.admin.subjects import subject
from grok2api.errors import InvalidRequest, NotFound

_VOUCHED = "You came by single sign-on: your provider asks for a second factor, this server does not."
_PATH = "/session/second-factor"


class SecondFactorRoutes:
    """The caller's own authenticator app.

    Args:
        access: Knows the apps, and counts attempts.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._factors = access.second_factors

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("session")
        router.add_api_route(
            _PATH, self.begin, methods=["POST"], summary="Begin to set up an authenticator app"
        )
        router.add_api_route(_PATH, self.confirm, methods=["PUT"], summary="Finish it with a first code")
        router.add_api_route(
            f"{_PATH}/removal",
            self.remove,
            methods=["POST"],
            status_code=204,
            summary="Remove the own authenticator app",
        )
        return router

    async def begin(self, sent: Annotated[SecondFactorWish, Body()], request: Request) -> SecondFactorSetup:
        """Make a secret for an app. Nothing changes until a first code of it is sent."""
        account = _own(request)
        await self._access.check_password(account, sent.password, address_of(request), param="password")
        if await self._factors.of(account.id) is not None:
            raise has_one_already()
        setup = self._factors.begin(account.id, account.name)
        return SecondFactorSetup(secret=setup.secret, address=setup.address, enrolment=setup.enrolment)

    async def confirm(
        self, sent: Annotated[SecondFactorConfirmation, Body()], request: Request, note: Noting
    ) -> RecoveryCodes:
        """Keep the app of which this is a code; the answer holds the recovery codes, this once."""
        account = _own(request)
        await self._access.throttle.begin(f"{account.id} setup", address_of(request))
        codes = await self._factors.confirm(account.id, sent.enrolment, sent.code)
        await self._access.throttle.succeed(f"{account.id} setup", address_of(request))
        note.made(account.id, {"name": account.name, "authenticator_app": True})
        return RecoveryCodes(recovery_codes=list(codes))

    async def remove(
        self, sent: Annotated[SecondFactorCode, Body()], request: Request, note: Noting
    ) -> Response:
        """Remove the own app; it takes one of its codes, or a recovery code."""
        account = _own(request)
        factor = await self._factors.of(account.id)
        if factor is None:
            raise NotFound("This account has no authenticator app.")
        await self._access.throttle.begin(f"{factor.id} codes", "")
        if looks_like_recovery_code(sent.code):
            fitting = await self._factors.takes_recovery_code(factor, sent.code)
        else:
            fitting = await self._factors.takes_code(factor, sent.code)
        if not fitting:
            raise InvalidRequest("The code is not right, or was used before.", param="code")
        await self._access.throttle.succeed(f"{factor.id} codes", "")
        await self._factors.remove(account.id)
        note.target, note.before = account.id, {"name": account.name, "authenticator_app": True}
        return Response(status_code=204)


def _own(request: Request) -> Account:
    account = session_of(request.scope).account
    if account.vouched:
        raise InvalidRequest(_VOUCHED)
    return account
