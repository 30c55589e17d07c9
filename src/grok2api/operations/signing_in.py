"""Signing in with xAI accounts: by a code on another device, by a browser here, or by a pasted address.

A sign-in under way belongs to this object, not to whoever asked for it: a console may go away and come
back. There are few at a time, each ends by itself, and the tokens go straight into the pool. Must never
show a device code, a verifier or a token: what is handed out is what a person may see.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Final, Protocol
from urllib.parse import parse_qs, urlsplit

from grok2api.canonical.tokens import AuthorizationRequest, DeviceGrant, Refusal, SignInRefused, TokenSet
from grok2api.errors import InvalidRequest, NotFound, StorageError
from grok2api.kit.clock import Clock
from grok2api.kit.ids import new_id
from grok2api.observability.logging import get_logger
from grok2api.operations.loopback import PORT, REDIRECT_URI, loopback
from grok2api.operations.sign_in_keeper import SignInKeeper, Wishes
from grok2api.operations.sign_in_register import Register, Running, SignIn

_log = get_logger("grok2api.sign_in")

NOTICE: Final = """\
Signing in lets this gateway use your own SuperGrok or X Premium+ subscription through xAI's API.

- xAI offers no general contract for third-party programs that sign in with a subscription, and its terms
  bar automated access that it has not authorised. xAI may limit, suspend or close the account.
- Use accounts of your own only, within xAI's terms and acceptable use policy. You carry the risk.
- Whether a subscription may use the API is decided by xAI: the sign-in may succeed and calls be refused.
- This gateway names itself honestly to xAI. It imitates no other program and goes around no limit.

An API key from https://console.x.ai carries none of these risks."""

OAUTH_OFF: Final = (
    "Signing in with xAI accounts is off. If you accept the notice, set `oauth.enabled = true` "
    "(environment: GROK2API_OAUTH__ENABLED=true) and start the server again."
)

_REDIRECT_SECONDS: Final = 600.0
_SLOWER: Final = 5.0
"""RFC 8628 §3.5: what `slow_down` adds to the interval."""
_LONGEST_INTERVAL: Final = 60.0
_LONGEST_PASTE: Final = 8192
_LAST_SECONDS: Final = 10.0

_WORDS: Final = {
    Refusal.DENIED: "the sign-in was refused in the browser",
    Refusal.EXPIRED: "the code is too old: begin again",
    Refusal.CLIENT: "the sign-in service does not accept the client id (oauth.client_id)",
    Refusal.TIER: "the account's subscription does not allow the API",
    Refusal.BLOCKED: "xAI blocked the account",
    Refusal.DEAD: "the code is used up or unknown: begin again",
}


class Service(Protocol):
    """The part of a sign-in service that is needed."""

    async def begin_device(self, *, proxy: str | None = None) -> DeviceGrant:
        """Ask for a device code."""
        ...

    async def poll_device(self, device_code: str, *, proxy: str | None = None) -> TokenSet:
        """Ask whether a device code was confirmed."""
        ...

    async def authorization(self, redirect_uri: str, *, proxy: str | None = None) -> AuthorizationRequest:
        """Return where a person signs in with a browser."""
        ...

    async def exchange(
        self, code: str, request: AuthorizationRequest, *, proxy: str | None = None
    ) -> TokenSet:
        """Return the tokens for the code that a redirect brought."""
        ...


class SignIns:
    """The sign-ins of one process.

    Args:
        service: The sign-in service.
        keeper: Takes the tokens into the pool.
        clock: Ends what nobody confirms.
        proxy: The proxy of sign-ins that name none.
        pause: Waits for so many seconds between two questions.
    """

    def __init__(
        self,
        service: Service,
        keeper: SignInKeeper,
        clock: Clock,
        *,
        proxy: Callable[[], str | None] = lambda: None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._service = service
        self._keeper = keeper
        self._clock = clock
        self._proxy = proxy
        self._pause = pause
        self._register = Register(clock)

    async def begin_device(self, wishes: Wishes) -> SignIn:
        """Begin a sign-in that is confirmed on any device, and ask by itself until it is.

        Raises:
            SignInRefused: there is no code; UNSUPPORTED if the service knows none, and then a browser helps.
            LimitExceeded: too many are under way.
        """
        self._register.make_room()
        grant = await self._service.begin_device(proxy=self._route(wishes))
        shown = SignIn(
            id=new_id("signin"),
            user_code=grant.user_code,
            verification_uri=grant.verification_uri,
            verification_uri_complete=grant.verification_uri_complete,
            expires_at=self._clock.now() + grant.expires_in,
            interval=grant.interval,
            message="waiting for the code to be confirmed",
        )
        running = self._register.add(shown, wishes, grant.expires_in)
        self._own(running, self._ask(running, grant))
        return shown

    async def begin_redirect(self, wishes: Wishes, *, redirect_uri: str = REDIRECT_URI) -> SignIn:
        """Begin a sign-in in a browser; `finish_redirect` takes the address that it ends up at.

        Raises:
            SignInRefused: the service cannot be reached.
            LimitExceeded: too many are under way.
        """
        self._register.make_room()
        request = await self._service.authorization(redirect_uri, proxy=self._route(wishes))
        shown = SignIn(
            id=new_id("signin"),
            url=request.url,
            expires_at=self._clock.now() + _REDIRECT_SECONDS,
            message="waiting for the browser to come back",
        )
        self._register.add(shown, wishes, _REDIRECT_SECONDS).request = request
        return shown

    async def finish_redirect(self, identifier: str, pasted: str) -> SignIn:
        """Return how a browser sign-in ended, from the address that the browser ended up at.

        Raises:
            NotFound: there is no such sign-in, or it is no browser sign-in, or it has ended.
            InvalidRequest: the address is not one that this sign-in leads to.
        """
        running = self._register.find(identifier)
        if running.request is None or running.shown.ended:
            raise NotFound("This sign-in does not wait for a browser.")
        self._take(running, _query_of(pasted))
        return await self.wait(identifier)

    @asynccontextmanager
    async def listening(self, identifier: str, *, port: int = PORT) -> AsyncIterator[int]:
        """Let the browser come back to this machine by itself, for the length of the block; give the port.

        Raises:
            PortTaken: another program listens there; the address can be pasted all the same.
        """
        running = self._register.find(identifier)

        def came(query: str) -> bool:
            try:
                self._take(running, query)
            except InvalidRequest:
                return False
            return True

        async with loopback(came, port=port) as listening_at:
            yield listening_at

    def get(self, identifier: str) -> SignIn:
        """Return a sign-in as it stands; raise NotFound if there is none, or none any more."""
        return self._register.find(identifier).shown

    async def wait(self, identifier: str) -> SignIn:
        """Return a sign-in once it has ended."""
        running = self._register.find(identifier)
        while not running.shown.ended:
            self._register.expire(running)
            left = max(0.0, running.ends - self._clock.monotonic())
            with suppress(TimeoutError):
                async with asyncio.timeout(left + 0.01 if not running.working else None):
                    await running.changed.wait()
        return running.shown

    def cancel(self, identifier: str) -> SignIn:
        """Give up a sign-in; one whose tokens have come is stored all the same."""
        running = self._register.find(identifier)
        if running.shown.state == "waiting":
            if running.task is not None:
                running.task.cancel()
            self._register.end(running, "cancelled", "given up")
        return running.shown

    async def close(self) -> None:
        """End every sign-in; those whose tokens have come get a moment to be stored."""
        for running in self._register.all():
            self.cancel(running.shown.id)
        tasks = [each.task for each in self._register.all() if each.task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_LAST_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _ask(self, running: Running, grant: DeviceGrant) -> None:
        """Ask whether the code was confirmed, until it was or cannot be any more."""
        interval, proxy = grant.interval, self._route(running.wishes)
        while True:
            await self._pause(interval)
            if self._clock.monotonic() >= running.ends:
                self._register.end(running, "expired", _WORDS[Refusal.EXPIRED])
                return
            try:
                tokens = await self._service.poll_device(grant.device_code, proxy=proxy)
            except SignInRefused as refused:
                if refused.refusal in _WORDS:
                    self._refuse(running, refused)
                    return
                interval = self._slowed(running, refused, interval)
            else:
                await self._store(running, tokens)
                return

    def _slowed(self, running: Running, refused: SignInRefused, interval: float) -> float:
        """Return the interval after an answer that settles nothing."""
        message = "waiting for the code to be confirmed"
        if refused.refusal is Refusal.SLOW_DOWN:
            interval = interval + _SLOWER
        elif refused.refusal is not Refusal.PENDING:
            message = f"{message}; the last question failed: {refused.detail}"
            interval = min(max(interval, refused.retry_after or 0.0), _LONGEST_INTERVAL)
        running.shown = replace(running.shown, interval=interval, message=message)
        return interval

    def _take(self, running: Running, query: str) -> None:
        """Begin to exchange what a redirect brought.

        Raises:
            InvalidRequest: it is no answer to this sign-in.
        """
        request = running.request
        self._register.expire(running)
        if request is None or running.shown.state != "waiting":
            raise InvalidRequest("This sign-in is not under way any more.")
        told = parse_qs(query, keep_blank_values=True)
        if told.get("state") != [request.state]:
            raise InvalidRequest("This address belongs to another sign-in: its `state` is another one.")
        if "error" in told:
            said = " ".join((*told["error"], *told.get("error_description", ())))[:200]
            self._register.end(running, "refused", f"the service refused: {said}")
            return
        codes = told.get("code", [])
        if len(codes) != 1 or not codes[0]:
            raise InvalidRequest(
                "The address holds no `code`: copy it whole, from the browser's address line."
            )
        running.shown = replace(running.shown, state="storing", message="asking for the tokens")
        self._own(running, self._exchange(running, codes[0], request))

    async def _exchange(self, running: Running, code: str, request: AuthorizationRequest) -> None:
        try:
            tokens = await self._service.exchange(code, request, proxy=self._route(running.wishes))
        except SignInRefused as refused:
            self._refuse(running, refused)
        else:
            await self._store(running, tokens)

    async def _store(self, running: Running, tokens: TokenSet) -> None:
        running.shown = replace(running.shown, state="storing", message="storing")
        try:
            kept = await self._keeper.keep(tokens, running.wishes)
        except StorageError as error:
            said = f"the store is away, and the tokens are lost: sign in again ({error.public_message})"
            self._register.end(running, "failed", said)
            return
        running.shown = replace(
            running.shown, credential_id=kept.credential.id, renewed=kept.how == "renewed"
        )
        known = "renewed" if kept.how == "renewed" else "added"
        self._register.end(running, "done", f"{known} {kept.credential.name}")

    def _refuse(self, running: Running, refused: SignInRefused) -> None:
        expired = refused.refusal is Refusal.EXPIRED
        words = _WORDS.get(refused.refusal, "the sign-in service gave no answer that could be used")
        self._register.end(running, "expired" if expired else "refused", f"{words} ({refused.detail})")

    def _own(self, running: Running, work: Coroutine[object, object, None]) -> None:
        """Let a sign-in's work run in a task that `close` ends; whoever waits hears of every end."""

        def ended(task: asyncio.Task[None]) -> None:
            error = None if task.cancelled() else task.exception()
            if error is not None:
                _log.error("sign-in broke off", sign_in=running.shown.id, exc_info=error)
            if not running.shown.ended:
                self._register.end(running, "failed", "it broke off; see the log")

        running.task = asyncio.get_running_loop().create_task(work)
        running.task.add_done_callback(ended)

    def _route(self, wishes: Wishes) -> str | None:
        return wishes.proxy or self._proxy()


def _query_of(pasted: str) -> str:
    """Return the query of a pasted address; a bare query will do."""
    text = pasted.strip()
    if not text or len(text) > _LONGEST_PASTE:
        raise InvalidRequest("Paste the address that the browser ended up at.")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise InvalidRequest("This is no address.") from None
    return parts.query or text.lstrip("?")
