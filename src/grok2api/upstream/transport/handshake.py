"""What is said to a proxy before a tunnel stands: CONNECT (RFC 9110, 9.3.6) and SOCKS5 (RFC 1928, 1929).

Its own, because a failure must tell the proxy from the target behind it, and because the socket has to
stay ours: with our options, and read to the last byte of the proxy's answer and not further.
Must never quote what the proxy said: it may repeat the password.
"""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from ipaddress import ip_address
from typing import Final, cast

from typing_extensions import override

from grok2api.upstream.transport.failure import TransportError, Where
from grok2api.upstream.transport.proxy import ProxyServer

_LONGEST_HEAD: Final = 16 * 1024
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?\r?\n")
_ANONYMOUS, _PASSWORD = 0, 2
_IPV4, _NAME, _IPV6 = 1, 3, 4

_TARGET_FAILED: Final = {
    3: "cannot reach the target's network",
    4: "cannot reach the target",
    5: "says that the target refuses connections",
    6: "gave the target up on the way (TTL)",
}
"""Replies of a SOCKS proxy that does its work."""

_PROXY_FAILED: Final = {
    1: "failed",
    2: "does not allow this target",
    7: "does not know CONNECT",
    8: "does not know this kind of address",
}


class Conversation(asyncio.Protocol):
    """The bytes that a proxy says during the handshake."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._ended = False
        self._waiter: asyncio.Future[None] | None = None
        self.transport: asyncio.Transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.Transport, transport)

    @override
    def data_received(self, data: bytes) -> None:
        """Keep bytes until they are taken."""
        self._received += data
        self._wake()

    @override
    def eof_received(self) -> None:
        """Note that no more will come."""
        self._ended = True
        self._wake()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Note that no more will come."""
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _more(self) -> None:
        if self._ended:
            raise broken("closed the connection during the handshake")
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def say(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            TransportError: the proxy hung up.
        """
        if self._ended or self.transport.is_closing():
            raise broken("closed the connection during the handshake")
        self.transport.write(data)

    async def take(self, count: int) -> bytes:
        """Return the next `count` bytes.

        Raises:
            TransportError: the proxy hung up.
        """
        while len(self._received) < count:
            await self._more()
        taken = bytes(self._received[:count])
        del self._received[:count]
        return taken

    async def take_head(self) -> bytes:
        """Return the head of an HTTP answer, with the empty line at its end.

        Raises:
            TransportError: the proxy hung up, or its head has no end.
        """
        while (end := self._received.find(b"\r\n\r\n")) < 0:
            if len(self._received) > _LONGEST_HEAD:
                raise broken("does not speak HTTP")
            await self._more()
        return await self.take(end + 4)

    def check_silent(self) -> None:
        """Refuse bytes that came before we said a word to the target.

        Raises:
            TransportError: there are some.
        """
        if self._received or self._ended:
            raise broken("spoke or hung up after the handshake, before the target was asked anything")


async def connect_http(talk: Conversation, proxy: ProxyServer, host: str, port: int) -> None:
    """Ask an HTTP proxy for a tunnel.

    Raises:
        TransportError: it does not give one.
    """
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
    if proxy.user or proxy.password:
        login = b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {login}")
    talk.say("\r\n".join([*lines, "", ""]).encode())
    match = _STATUS_LINE.match(await talk.take_head())
    if match is None:
        raise broken("does not speak HTTP")
    status = int(match[1])
    if status == 407:
        raise broken("refuses the login (407)" if proxy.user else "asks for a login (407)")
    if not 200 <= status < 300:
        raise broken(f"answers CONNECT with {status}")


async def connect_socks(talk: Conversation, proxy: ProxyServer, host: str, port: int) -> None:
    """Ask a SOCKS5 proxy for a tunnel.

    Raises:
        TransportError: it does not give one; `where` is "connect" when only the target is to blame.
    """
    await _sign_in(talk, proxy)
    talk.say(b"\x05\x01\x00" + _address(host) + port.to_bytes(2, "big"))
    version, reply, _, kind = await talk.take(4)
    if version != 5:
        raise broken("does not speak SOCKS5")
    if reply in _TARGET_FAILED:
        raise broken(_TARGET_FAILED[reply], where="connect")
    if reply:
        raise broken(_PROXY_FAILED.get(reply, "failed") + f" (SOCKS reply {reply})")
    lengths = {_IPV4: 4, _IPV6: 16}
    length = (await talk.take(1))[0] if kind == _NAME else lengths.get(kind)
    if length is None:
        raise broken("does not speak SOCKS5")
    await talk.take(length + 2)


async def _sign_in(talk: Conversation, proxy: ProxyServer) -> None:
    login = bool(proxy.user or proxy.password)
    ways = bytes((_ANONYMOUS, _PASSWORD) if login else (_ANONYMOUS,))
    talk.say(bytes((5, len(ways))) + ways)
    version, way = await talk.take(2)
    if version != 5:
        raise broken("does not speak SOCKS5")
    if way not in ways:
        raise broken("asks for a login of a kind that we do not have" if login else "asks for a login")
    if way == _PASSWORD:
        talk.say(b"\x01" + _counted(proxy.user) + _counted(proxy.password))
        _, refused = await talk.take(2)
        if refused:
            raise broken("refuses the login")


def _address(host: str) -> bytes:
    try:
        address = ip_address(host)
    except ValueError:
        return bytes((_NAME,)) + _counted(host)
    return bytes((_IPV4 if address.version == 4 else _IPV6,)) + address.packed


def _counted(text: str) -> bytes:
    encoded = text.encode()
    if len(encoded) > 255:
        raise broken("cannot take a name or password of more than 255 bytes")
    return bytes((len(encoded),)) + encoded


def broken(what: str, *, where: Where = "proxy", timed_out: bool = False) -> TransportError:
    """Return the failure of a proxy, or of the target behind it."""
    return TransportError(f"the proxy {what}", sent=False, where=where, timed_out=timed_out)
