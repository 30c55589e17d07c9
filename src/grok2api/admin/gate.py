"""The door of the admin API: nobody gets through but who has signed in, and only to what his role may do.

It stands before the framework, so that of a stranger's request not even the body is read, and a route cannot
be forgotten: what the table of roles does not name is not there. A cookie alone does not allow a change: the
request has to come from this server's own pages, or carry a header that no foreign page can set; and no
foreign page can sign somebody in.
Must never tell a wrong token from an ended one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grok2api.accounting.client_keys import KeyDirectory
from grok2api.admin.roles import Rule, find_rule, may, methods_at
from grok2api.admin.second_factors import SecondFactors
from grok2api.admin.sessions import Sessions, SignedIn
from grok2api.admin.tokens import Tokens, is_token
from grok2api.config.live import Live
from grok2api.errors import (
    Forbidden,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    RequestTimeout,
    TooLarge,
    Unauthenticated,
)
from grok2api.kit.origins import origin_host
from grok2api.operations.auditing import Actor

PREFIX: Final = "/admin/api"
"""Where the admin API is mounted."""
COOKIE: Final = "grok2api_session"
SECURE_COOKIE: Final = "__Host-grok2api_session"
"""What the cookie is called over https: browsers keep it for this very host, and only as it was set."""
_KEY: Final = "grok2api.admin"
_HARMLESS: Final = frozenset({"GET", "HEAD"})
_OWN_SITES: Final = frozenset({"same-origin", "none"})
_LARGEST_SIGN_IN: Final = 16 * 1024
_SETTING_UP: Final = frozenset({"/session", "/session/second-factor", "/setup"})
"""What somebody may do who has to set up an authenticator app first."""
_MEBIBYTE: Final = 1_048_576

_MISSING: Final = "Sign in first: POST /admin/api/session with the console's password."
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


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request that was let through.

    Attributes:
        rule: Its row in the table of roles.
        target: What it is about: the parts of its path that are no names.
        actor: Who asks; None where nobody has to sign in.
        signed_in: The session; None for a program's token.
        key: Who asks, as one text that no other has.
    """

    rule: Rule
    target: str
    actor: Actor | None = None
    signed_in: SignedIn | None = field(default=None, repr=False)
    key: str = ""


def admitted(scope: Mapping[str, object]) -> Admitted:
    """Return what is known of a request that was let through."""
    found = scope[_KEY]
    if not isinstance(found, Admitted):
        raise Unauthenticated(_MISSING)
    return found


def actor_of(scope: Mapping[str, object]) -> Actor:
    """Return who asks, where somebody had to sign in."""
    actor = admitted(scope).actor
    if actor is None:
        raise Unauthenticated(_MISSING)
    return actor


def session_of(scope: Mapping[str, object]) -> SignedIn:
    """Return the session of a request; Forbidden for a program's token, which has none."""
    signed_in = admitted(scope).signed_in
    if signed_in is None:
        raise Forbidden("This is for people who have signed in; an API token has no session.")
    return signed_in


def address_of(connection: HTTPConnection) -> str:
    """Return where a request comes from; a trusted proxy has been asked already."""
    return connection.client.host if connection.client else "local"


def is_secure(connection: HTTPConnection) -> bool:
    """Tell whether the browser sees https."""
    return connection.url.scheme == "https"


def cookie_of(connection: HTTPConnection) -> str:
    """Return the token in the cookie; the one for https does not count over http, nor the other way."""
    return connection.cookies.get(SECURE_COOKIE if is_secure(connection) else COOKIE, "")


class Gate:
    """Wraps the admin API."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        sessions: Sessions,
        tokens: Tokens,
        second_factors: SecondFactors,
        keys: KeyDirectory,
        live: Live,
    ) -> None:
        self._app = app
        self._second_factors = second_factors
        self._sessions = sessions
        self._tokens = tokens
        self._keys = keys
        self._live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or raise why not."""
        if scope["type"] != "http":
            raise Forbidden("Only HTTP is served here.")
        server, connection = self._live.current.server, HTTPConnection(scope)
        limit = server.max_body_mb * _MEBIBYTE
        self._refuse_client_keys(connection)
        method, path = scope["method"], _path(scope)
        found = find_rule(method, path)
        if found is not None and found[0].least == "open":
            limit = _LARGEST_SIGN_IN
            self._refuse_foreign_sign_in(connection, method)
            scope[_KEY] = Admitted(*found)
        else:
            actor, signed_in, key = await self._who(connection, method)
            rule, target = found or _nothing(method, path)
            if rule.least == "open" or not may(actor.role, rule.least):
                raise Forbidden(f"This takes the role '{rule.least}'; yours is '{actor.role}'.")
            if signed_in is not None and rule.path not in _SETTING_UP:
                await self._check_second_factor(signed_in)
            scope[_KEY] = Admitted(rule, target, actor, signed_in, key)
        body = _Body(receive, limit, server.body_timeout)
        body.check_announced(connection.headers.get("content-length", ""))
        await self._app(scope, body, _unstored(send))

    def _refuse_client_keys(self, connection: HTTPConnection) -> None:
        """Tell who shows a client's key that it opens nothing here, whatever else is shown."""
        shown = (_bearer(connection), connection.headers.get("x-api-key", ""))
        if any(each and self._keys.authenticate(each) is not None for each in shown):
            raise Forbidden(_CLIENT_KEY)

    def _refuse_foreign_sign_in(self, connection: HTTPConnection, method: str) -> None:
        """Keep a foreign page from signing its visitor in, perhaps as somebody else."""
        told = "sec-fetch-site" in connection.headers or "origin" in connection.headers
        if method not in _HARMLESS and told and not self._is_ours(connection):
            raise Forbidden(_FOREIGN_SIGN_IN)

    async def _who(self, connection: HTTPConnection, method: str) -> tuple[Actor, SignedIn | None, str]:
        """Return who asks, the session if there is one, and what tells him from all others."""
        offered, address = _bearer(connection), address_of(connection)
        if is_token(offered) and (token := await self._tokens.find(offered)) is not None:
            name, role = token.name, token.role
            actor = Actor(id=token.id, name=name, role=role, way="token", address=address)
            return actor, None, token.id
        shown = offered or cookie_of(connection)
        signed_in = await self._sessions.find(shown) if shown else None
        if signed_in is None:
            known = shown or connection.headers.get("x-api-key", "")
            raise Unauthenticated(_ENDED if known else _MISSING)
        if not offered:
            self._refuse_foreign_page(connection, method)
        account = signed_in.account
        actor = Actor(id=account.id, name=account.name, role=account.role, way="session", address=address)
        return actor, signed_in, account.id or "owner"

    async def _check_second_factor(self, signed_in: SignedIn) -> None:
        """Refuse a session of a password that needs an authenticator app beside it and has none."""
        account = signed_in.account
        if account.vouched or self._live.current.admin.second_factor != "required":
            return
        if await self._second_factors.of(account.id) is None:
            raise Forbidden(_NO_SECOND_FACTOR, code="second_factor_required")

    def _refuse_foreign_page(self, connection: HTTPConnection, method: str) -> None:
        """Refuse what a browser sends with a cookie because of another site's page."""
        if method not in _HARMLESS or "sec-fetch-site" not in connection.headers:
            silent = method in _HARMLESS and "origin" not in connection.headers
            ours = silent or self._is_ours(connection)
        else:
            ours = connection.headers["sec-fetch-site"] in _OWN_SITES
        if not ours:
            raise Forbidden(_FOREIGN)

    def _is_ours(self, connection: HTTPConnection) -> bool:
        """Tell whether a browser says that its own page asks; source: OWASP's sheet on CSRF."""
        headers = connection.headers
        if (site := headers.get("sec-fetch-site")) is not None:
            return site == "same-origin"
        if "x-requested-with" in headers:
            return True
        own = {headers.get("host", "").lower(), origin_host(self._live.current.app.app_url)} - {""}
        return origin_host(headers.get("origin", "")) in own


def _nothing(method: str, path: str) -> tuple[Rule, str]:
    """Tell somebody who has signed in that there is no such route, or none with this method."""
    allowed = ", ".join(methods_at(path))
    if allowed:
        raise MethodNotAllowed(f"{method} is not allowed here. Allowed: {allowed}.", allowed=allowed)
    raise NotFound(f"There is no route {method} {PREFIX}{path[:200]}.")


class _Body:
    """What a client sends, bounded in size and time until it is whole; then only its leaving is awaited."""

    def __init__(self, receive: Receive, limit: int, seconds: float) -> None:
        self._receive = receive
        self._limit = limit
        self._seconds = seconds
        self._size = 0
        self._whole = False

    def check_announced(self, length: str) -> None:
        """Refuse a body unread that announces too much."""
        if length and not (length.isascii() and length.isdigit()):
            raise InvalidRequest("The content-length header is not a number.")
        if length and int(length) > self._limit:
            raise self._too_large()

    async def __call__(self) -> Message:
        """Return the next message."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout(self._seconds):
                message = await self._receive()
        except TimeoutError:
            raise RequestTimeout(
                f"The request body stopped for more than {self._seconds:g} seconds."
            ) from None
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            raise self._too_large()
        self._whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    def _too_large(self) -> TooLarge:
        shown = f"{self._limit // _MEBIBYTE} MiB" if self._limit >= _MEBIBYTE else f"{self._limit} bytes"
        return TooLarge(f"The request body is larger than {shown}.")


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
