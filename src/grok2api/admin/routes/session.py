"""Signing in to the admin API and out again.

Must never tell why a sign-in failed: there is one password and one answer.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from grok2api.admin.gate import COOKIE, admitted
from grok2api.admin.passwords import Passwords
from grok2api.admin.sessions import LIFETIME, Sessions
from grok2api.admin.shapes import SessionStarted, SessionView, SignIn, session_view
from grok2api.admin.throttle import LoginThrottle
from grok2api.errors import Unauthenticated
from grok2api.observability.logging import get_logger

_WRONG = "The password is not right."
_PATH = "/admin"

_log = get_logger("grok2api.admin")


class SessionRoutes:
    """One session, the caller's own."""

    def __init__(self, passwords: Passwords, sessions: Sessions, throttle: LoginThrottle) -> None:
        self._passwords = passwords
        self._sessions = sessions
        self._throttle = throttle

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["session"])
        router.add_api_route("/session", self.sign_in, methods=["POST"], summary="Sign in")
        router.add_api_route("/session", self.who, methods=["GET"], summary="Tell who is signed in")
        router.add_api_route(
            "/session", self.sign_out, methods=["DELETE"], status_code=204, summary="Sign out"
        )
        return router

    async def sign_in(
        self, sent: Annotated[SignIn, Body()], request: Request, response: Response
    ) -> SessionStarted:
        """Begin a session. Its token is in the answer, and in a cookie for browsers."""
        address = request.client.host if request.client else "local"
        self._throttle.begin(address)
        if not await self._passwords.verify(sent.password):
            _log.warning("sign-in refused", address=address)
            raise Unauthenticated(_WRONG)
        self._throttle.succeed(address)
        earlier = await self._sessions.find(request.cookies.get(COOKIE, ""))
        if earlier is not None:
            await self._sessions.end(earlier)
        token, session = await self._sessions.begin()
        response.set_cookie(
            COOKIE,
            token,
            max_age=int(LIFETIME),
            path=_PATH,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        _log.info("signed in", address=address)
        return SessionStarted(token=token, expires_at=session_view(session).expires_at)

    async def who(self, request: Request) -> SessionView:
        """Tell who asks, and until when the session lasts."""
        return session_view(admitted(request.scope).session)

    async def sign_out(self, request: Request) -> Response:
        """End the session on every worker at once."""
        await self._sessions.end(admitted(request.scope).session)
        response = Response(status_code=204)
        response.delete_cookie(COOKIE, path=_PATH, httponly=True, samesite="strict")
        return response
