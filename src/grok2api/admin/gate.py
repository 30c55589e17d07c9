"""The door of the admin API: nobody gets through but who has signed in, and only to what his role may do.

It stands before the framework, so that of a stranger's request not even the body is read, and a route cannot
be forgotten: what the table of roles does not name is not there.
Must never tell a wrong token from an ended one.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grok2api.accounting.client_keys import KeyDirectory
from grok2api.admin import cookies, foreign_pages
from grok2api.admin.access import Access
from grok2api.admin.admitted import KEY, MISSING, Admitted, address_of
from grok2api.admin.bounded_body import MEBIBYTE, BoundedBody
from grok2api.admin.foreign_pages import HARMLESS
from grok2api.admin.roles import Rule, find_rule, may, methods_at
from grok2api.admin.sessions import SignedIn
from grok2api.admin.tokens import is_token
from grok2api.errors import (
    Forbidden,
    MethodNotAllowed,
    NotFound,
    Unauthenticated,
)
from grok2api.operations.auditing import Actor

PREFIX: Final = "/admin/api"
"""Where the admin API is mounted."""
_LARGEST_SIGN_IN: Final = 16 * 1024
_SETTING_UP: Final = frozenset({"/session", "/session/second-factor", "/setup"})
"""What somebody may do who has to set up an authenticator app first."""

_ENDED: Final = "The session is not valid, or has ended. Sign in again: POST /admin/api/session."
_CLIENT_KEY: Final = "A client key opens /v1 only. Sign in with the console's password."
_FOREIGN: Final = (
    "A change asked for with the session's cookie has to come from the server's own pages. Programs send the "
    "token as 'Authorization: Bearer TOKEN', or add the header 'X-Requested-With'."
)
_NO_SECOND_FACTOR: Final = (
    "Set up an authenticator app first: admin.second_factor asks everybody with a password for one. In the "
    "console, sign in; programs use an API token."
)
_FOREIGN_SIGN_IN: Final = "Nobody can be signed in from the page of another site."


class Gate:
    """Wraps the admin API.

    Args:
        app: What lies behind.
        access: Who may enter.
        keys: Knows client keys, which open nothing here.
    """

    def __init__(self, app: ASGIApp, access: Access, keys: KeyDirectory) -> None:
        self._app = app
        self._line = access.line
        self._access = access
        self._sessions = access.sessions
        self._tokens = access.tokens
        self._live = access.live
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or raise why not."""
        if scope["type"] != "http":
            raise Forbidden("Only HTTP is served here.")
        server, connection = self._live.current.server, HTTPConnection(scope)
        limit = server.max_body_mb * MEBIBYTE
        self._refuse_client_keys(connection)
        method, path = scope["method"], _path(scope)
        found = find_rule(method, path)
        if found is not None and found[0].least == "open":
            limit = _LARGEST_SIGN_IN
            await self._line.step_up()
            if method not in HARMLESS:
                self._refuse_foreign_sign_in(connection)
                self._line.check_room()
            scope[KEY] = Admitted(*found)
        else:
            actor, signed_in, key = await self._who(connection, method)
            rule, target = found or _nothing(method, path)
            if rule.least == "open" or not may(actor.role, rule.least):
                raise Forbidden(f"This takes the role '{rule.least}'; yours is '{actor.role}'.")
            if signed_in is not None and rule.path not in _SETTING_UP:
                await self._check_second_factor(signed_in)
            scope[KEY] = Admitted(rule, target, actor, signed_in, key)
        body = BoundedBody(receive, limit, server.body_timeout)
        body.check_announced(connection.headers.get("content-length", ""))
        await self._app(scope, body, _unstored(send))

    def _refuse_client_keys(self, connection: HTTPConnection) -> None:
        """Tell who shows a client's key that it opens nothing here, whatever else is shown."""
        shown = (_bearer(connection), connection.headers.get("x-api-key", ""))
        if any(each and self._keys.authenticate(each) is not None for each in shown):
            raise Forbidden(_CLIENT_KEY)

    def _refuse_foreign_sign_in(self, connection: HTTPConnection) -> None:
        """Keep a foreign page from signing its visitor in, perhaps as somebody else."""
        if not foreign_pages.may_sign_in(connection.headers, self._live.current.app.app_url):
            raise Forbidden(_FOREIGN_SIGN_IN)

    async def _who(self, connection: HTTPConnection, method: str) -> tuple[Actor, SignedIn | None, str]:
        """Return who asks, the session if there is one, and what tells him from all others."""
        offered, address = _bearer(connection), address_of(connection)
        if is_token(offered) and (token := await self._tokens.find(offered)) is not None:
            name, role = token.name, token.role
            actor = Actor(id=token.id, name=name, role=role, way="token", address=address)
            return actor, None, token.id
        shown = offered or cookies.SESSION.read(connection)
        signed_in = await self._sessions.find(shown) if shown else None
        if signed_in is None:
            known = shown or connection.headers.get("x-api-key", "")
            await self._line.step_up()
            raise Unauthenticated(_ENDED if known else MISSING)
        if not offered:
            self._refuse_foreign_page(connection, method)
        account = signed_in.account
        actor = Actor(id=account.id, name=account.name, role=account.role, way="session", address=address)
        return actor, signed_in, account.id or "owner"

    async def _check_second_factor(self, signed_in: SignedIn) -> None:
        """Refuse a session of a password that needs an authenticator app beside it and has none."""
        if await self._access.lacks_second_factor(signed_in.account):
            raise Forbidden(_NO_SECOND_FACTOR, code="second_factor_required")

    def _refuse_foreign_page(self, connection: HTTPConnection, method: str) -> None:
        """Refuse what a browser sends with a cookie because of another site's page."""
        if not foreign_pages.may_use_cookie(method, connection.headers, self._live.current.app.app_url):
            raise Forbidden(_FOREIGN)


def _nothing(method: str, path: str) -> tuple[Rule, str]:
    """Tell somebody who has signed in that there is no such route, or none with this method."""
    allowed = ", ".join(methods_at(path))
    if allowed:
        raise MethodNotAllowed(f"{method} is not allowed here. Allowed: {allowed}.", allowed=allowed)
    raise NotFound(f"There is no route {method} {PREFIX}{path[:200]}.")


def _path(scope: Scope) -> str:
    """Return the path below the place where this is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _bearer(connection: HTTPConnection) -> str:
    scheme, _, value = connection.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def _unstored(send: Send) -> Send:
    """Return a `send` whose answers no cache keeps."""

    async def send_unstored(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ())]
            if all(name != b"cache-control" for name, _ in headers):
                headers.append((b"cache-control", b"no-store"))
            message = {**message, "headers": headers}
        await send(message)

    return send_unstored
