"""The one place where a client key becomes a caller, and where a limited key is held to its limits.

A route is closed unless its endpoint is wrapped in `Open`, so forgetting is safe. The key is looked up by
its keyed hash; a wrong key, a disabled one and an expired one are told in the same words. A key without
limits is let through after one look; a limited one passes the gate here, or in its endpoint once that knows
what is asked for (`enter`), and an endpoint that forgets to is found out before its answer leaves.
Must never read a key from a query string: addresses are logged.
Source: of the subprotocol that carries a key, OpenAI's guide to WebSockets in browsers.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import Message, Receive, Scope, Send

from grok2api.accounting.client_keys import KeyDirectory
from grok2api.api.context import Endpoint, RequestContext, context_of
from grok2api.canonical.call import Caller
from grok2api.canonical.limits import Estimate, Family, KeyLimits
from grok2api.errors import Grok2ApiError, Unauthenticated
from grok2api.gateway.limits.gate import Headers, KeyGate, Visit, check_access, nothing

_MISSING = "No API key was given. Send it as 'Authorization: Bearer KEY' or 'x-api-key: KEY'."
_WRONG = "The API key is not valid. Keys are made with 'grok2api keys create --name NAME'."
_MAX_KEY = 512
_CARRIER = "openai-insecure-api-key."


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
        shown = (_bearer(context), context.header(b"x-api-key"), _of_subprotocol(context))
        offered = [key for key in shown if key]
        for key in offered:
            if len(key) <= _MAX_KEY and (caller := self._directory.authenticate(key)) is not None:
                context.key_id = caller.key_id
                return caller
        raise Unauthenticated(_WRONG if offered else _MISSING)

    def admit(self, context: RequestContext, family: Family | None) -> Caller:
        """Return who is calling, if they may do so from there, and use routes of this family.

        Raises:
            Unauthenticated: there is no valid client key.
            Forbidden: the key is not for this route, or not for this address.
        """
        caller = self.authenticate(context)
        if caller.limits is not None:
            check_access(caller, family, context.address)
        return caller


def _bearer(context: RequestContext) -> str:
    scheme, _, value = context.header(b"authorization").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def _of_subprotocol(context: RequestContext) -> str:
    """Return the first key among the subprotocols of a WebSocket: a browser can send it no other way."""
    carriers = (each for each in context.subprotocols if each.startswith(_CARRIER))
    return next(carriers, "").removeprefix(_CARRIER)


async def enter(
    gate: KeyGate,
    context: RequestContext,
    caller: Caller,
    limits: KeyLimits,
    *,
    estimate: Callable[[], Estimate] = nothing,
    large: bool = False,
    lasting: float = 0.0,
) -> Visit:
    """Let a request of a limited key in; what its limits are at goes out with every answer to it.

    Args:
        gate: Counts.
        context: The request.
        caller: Whose it is.
        limits: The caller's.
        estimate: Tells what it may use.
        large: Whether telling takes long.
        lasting: Seconds after which nobody will settle it any more.

    Raises:
        Grok2ApiError: it is not let in.
    """
    told: Headers = []
    context.limits_told = told
    return await gate.enter(
        caller,
        limits,
        request_id=context.ledger_id,
        estimate=estimate,
        large=large,
        lasting=lasting,
        told=told,
    )


class Closed:
    """An endpoint behind a client key. The caller is put into the scope.

    Args:
        endpoint: What answers.
        authenticator: Knows the keys.
        gate: Holds limited keys to their limits.
        family: What the route belongs to; None is open to every key.
        enters: Whether the endpoint itself lets its requests in, once it knows what they are.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        authenticator: Authenticator,
        gate: KeyGate,
        family: Family | None,
        *,
        enters: bool = False,
    ) -> None:
        self._endpoint = endpoint
        self._authenticator = authenticator
        self._gate = gate
        self._family = family
        self._enters = enters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Authenticate, then answer."""
        caller = scope["grok2api.caller"] = self._authenticator.admit(context_of(scope), self._family)
        if caller.limits is None:
            await self._endpoint(scope, receive, send)
        else:
            await self._limited(caller, caller.limits, scope, receive, send)

    async def _limited(
        self, caller: Caller, limits: KeyLimits, scope: Scope, receive: Receive, send: Send
    ) -> None:
        context = context_of(scope)
        if not self._enters:
            visit = await enter(self._gate, context, caller, limits)
            try:
                await self._endpoint(scope, receive, send)
            finally:
                visit.leave()
            return

        async def guarded(message: Message) -> None:
            if context.limits_told is None:
                raise LookupError("an endpoint answers a request that it has not let in")
            await send(message)

        try:
            await self._endpoint(scope, receive, guarded)
        except Grok2ApiError:
            if context.limits_told is None:
                context.limits_told = await self._gate.tell(caller, limits)
            raise


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
