"""Single sign-on as a browser sees it: away to the identity provider, and back again.

Nothing here is read by a program: whatever comes of it, the browser is led to a page of the console, which
has words for a refusal. Must never lead anywhere else, and must never tell why in more than a code.
"""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from grok2api.admin.accounts import Account
from grok2api.admin.desk import Desk
from grok2api.admin.gate import PREFIX, address_of, is_secure
from grok2api.admin.oidc.refusal import RefusalCode, SignOnRefused
from grok2api.admin.oidc.sign_on import SignOn
from grok2api.admin.oidc.transactions import LIFETIME
from grok2api.admin.session_start import PATH, SessionStart
from grok2api.errors import LimitExceeded, StorageError
from grok2api.observability.logging import get_logger

COOKIE: Final = "grok2api_sign_on"
SECURE_COOKIE: Final = "__Host-grok2api_sign_on"
_START: Final = "/session/sso"
_RETURN: Final = "/session/sso/callback"
_THROTTLED: Final = "single sign-on"
_SOMEBODY: Final = Account(id="", name="single sign-on", role="viewer", stamp="")

_log = get_logger("grok2api.admin")


class SsoRoutes:
    """The way to the provider and back."""

    def __init__(self, desk: Desk, sign_on: SignOn) -> None:
        self._desk = desk
        self._sign_on = sign_on
        self._start = SessionStart(desk)

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["session"])
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
            return await self._refused(refused, request)
        response = RedirectResponse(departure.url, 302)
        secure = is_secure(request)
        response.set_cookie(
            SECURE_COOKIE if secure else COOKIE,
            departure.kept,
            max_age=int(LIFETIME),
            path="/" if secure else f"{PREFIX}{_START}",
            secure=secure,
            httponly=True,
            samesite="lax",
        )
        return response

    async def finish(self, request: Request) -> Response:
        """Judge what the identity provider says, and lead the browser into the console or to its sign-in."""
        address = address_of(request)
        kept = request.cookies.get(SECURE_COOKIE if is_secure(request) else COOKIE, "")
        try:
            await self._desk.throttle.begin(_THROTTLED, address)
            person, page = await self._sign_on.finish(kept, dict(request.query_params))
            account = await self._desk.accounts.get(person.id)
            if account is None:
                raise SignOnRefused("disabled", "the account is not there any more")
            await self._desk.throttle.succeed(_THROTTLED, address)
            response: Response = _to_console(page)
            why = {"way": "oidc", "issuer": person.issuer, "subject": person.subject}
            await self._start.enter(account, request, response, why)
        except SignOnRefused as refused:
            response = await self._refused(refused, request)
        except LimitExceeded:
            response = await self._refused(SignOnRefused("held", "too many attempts"), request)
        except StorageError as error:
            response = await self._refused(SignOnRefused("unavailable", error.public_message), request)
        self._forget(response, request)
        return response

    async def _refused(self, refused: SignOnRefused, request: Request) -> Response:
        _log.warning(
            "single sign-on refused", code=refused.code, reason=refused.reason, address=address_of(request)
        )
        why = {"way": "oidc", "code": refused.code, "reason": refused.reason, "subject": refused.subject}
        await self._desk.tell_refused(self._start.deed(_SOMEBODY, request), why)
        return _to_sign_in(refused.code)

    def _forget(self, response: Response, request: Request) -> None:
        secure = is_secure(request)
        response.delete_cookie(
            SECURE_COOKIE if secure else COOKIE,
            path="/" if secure else f"{PREFIX}{_START}",
            secure=secure,
            httponly=True,
            samesite="lax",
        )

    def _redirect_uri(self, request: Request) -> str:
        """Return where the provider sends the browser back to: what is registered there."""
        own = f"{request.url.scheme}://{request.url.netloc}"
        return f"{self._desk.live.current.app.app_url or own}{PREFIX}{_RETURN}"


def _to_console(page: str) -> RedirectResponse:
    """Lead to a page by way of the sign-in page, which notes that this browser has a session."""
    return RedirectResponse(f"{PATH}/login?{urlencode({'arrived': 1, 'next': page})}", 302)


def _to_sign_in(code: RefusalCode) -> RedirectResponse:
    return RedirectResponse(f"{PATH}/login?failed={code}", 302)
