"""Single sign-on as a browser sees it: away to the identity provider, and back again.

Nothing here is read by a program: whatever comes of it, the browser is led to a page of the console, which
has words for a refusal. Must never lead anywhere else, and must never tell why in more than a code.
"""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from grok2api.admin import cookies
from grok2api.admin.access import Access
from grok2api.admin.accounts import Account
from grok2api.admin.admitted import address_of
from grok2api.admin.gate import PREFIX
from grok2api.admin.oidc.refusal import RefusalCode, SignOnRefused
from grok2api.admin.oidc.sign_on import SignOn
from grok2api.admin.oidc.transactions import LIFETIME
from grok2api.admin.session_start import SessionStart
from grok2api.admin.subjects import subject
from grok2api.errors import LimitExceeded, StorageError
from grok2api.observability.logging import get_logger

_CONSOLE: Final = "/admin"
_START: Final = "/session/sso"
_RETURN: Final = "/session/sso/callback"
_END: Final = "/session/sso/end"
_THROTTLED: Final = "single sign-on"
_SOMEBODY: Final = Account(id="", name="single sign-on", role="viewer", stamp="")

_log = get_logger("grok2api.admin")


class SsoRoutes:
    """The way to the provider and back.

    Args:
        access: Begins sessions, and counts attempts.
        sign_on: Judges what the provider says.
    """

    def __init__(self, access: Access, sign_on: SignOn) -> None:
        self._access = access
        self._sign_on = sign_on
        self._start = SessionStart(access)

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("session")
        router.add_api_route(
            _START,
            self.begin,
            methods=["GET"],
            status_code=302,
            responses={302: {"description": "To the identity provider, or to the console"}},
            response_class=Response,
            summary="Go to the identity provider",
        )
        router.add_api_route(
            _RETURN,
            self.finish,
            methods=["GET"],
            status_code=302,
            responses={302: {"description": "To the identity provider, or to the console"}},
            response_class=Response,
            summary="Come back from the identity provider",
        )
        router.add_api_route(
            _END,
            self.end,
            methods=["GET"],
            status_code=302,
            responses={302: {"description": "To the identity provider, or to the console"}},
            response_class=Response,
            summary="Sign out at the identity provider",
        )
        return router

    async def begin(
        self,
        request: Request,
        page: Annotated[
            str, Query(description="The page of the console to come back to", max_length=512)
        ] = "/",
    ) -> Response:
        """Lead the browser to the identity provider; it keeps a sealed cookie of what it began."""
        try:
            departure = await self._sign_on.begin(redirect_uri=self._redirect_uri(request), page=page)
        except SignOnRefused as refused:
            return _refused(refused, request)
        response = RedirectResponse(departure.url, 302)
        cookies.SIGN_ON.keep(response, request, departure.kept, seconds=LIFETIME)
        return response

    async def finish(self, request: Request) -> Response:
        """Judge what the identity provider says, and lead the browser into the console or to its sign-in."""
        address = address_of(request)
        kept = cookies.SIGN_ON.read(request)
        try:
            await self._access.throttle.begin(_THROTTLED, address)
            person, page = await self._sign_on.finish(kept, dict(request.query_params))
            account = await self._access.accounts.get(person.id)
            if account is None:
                raise SignOnRefused("disabled", "the account is not there any more")
            await self._access.throttle.succeed(_THROTTLED, address)
            response: Response = _to_console(page)
            why = {"way": "oidc", "issuer": person.issuer, "subject": person.subject}
            await self._start.enter(account, request, response, why)
        except SignOnRefused as refused:
            response = await self._told(refused, request)
        except LimitExceeded:
            response = _refused(SignOnRefused("held", "too many attempts"), request)
        except StorageError as error:
            response = _refused(SignOnRefused("unavailable", error.public_message), request)
        cookies.SIGN_ON.forget(response, request)
        return response

    async def end(self, request: Request) -> Response:
        """Lead a browser that has signed out here on to the provider, if the settings say so; else back."""
        sign_in = f"{_CONSOLE}/login"
        away = await self._sign_on.end_at_provider(return_uri=self._own(request) + sign_in)
        return RedirectResponse(away or sign_in, 302)

    async def _told(self, refused: SignOnRefused, request: Request) -> Response:
        """Tell the audit as well. Only what the throttle has counted gets here, so nobody can fill it."""
        why = {"way": "oidc", "code": refused.code, "reason": refused.reason, "subject": refused.subject}
        await self._access.tell_refused(self._start.deed(_SOMEBODY, request), why)
        return _refused(refused, request)

    def _redirect_uri(self, request: Request) -> str:
        """Return where the provider sends the browser back to: what is registered there."""
        return f"{self._own(request)}{PREFIX}{_RETURN}"

    def _own(self, request: Request) -> str:
        """Return how browsers reach this server."""
        return self._access.live.current.app.app_url or f"{request.url.scheme}://{request.url.netloc}"


def _refused(refused: SignOnRefused, request: Request) -> Response:
    address = address_of(request)
    _log.warning("single sign-on refused", code=refused.code, reason=refused.reason, address=address)
    return _to_sign_in(refused.code)


def _to_console(page: str) -> RedirectResponse:
    """Lead to a page by way of the sign-in page, which notes that this browser has a session."""
    return RedirectResponse(f"{_CONSOLE}/login?{urlencode({'arrived': 1, 'next': page})}", 302)


def _to_sign_in(code: RefusalCode) -> RedirectResponse:
    return RedirectResponse(f"{_CONSOLE}/login?failed={code}", 302)
