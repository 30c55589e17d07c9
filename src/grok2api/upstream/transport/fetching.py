"""Downloads what a stranger's URL names, and reaches nothing that the stranger may not reach.

A name is looked up once, all its addresses are judged, and the connection goes to one of those: TLS and the
Host header keep the name, but nobody asks for it again. Redirects are followed by hand and judged anew. No
cookie, no credential, nothing of the client's request goes along.
Must never tell a client what was found at an address: refused, unreachable, silent and missing read alike.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType, TracebackType
from typing import Final, Self

from grok2api.errors import InvalidRequest
from grok2api.kit.addresses import Address, is_public
from grok2api.kit.netguard import Forbidden, Rules, Target, UnfitUrl, read_redirect, read_url, spread
from grok2api.observability.logging import get_logger
from grok2api.upstream.transport.client import OpenReply, Timeouts, Transport
from grok2api.upstream.transport.failure import TransportError
from grok2api.upstream.transport.inflating import Inflater
from grok2api.upstream.transport.resolving import Resolver, SystemResolver

MIB: Final = 1024 * 1024
MOST_REDIRECTS: Final = 3
_MOST_TRIES: Final = 4
_POSTED: Final = 4096
"""Bytes of an answer to a POST that are read."""
_ACCEPTS_ALL: Final[Mapping[str, str]] = MappingProxyType({"Accept": "*/*"})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

UNFETCHABLE: Final = (
    "The file at this URL could not be fetched. It must lie on a public web server that sends it at once, "
    "without a sign-in, and must not be larger than is allowed here; you can also send the file itself."
)
"""All that a client learns of a fetch that failed, whatever the reason."""

_log = get_logger("grok2api.fetch")


class FetchFailed(Exception):
    """A URL could not be fetched.

    Attributes:
        reason: For the log; what a client may read is the message.
        status: With what its server answered, if it did and not with 200; else 0.
    """

    def __init__(self, reason: str, *, public: str = UNFETCHABLE, status: int = 0) -> None:
        super().__init__(public)
        self.reason = reason
        self.status = status

    def at(self, param: str) -> InvalidRequest:
        """Return the error of a request that named the URL in a field."""
        return InvalidRequest(str(self), param=param)


class FetchRefused(FetchFailed):
    """A URL may not be fetched; the message differs from other failures only if its spelling is at fault."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What an operator allows, and the bounds of a fetch that names none itself."""

    rules: Rules = field(default_factory=Rules)
    limit: int = 50 * MIB
    """Bytes of a body, after decompression."""
    seconds: float = 30.0
    """From the look-up of the name to the last byte."""
    trusted_origins: frozenset[str] = frozenset()
    """Origins as `netguard.origin_of` writes them that may be anywhere, as long as no other led there."""


class Fetched:
    """A body that has begun to come; close it, or use it in `async with`.

    Attributes:
        content_type: What the server calls it, in lower case and without parameters; may be empty or wrong.
        length: Bytes of the body if they are known.
        url: Where it was found in the end.
    """

    __slots__ = (
        "_deadline",
        "_inflater",
        "_limit",
        "_raw",
        "_reply",
        "_seen",
        "content_type",
        "length",
        "url",
    )

    def __init__(self, reply: OpenReply, target: Target, *, limit: int, deadline: float) -> None:
        self._reply = reply
        self._limit = limit
        self._deadline = deadline
        self._inflater = _inflater(reply)
        self._raw = self._seen = 0
        self.content_type = reply.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        self.length = None if self._inflater else _length(reply)
        self.url = f"{target.origin}{target.path}"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def chunk(self) -> bytes:
        """Return the next bytes; empty at the end. The server is read no further until this is called again.

        Raises:
            FetchFailed: It broke off, took too long, or is longer than the limit.
        """
        try:
            async with asyncio.timeout_at(self._deadline):
                piece = await self._next()
        except TimeoutError:
            raise self._failed("the time is over") from None
        except (TransportError, ValueError) as error:
            raise self._failed(str(error)) from error
        self._seen += len(piece)
        if self._seen > self._limit:
            raise self._failed(f"more than {self._limit} bytes")
        return piece

    async def read(self) -> bytes:
        """Return all that is left, and close.

        Raises:
            FetchFailed: It broke off, took too long, or is longer than the limit.
        """
        pieces: list[bytes] = []
        try:
            while piece := await self.chunk():
                pieces.append(piece)
        finally:
            self.close()
        return b"".join(pieces)

    def close(self) -> None:
        """Drop the connection."""
        self._reply.close()

    async def _next(self) -> bytes:
        if self._inflater is None:
            return await self._reply.chunk()
        while not (piece := self._inflater.take()):
            raw = await self._reply.chunk()
            if not raw:
                if not self._inflater.finished:
                    raise ValueError("its compressed body has no end")
                return b""
            self._raw += len(raw)
            if self._raw > self._limit:
                raise ValueError(f"more than {self._limit} bytes, compressed")
            self._inflater.feed(raw)
        return piece

    def _failed(self, reason: str) -> FetchFailed:
        self.close()
        return _told(FetchFailed(reason), self.url)


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to a target: the URL to be opened, whom TLS shall find, and the proxy."""

    url: str
    server_name: str | None
    proxy: str | None = field(repr=False)


class Fetcher:
    """Fetches URLs of strangers; one for a worker.

    Args:
        user_agent: How we name ourselves.
        policy: What is allowed now.
        proxy: The way to public addresses; others are always reached directly.
        resolver: Who looks names up; the system if it is not given.
        connect: Gives the seconds for a connection that is opened now.
        tls: How servers are verified; by the system's authorities if it is not given.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        policy: Callable[[], Policy] = Policy,
        proxy: str | None = None,
        resolver: Resolver | None = None,
        connect: Callable[[], float] = lambda: 5.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy
        self._proxy = proxy
        self._resolver = resolver or SystemResolver()
        self._transport = Transport(
            user_agent=user_agent,
            timeouts=lambda: Timeouts(connect=connect()),
            tls=tls,
            for_strangers=True,
        )

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resolver.close()
        await self._transport.__aexit__(kind, error, trace)

    async def read(
        self,
        url: str,
        *,
        limit: int | None = None,
        seconds: float | None = None,
        trusted_origins: Collection[str] = (),
    ) -> bytes:
        """Return the whole body; arguments and errors are those of `open`."""
        fetched = await self.open(url, limit=limit, seconds=seconds, trusted_origins=trusted_origins)
        return await fetched.read()

    async def open(
        self,
        url: str,
        *,
        limit: int | None = None,
        seconds: float | None = None,
        trusted_origins: Collection[str] = (),
    ) -> Fetched:
        """Ask for a URL and return its body as it begins to come, with status 200.

        Args:
            url: As the stranger wrote it.
            limit: Bytes of the body after decompression; the policy's if it is None.
            seconds: For all of it, to the last byte; the policy's if it is None.
            trusted_origins: More of them for this call.

        Raises:
            FetchRefused: The URL may not be fetched.
            FetchFailed: Nothing came, or not with 200, or it says that it is longer than the limit.
        """
        policy = self._policy()
        size = policy.limit if limit is None else limit
        deadline = asyncio.get_running_loop().time() + (policy.seconds if seconds is None else seconds)
        try:
            target = read_url(url)
        except UnfitUrl as error:
            raise FetchRefused(
                f"the URL {error}", public=f"This URL cannot be fetched: it {error}."
            ) from None
        try:
            async with asyncio.timeout_at(deadline):
                trusted = policy.trusted_origins.union(trusted_origins)
                reply, target = await self._follow(target, policy.rules, trusted)
        except TimeoutError:
            raise _told(FetchFailed("the time is over"), url) from None
        except (Forbidden, UnfitUrl) as error:
            raise _told(FetchRefused(str(error)), url) from error
        except (TransportError, OSError) as error:
            raise _told(FetchFailed(f"{type(error).__name__}: {error}"), url) from error
        return _begun(reply, target, limit=size, deadline=deadline)

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None = None,
        limit: int,
        seconds: float,
        trusted_origins: Collection[str] = (),
    ) -> tuple[int, bytes]:
        """Ask a service that an operator named; return the status and the whole answer, uncompressed.

        Nothing is followed, and nothing is sent twice.

        Args:
            method: GET or POST.
            url: As it was written.
            headers: Besides the host.
            content: What is sent.
            limit: Bytes of the answer; a longer one is no answer.
            seconds: For all of it.
            trusted_origins: Origins that may be anywhere; others must be public.

        Raises:
            FetchRefused: The URL may not be asked.
            FetchFailed: There was no answer.
        """
        try:
            async with asyncio.timeout(seconds):
                target = read_url(url)
                trusted = target.origin in trusted_origins
                ways = await self._ways(target, self._policy().rules, trusted=trusted)
                sent = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
                reply = await self._ask(target, ways, method, sent, content)
                try:
                    return reply.status, await reply.body(limit)
                finally:
                    reply.close()
        except TimeoutError:
            raise _told(FetchFailed("the time is over"), url) from None
        except (Forbidden, UnfitUrl) as error:
            raise _told(FetchRefused(str(error)), url) from error
        except (TransportError, OSError) as error:
            raise _told(FetchFailed(f"{type(error).__name__}: {error}"), url) from error

    async def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str], seconds: float, rules: Rules
    ) -> tuple[int, bytes]:
        """Post something to a URL that an operator named; return the status and how the answer begins.

        Nothing is followed, and nothing is sent twice.

        Args:
            url: As it was written.
            body: What is sent.
            headers: Besides the host.
            seconds: For all of it.
            rules: Where it may lead.

        Raises:
            FetchRefused: The URL may not be posted to.
            FetchFailed: There was no answer.
        """
        try:
            async with asyncio.timeout(seconds):
                target = read_url(url)
                ways = await self._ways(target, rules, trusted=False)
                reply = await self._ask(target, ways, "POST", headers, body)
                return reply.status, await reply.beginning(_POSTED)
        except TimeoutError:
            raise _told(FetchFailed("the time is over"), url) from None
        except (Forbidden, UnfitUrl) as error:
            raise _told(FetchRefused(str(error)), url) from error
        except (TransportError, OSError) as error:
            raise _told(FetchFailed(f"{type(error).__name__}: {error}"), url) from error

    async def _follow(
        self, target: Target, rules: Rules, trusted_origins: Collection[str]
    ) -> tuple[OpenReply, Target]:
        """Return the first answer that is no redirect."""
        trusted = target.origin in trusted_origins
        for _ in range(MOST_REDIRECTS + 1):
            reply = await self._ask(target, await self._ways(target, rules, trusted=trusted))
            if reply.status not in _REDIRECTS:
                return reply, target
            reply.close()
            target = read_redirect(target, reply.headers.get("Location", ""))
            trusted = trusted and target.origin in trusted_origins
        raise Forbidden(f"more than {MOST_REDIRECTS} redirects")

    async def _ways(self, target: Target, rules: Rules, *, trusted: bool) -> Sequence[_Way]:
        """Judge a target and return the ways to it."""
        if not trusted:
            rules.check_host(target)
        elif self._proxy is not None and target.address is None and target.host != "localhost":
            return [_Way(f"{target.origin}{target.path}", None, self._proxy)]
        if target.address is not None:
            return [self._way(target, target.address)]
        addresses = await self._resolver.resolve(target.host, target.port)
        if not trusted:
            rules.check_addresses(target, addresses)
        return [self._way(target, address) for address in spread(addresses, _MOST_TRIES)]

    def _way(self, target: Target, address: Address) -> _Way:
        name = target.host if target.address is None else None
        return _Way(target.at(address), name, self._proxy if is_public(address) else None)

    async def _ask(
        self,
        target: Target,
        ways: Sequence[_Way],
        method: str = "GET",
        headers: Mapping[str, str] = _ACCEPTS_ALL,
        content: bytes | None = None,
    ) -> OpenReply:
        """Return the answer of the first address that takes the request."""
        failure = TransportError("no address", sent=False)
        for way in ways:
            try:
                return await self._transport.open(
                    method,
                    way.url,
                    headers={"Host": target.authority, **headers},
                    content=content,
                    proxy=way.proxy,
                    server_name=way.server_name,
                )
            except TransportError as error:
                failure = error
                if error.sent:
                    break
        raise failure


def _begun(reply: OpenReply, target: Target, *, limit: int, deadline: float) -> Fetched:
    """Return the body of an answer that may be read.

    Raises:
        FetchFailed: It is no answer with 200, or too long by its own words.
    """
    try:
        if reply.status != 200:
            raise ValueError(f"status {reply.status}")
        fetched = Fetched(reply, target, limit=limit, deadline=deadline)
        if (fetched.length or 0) > limit:
            raise ValueError(f"more than {limit} bytes by its own words")
    except ValueError as error:
        reply.close()
        status = 0 if reply.status == 200 else reply.status
        raise _told(FetchFailed(str(error), status=status), target.origin) from None
    return fetched


def _inflater(reply: OpenReply) -> Inflater | None:
    return Inflater.of(reply.headers.get("Content-Encoding", ""))


def _length(reply: OpenReply) -> int | None:
    text = reply.headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdigit() else None


def _told(error: FetchFailed, url: str) -> FetchFailed:
    """Log why; of the URL only its beginning, since the rest may be a secret."""
    host = "/".join(url.split("?", 1)[0].split("/")[:3])[:300]
    _log.info("not fetched", host=host, reason=error.reason[:300])
    return error
