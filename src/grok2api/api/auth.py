"""The one place where a client key becomes a caller.

A route is closed unless its endpoint is wrapped in `Open`, so forgetting is safe. The key is looked up by
its keyed hash; a wrong key, a disabled one and an expired one are told in the same words.
Must never read a key from a query string: addresses are logged.
"""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

from grok2api.accounting.client_keys import KeyDirectory
from grok2api.api.context import Endpoint, RequestContext, context_of
from grok2api.canonical.call import Caller
from grok2api.errors import Unauthenticated

_MISSING = "No API key was given. Send it as 'Authorization: Bearer KEY' or 'x-api-key: KEY'."
_WRONG = "The API key is not valid. Keys are made with 'grok2api keys create --name NAME'."
_MAX_KEY = 512


class Authenticator:
    """Turns the headers of a request into a caller."""

    def __init__(self, directory: KeyDirectory, *, anonymous: Caller | None = None) -> None:
        self._directory = directory
        self._anonymous = anonymous

    def authenticate(self, context: RequestContext) -> Caller:
        """Return who is calling.

        Raises:
            Unauthenticated: there is no valid client key.
        """
        if self._anonymous is not None:
            return self._anonymous
        offered = [key for key in (_bearer(context), context.header(b"x-api-key")) if key]
        for key in offered:
            if len(key) <= _MAX_KEY and (caller := self._directory.authenticate(key)) is not None:
                context.key_id = caller.key_id
                return caller
        raise Unauthenticated(_WRONG if offered else _MISSING)


def _bearer(context: RequestContext) -> str:
    scheme, _, value = context.header(b"authorization").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


class Closed:
    """An endpoint behind a client key. The caller is put into the scope."""

    def __init__(self, endpoint: Endpoint, authenticator: Authenticator) -> None:
        self._endpoint = endpoint
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Authenticate, then answer."""
        scope["grok2api.caller"] = self._authenticator.authenticate(context_of(scope))
        await self._endpoint(scope, receive, send)


class Open:
    """An endpoint that anybody may call."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        await self._endpoint(scope, receive, send)


def caller_of(scope: Scope) -> Caller:
    """Return the caller that `Closed` put there."""
    caller: Caller = scope["grok2api.caller"]
    return caller
