"""The HTTP client over real sockets: what it brings back, and whom it blames when it brings nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from grok2api.canonical.trace import CALLING, AttemptTrace, Decision
from grok2api.upstream.transport import OpenReply, Timeouts, Transport, TransportError, reachable
from support.fault_proxy import (
    blackhole,
    close_on_reuse,
    fault_proxy,
    half_open,
    limit_data,
    refuse,
    reset_peer,
    slicer,
)
from support.proxies import Proxy, running
from support.tiny_server import ANSWER, Trust, make_trust, upstream_server

PASSWORD = "canary p@ss:w/rd"
LOGIN = "user:canary%20p%40ss%3Aw%2Frd"
SCHEMES = ("http", "https", "socks5", "socks5h")
QUICK = Timeouts(connect=0.2)


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"], scope="module")
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    return make_trust(tmp_path_factory.mktemp("tls") / "certificate.pem")


def transport(timeouts: Timeouts = Timeouts(), trust: Trust | None = None) -> Transport:  # noqa: B008 - frozen
    return Transport(user_agent="test", timeouts=lambda: timeouts, tls=trust.client if trust else None)


async def failed(client: Transport, url: str, **options: Any) -> TransportError:
    """Return why a call failed, after a look for secrets in its words."""
    method = "POST" if "content" in options else "GET"
    with pytest.raises(TransportError) as caught:
        await client.open(method, url, headers={}, **options)
    assert "canary" not in f"{caught.value} {caught.value!r}"
    return caught.value


async def fetched(client: Transport, url: str, **options: Any) -> bytes:
    return await (await client.open("GET", url, headers={}, **options)).body()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port at which nobody listens, and nobody else can begin to."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


# What goes well


async def test_a_connection_serves_again_after_its_answer_was_read() -> None:
    async with upstream_server() as upstream, fault_proxy(upstream.url) as wire, transport() as client:
        await wire.set(slicer(7))
        assert [await fetched(client, wire.url) for _ in range(3)] == [b"{}"] * 3
        assert wire.connections == 1


async def test_an_attempt_is_told_how_long_its_connection_took_and_only_that_of_its_own() -> None:
    attempts = [AttemptTrace(Decision("turn", 1, {}, (), 1), 0.0) for _ in range(3)]
    strangers = Transport(user_agent="test", for_strangers=True)
    async with upstream_server() as server, transport() as client, strangers:
        for attempt, through in zip(attempts, (client, client, strangers), strict=True):
            CALLING.set(attempt)
            await fetched(through, server.url)
    first, second, third = (attempt.connected for attempt in attempts)
    assert first is not None
    assert first >= 0
    assert (second, third) == (None, None), "one was kept, one is no upstream's"


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
async def test_calls_go_through_a_proxy_that_asks_for_a_login(
    scheme: str, secure: bool, trust: Trust
) -> None:
    proxy = Proxy(scheme, login=("user", PASSWORD))
    async with (
        upstream_server(trust.server if secure else None) as upstream,
        running(proxy, tls=trust.server if scheme == "https" else None),
        transport(trust=trust) as client,
    ):
        for _ in range(2):
            assert await fetched(client, f"{upstream.url}/a?b=c", proxy=proxy.url(LOGIN)) == b"{}"
        assert proxy.asked == [("127.0.0.1", upstream.port)], "the tunnel serves again"
        assert upstream.requests == ["GET /a?b=c HTTP/1.1"] * 2


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
async def test_a_proxy_looks_names_up(scheme: str, trust: Trust) -> None:
    proxy = Proxy(scheme, names={"upstream.test": "127.0.0.1"})
    async with (
        upstream_server(trust.server) as upstream,
        running(proxy),
        transport(trust=trust) as client,
    ):
        assert await fetched(client, f"https://upstream.test:{upstream.port}/", proxy=proxy.url()) == b"{}"
        assert proxy.asked == [("upstream.test", upstream.port)]


async def test_socks5_hands_the_proxy_an_address(trust: Trust) -> None:
    proxy = Proxy("socks5")
    async with (
        upstream_server(trust.server) as upstream,
        running(proxy),
        transport(trust=trust) as client,
    ):
        assert await fetched(client, f"https://localhost:{upstream.port}/", proxy=proxy.url()) == b"{}"
        assert proxy.asked == [("127.0.0.1", upstream.port)]


async def test_tunnels_of_two_logins_are_never_shared() -> None:
    proxy = Proxy("http")
    async with upstream_server() as upstream, running(proxy), transport() as client:
        for login in ("a:1", "b:1", "a:1", ""):
            await fetched(client, upstream.url, proxy=proxy.url(login))
        await fetched(client, upstream.url)
        assert len(proxy.asked) == 3


@pytest.mark.skipif(not hasattr(socket, "TCP_KEEPIDLE"), reason="the options have other names here")
@pytest.mark.parametrize("way", ["direct", "http", "socks5"])
async def test_dead_connections_are_noticed_within_a_minute(way: str) -> None:
    proxy = Proxy(way)
    async with upstream_server() as upstream, running(proxy), transport() as client:
        url = None if way == "direct" else proxy.url()
        reply = await client.open("GET", f"{upstream.url}/endless", headers={}, proxy=url)
        connection = reply._response.connection
        assert connection is not None
        assert connection.transport is not None
        held = connection.transport.get_extra_info("socket")
        assert held.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        options = [socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT]
        idle, interval, count = (held.getsockopt(socket.IPPROTO_TCP, option) for option in options)
        assert idle + interval * count <= 60
        reply.close()


# Who is to blame


async def test_a_refused_connection_was_never_sent(closed_port: int) -> None:
    async with transport() as client:
        error = await failed(client, f"http://127.0.0.1:{closed_port}/")
    assert (error.where, error.sent, error.timed_out, error.stale) == ("connect", False, False, False)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_dead_proxy_is_to_blame(scheme: str, closed_port: int) -> None:
    async with transport() as client:
        proxy = f"{scheme}://{LOGIN}@127.0.0.1:{closed_port}"
        error = await failed(client, "http://127.0.0.1:9/", proxy=proxy)
    assert (error.where, error.sent, error.timed_out) == ("proxy", False, False)


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_hangs_is_to_blame(scheme: str) -> None:
    async with running(Proxy(scheme, mute=True)) as proxy, transport(QUICK) as client:
        error = await failed(client, "http://127.0.0.1:9/", proxy=proxy.url(LOGIN))
    assert (error.where, error.sent, error.timed_out) == ("proxy", False, True)


@pytest.mark.parametrize("login", ["", "user:canary", "somebody:canary"])
@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_wrong_password_is_the_proxys_matter(scheme: str, login: str) -> None:
    async with running(Proxy(scheme, login=("user", PASSWORD))) as proxy, transport() as client:
        error = await failed(client, "https://127.0.0.1:9/", proxy=proxy.url(login))
    assert (error.where, error.sent) == ("proxy", False)
    assert "login" in str(error)


@pytest.mark.parametrize(
    ("scheme", "refusal", "where"),
    [
        ("http", 502, "proxy"),
        ("http", 403, "proxy"),
        ("socks5", 1, "proxy"),
        ("socks5", 2, "proxy"),
        ("socks5", 99, "proxy"),
        ("socks5", 3, "connect"),
        ("socks5", 4, "connect"),
        ("socks5", 5, "connect"),
    ],
)
async def test_a_proxy_that_works_is_not_blamed_for_the_target(scheme: str, refusal: int, where: str) -> None:
    async with running(Proxy(scheme, refusal=refusal)) as proxy, transport() as client:
        error = await failed(client, "http://127.0.0.1:9/", proxy=proxy.url())
    assert (error.where, error.sent) == (where, False)


@pytest.mark.parametrize(
    "says", [b"SSH-2.0-OpenSSH\r\n\r\n", b"\x05", b"\x04\x00", b"HTTP/1.1 ", b"\x05\x00" * 99]
)
@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_what_is_no_proxy_is_told_as_such(scheme: str, says: bytes) -> None:
    async with running(Proxy(scheme, says=says)) as proxy, transport() as client:
        error = await failed(client, "https://127.0.0.1:9/", proxy=proxy.url(LOGIN))
    assert (error.where, error.sent) == ("proxy", False)


@pytest.mark.parametrize(
    "url", ["ftp://user:canary@h", "http://user:canary@", "http://user:canary@[h", "canary"]
)
async def test_an_unusable_proxy_url_is_never_shown(url: str) -> None:
    async with transport() as client:
        error = await failed(client, "http://127.0.0.1:9/", proxy=url)
    assert (error.where, error.sent) == ("proxy", False)


@pytest.mark.parametrize("way", ["direct", "http", "socks5"])
async def test_a_certificate_that_nobody_vouches_for_ends_the_call(way: str, trust: Trust) -> None:
    proxy = Proxy(way)
    async with upstream_server(trust.server) as upstream, running(proxy), transport() as client:
        error = await failed(client, upstream.url, proxy=None if way == "direct" else proxy.url())
    assert (error.where, error.sent) == ("connect", False)
    assert "certificate" in str(error)
    assert not upstream.requests


async def test_a_proxys_own_bad_certificate_is_the_proxys_matter(trust: Trust) -> None:
    async with running(Proxy("https"), tls=trust.server) as proxy, transport() as client:
        error = await failed(client, "https://127.0.0.1:9/", proxy=proxy.url(LOGIN))
    assert (error.where, error.sent) == ("proxy", False)


@pytest.mark.parametrize("way", ["direct", "http"])
async def test_the_limit_for_connecting_covers_the_tls_handshake(way: str) -> None:
    proxy = Proxy(way)
    async with upstream_server() as upstream, fault_proxy(upstream.url) as wire, running(proxy):
        await wire.set(blackhole())
        async with transport(QUICK) as client:
            url = wire.url.replace("http:", "https:")
            error = await failed(client, url, proxy=None if way == "direct" else proxy.url())
    assert (error.where, error.sent, error.timed_out) == ("connect", False, True)


# Connections that upstream closed


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("content", [None, b"{}"], ids=["GET", "POST"])
async def test_a_kept_connection_that_closes_as_we_send_is_called_stale(
    reset: bool, content: bytes | None
) -> None:
    options: Mapping[str, Any] = {} if content is None else {"content": content}
    async with upstream_server() as upstream, fault_proxy(upstream.url) as wire, transport() as client:
        await wire.set(close_on_reuse(reset=reset))
        await fetched(client, wire.url)
        error = await failed(client, wire.url, **options)
        assert (error.stale, error.where, error.sent, error.timed_out) == (True, "exchange", True, False)
        assert len(upstream.requests) == 1, "nothing was repeated behind our back"
        assert await fetched(client, wire.url) == b"{}"


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_kept_tunnel_that_closes_as_we_send_is_called_stale(scheme: str) -> None:
    async with (
        upstream_server() as upstream,
        running(Proxy(scheme)) as proxy,
        fault_proxy(upstream.url) as wire,
        transport() as client,
    ):
        await wire.set(close_on_reuse())
        await fetched(client, wire.url, proxy=proxy.url())
        error = await failed(client, wire.url, proxy=proxy.url())
    assert (error.stale, error.where, error.sent) == (True, "exchange", True)


@pytest.mark.parametrize("proxied", [False, True])
async def test_what_is_sent_once_meets_no_connection_that_waited(proxied: bool) -> None:
    async with (
        upstream_server() as upstream,
        running(Proxy("http")) as proxy,
        fault_proxy(upstream.url) as wire,
        transport() as client,
    ):
        way: Mapping[str, Any] = {"proxy": proxy.url()} if proxied else {}
        await wire.set(close_on_reuse())
        await fetched(client, wire.url, **way)
        for _ in range(2):
            assert await fetched(client, wire.url, content=b"{}", once=True, **way) == b"{}"
        assert (await failed(client, wire.url, **way)).stale, "the kept one was there all the time"


@pytest.mark.parametrize("content", [None, b"{}"], ids=["GET", "POST"])
async def test_a_new_connection_that_closes_is_not_stale(content: bytes | None) -> None:
    options: Mapping[str, Any] = {} if content is None else {"content": content}
    async with upstream_server() as upstream, transport() as client:
        error = await failed(client, f"{upstream.url}/hang-up", **options)
        assert (error.stale, error.where, error.sent) == (False, "exchange", True)
        assert len(upstream.requests) == 1


@pytest.mark.parametrize("cut", [limit_data, reset_peer])
@pytest.mark.parametrize("seen", [1, 9, 30])
async def test_an_answer_that_broke_off_in_its_head_is_not_stale(cut: Any, seen: int) -> None:
    async with upstream_server() as upstream, fault_proxy(upstream.url) as wire, transport() as client:
        await wire.set(cut(len(ANSWER) + seen))
        await fetched(client, wire.url)
        error = await failed(client, wire.url)
    assert (error.stale, error.where, error.sent) == (False, "exchange", True)


# Waiting


async def test_the_wait_for_the_first_byte_has_its_own_limit() -> None:
    async with upstream_server() as upstream, transport() as client:
        error = await failed(client, f"{upstream.url}/mute", content=b"{}", first_byte=0.1)
    assert (error.where, error.sent, error.timed_out, error.stale) == ("exchange", True, True, False)


async def test_a_body_may_be_later_than_the_first_byte() -> None:
    async with upstream_server() as upstream, transport() as client:
        assert await fetched(client, f"{upstream.url}/late-body", first_byte=0.1) == b"{}"


async def test_a_kept_connection_remembers_no_earlier_limit() -> None:
    async with upstream_server() as upstream, transport(Timeouts(silence=0.1)) as client:
        await fetched(client, upstream.url, first_byte=5)
        error = await failed(client, f"{upstream.url}/mute")
    assert (error.sent, error.timed_out) == (True, True)


async def test_a_kept_connection_goes_by_the_limits_of_the_moment() -> None:
    limits = [Timeouts(silence=600)]
    async with (
        upstream_server() as upstream,
        fault_proxy(upstream.url) as wire,
        Transport(user_agent="test", timeouts=lambda: limits[-1]) as client,
    ):
        assert await fetched(client, wire.url) == b"{}"
        limits.append(Timeouts(silence=0.1))
        unanswered = await failed(client, f"{wire.url}/mute")
        assert await fetched(client, wire.url) == b"{}"
        reply = await client.open("GET", f"{wire.url}/endless", headers={}, first_byte=30)
        assert await reply.chunk()
        await wire.set(half_open(), now=True)
        with pytest.raises(TransportError) as broken_off:
            await reply.body()
        reply.close()
    assert (unanswered.timed_out, broken_off.value.timed_out) == (True, True)


async def test_silence_in_the_middle_of_an_answer_ends_it() -> None:
    async with upstream_server() as upstream, fault_proxy(upstream.url) as wire:
        async with transport(Timeouts(silence=0.2)) as client:
            reply = await client.open("GET", f"{wire.url}/endless", headers={}, first_byte=5)
            assert await reply.chunk()
            await wire.set(half_open(), now=True)
            with pytest.raises(TransportError) as caught:
                await reply.body()
            reply.close()
        await wire.until(lambda proxy: proxy.open_now == 0)
    assert (caught.value.timed_out, caught.value.where) == (True, "exchange")


async def test_a_request_that_upstream_does_not_take_is_given_up() -> None:
    async with upstream_server() as upstream, fault_proxy(upstream.url) as wire:
        await wire.set(blackhole())
        async with transport(Timeouts(silence=0.1)) as client:
            error = await failed(client, wire.url, content=b"x" * 500_000)
        assert wire.sent == 0
    assert (error.sent, error.timed_out) == (True, True)


# Letting go


async def test_closing_a_reply_hangs_up() -> None:
    async with upstream_server() as upstream, transport() as client:
        reply = await client.open("GET", f"{upstream.url}/endless", headers={})
        assert await reply.chunk()
        reply.close()
        await asyncio.wait_for(upstream.gone.wait(), 10)


@pytest.mark.parametrize("way", ["direct", "http", "socks5"])
async def test_a_cancelled_call_hangs_up(way: str) -> None:
    proxy = Proxy(way)
    async with upstream_server() as upstream, running(proxy), transport() as client:
        url = None if way == "direct" else proxy.url()
        async with asyncio.TaskGroup() as group:
            call = group.create_task(client.open("GET", f"{upstream.url}/mute", headers={}, proxy=url))
            await asyncio.wait_for(upstream.asked.wait(), 10)
            call.cancel()
        await asyncio.wait_for(upstream.gone.wait(), 10)


async def test_a_call_cancelled_while_the_proxy_is_silent_leaves_nothing_open() -> None:
    async with running(Proxy("http", mute=True)) as silent, fault_proxy(silent.url()) as wire:
        async with transport() as client, asyncio.TaskGroup() as group:
            call: asyncio.Task[OpenReply] = group.create_task(
                client.open("GET", "https://127.0.0.1:9/", headers={}, proxy=wire.url)
            )
            await wire.until(lambda proxy: proxy.open_now == 1)
            call.cancel()
        await wire.until(lambda proxy: proxy.open_now == 0)


async def test_an_answer_that_is_too_long_is_dropped_with_its_connection() -> None:
    async with upstream_server() as upstream, transport() as client:
        reply = await client.open("GET", f"{upstream.url}/endless", headers={})
        with pytest.raises(TransportError, match="more than 100 bytes"):
            await reply.body(100)
        await asyncio.wait_for(upstream.gone.wait(), 10)


async def test_the_client_is_closed_after_its_block() -> None:
    async with transport() as client:
        pass
    error = await failed(client, "http://127.0.0.1:9/")
    assert (error.sent, error.where) == (False, "connect")


# Health of a proxy


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_healthy_proxy_is_found_without_a_request(scheme: str, trust: Trust) -> None:
    proxy = Proxy(scheme, login=("user", PASSWORD))
    async with (
        upstream_server() as upstream,
        running(proxy, tls=trust.server if scheme == "https" else None),
    ):
        target = f"{upstream.url}/v1"
        assert await reachable(proxy.url(LOGIN), target, timeout=10, tls=trust.client) is None
        assert proxy.asked == [("127.0.0.1", upstream.port)]
        await asyncio.wait_for(upstream.gone.wait(), 10)
        assert not upstream.requests


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
async def test_what_ails_a_proxy_is_told_in_one_line_without_its_password(
    scheme: str, closed_port: int
) -> None:
    dead = f"{scheme}://{LOGIN}@127.0.0.1:{closed_port}"
    strict, mute = Proxy(scheme, login=("user", "other")), Proxy(scheme, mute=True)
    async with running(strict), running(mute):
        reasons = [
            await reachable(url, "https://upstream.test/v1", timeout=0.2)
            for url in (dead, strict.url(LOGIN), mute.url(LOGIN), f"gopher://{LOGIN}@h")
        ]
    words = ("cannot be connected to", "refuses the login", "no tunnel within", "not one of")
    for reason, word in zip(reasons, words, strict=True):
        assert reason is not None
        assert word in reason
        assert "canary" not in reason
        assert "\n" not in reason


async def test_a_proxy_that_comes_back_is_healthy_again() -> None:
    async with (
        upstream_server() as upstream,
        running(Proxy("http")) as proxy,
        fault_proxy(proxy.url()) as wire,
    ):
        await wire.set(refuse(), now=True)
        assert await reachable(wire.url, upstream.url, timeout=10)
        await wire.set(slicer(1))
        assert await reachable(wire.url, upstream.url, timeout=10) is None
