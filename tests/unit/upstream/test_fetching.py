"""URLs of strangers over real sockets: what is fetched, within which bounds, and by which way."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import Any

import pytest

from grok2api.kit.netguard import origin_of
from grok2api.upstream.transport import FetchFailed, FetchRefused
from support.fetching import PICTURE, PUBLIC, fetching, open_host, refused
from support.proxies import Proxy, running
from support.tiny_server import Trust, make_trust
from support.web_host import Names, Silent, answer, redirect, web_host, zipped


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    return make_trust(tmp_path_factory.mktemp("tls") / "certificate.pem")


# What is fetched


async def test_a_file_is_fetched_and_told_about() -> None:
    async with open_host({"/a%20b?c=%C3%A9": PICTURE}) as (host, fetcher, url):
        async with await fetcher.open(f"{url}/a%20b?c=é#part") as fetched:
            assert (fetched.content_type, fetched.length) == ("image/png", 7)
            assert await fetched.read() == b"picture"
        head = host.heads[0].lower()
        assert head.startswith("get /a%20b?c=%c3%a9 http/1.1\r\n")
        assert f"host: 127.0.0.1:{host.port}\r\n" in head
        assert "user-agent: grok2api/test\r\n" in head
        assert "accept-encoding: identity\r\n" in head


async def test_nothing_of_ours_goes_along_and_no_cookie_comes_back() -> None:
    async with open_host({"/1": redirect("/2"), "/2": PICTURE}) as (host, fetcher, url):
        for _ in range(2):
            assert await fetcher.read(f"{url}/1") == b"picture"
        allowed = {"host", "user-agent", "accept", "accept-encoding", "connection"}
        for head in host.heads:
            assert {line.partition(":")[0].lower() for line in head.strip().split("\r\n")[1:]} == allowed
        assert host.connections == len(host.heads) == 4, "no connection serves a second time"


async def test_a_name_is_looked_up_once_and_kept_for_host_and_tls(trust: Trust) -> None:
    names = Names(upstream_test=[["127.0.0.1"], ["10.0.0.1"]])
    async with web_host({"/": PICTURE}, tls=trust.server) as host:
        opened = [f"127.0.0.1:{host.port}"]
        async with fetching(opened=opened, names=names, tls=trust.client) as fetcher:
            assert await fetcher.read(f"https://upstream.test:{host.port}/") == b"picture"
            assert f"Host: upstream.test:{host.port}\r\n" in host.heads[0]
            assert names.asked == ["upstream.test"], "a second look-up would have led elsewhere"
            await refused(fetcher, f"https://upstream.test:{host.port}/")
        assert host.connections == 1


async def test_a_certificate_must_be_of_the_name(trust: Trust) -> None:
    names = Names(other_test=[["127.0.0.1"]])
    async with web_host({"/": PICTURE}, tls=trust.server) as host:
        opened = [f"127.0.0.1:{host.port}"]
        async with fetching(opened=opened, names=names, tls=trust.client) as fetcher:
            assert (
                "certificate" in (await refused(fetcher, f"https://other.test:{host.port}/")).reason.lower()
            )
        assert host.heads == []


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    names = Names(two_test=[["::1", "127.0.0.1"]])
    async with (
        web_host({"/": PICTURE}) as host,
        fetching(opened=["::1", "127.0.0.1"], ports=[host.port], names=names) as fetcher,
    ):
        assert await fetcher.read(f"http://two.test:{host.port}/") == b"picture"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed(status: int) -> None:
    says = {
        "/a/b": redirect("c?d=e", status),
        "/a/c?d=e": redirect("../f"),
        "/f": redirect("/g"),
        "/g": PICTURE,
    }
    async with open_host(says) as (host, fetcher, url):
        fetched = await fetcher.open(f"{url}/a/b")
        assert fetched.url == f"{url}/g"
        assert await fetched.read() == b"picture"
        assert host.connections == 4


async def test_a_fourth_redirect_is_not_followed() -> None:
    says = {f"/{number}": redirect(f"/{number + 1}") for number in range(4)} | {"/4": PICTURE}
    async with open_host(says) as (host, fetcher, url):
        assert isinstance(await refused(fetcher, f"{url}/0"), FetchRefused)
        assert host.connections == 4


# Bounds


async def test_a_body_is_cut_off_at_its_limit() -> None:
    async with open_host({}, limit=200_000) as (host, fetcher, url):
        host.endless = b"x" * 10_000
        assert "200000" in (await refused(fetcher, f"{url}/endless")).reason
        await host.gone.wait()


async def test_a_slow_reader_holds_the_server_back() -> None:
    async with open_host({}, limit=1 << 30) as (host, fetcher, url):
        host.endless = b"x" * 1_000_000
        async with await fetcher.open(f"{url}/endless") as fetched:
            before = -1
            while before != host.told:  # until the network takes no more
                before = host.told
                await asyncio.sleep(0.05)
            assert host.told < 64_000_000
            assert await fetched.chunk()
        await host.gone.wait()


async def test_time_counts_to_the_last_byte() -> None:
    async with open_host({}, seconds=0.3, limit=1 << 40) as (host, fetcher, url):
        host.endless = b"x"
        assert (await refused(fetcher, f"{url}/endless")).reason == "the time is over"


async def test_time_counts_from_the_look_up_on() -> None:
    names = Silent()
    async with fetching(names=names, seconds=0.05) as fetcher:
        assert (await refused(fetcher, "https://public.test/")).reason == "the time is over"
        assert names.asked.is_set()


async def test_a_body_that_ends_early_is_no_file() -> None:
    async with open_host({"/short": b"HTTP/1.1 200 Said\r\nContent-Length: 9\r\n\r\nfour"}) as (
        host,
        fetcher,
        url,
    ):
        fetched = await fetcher.open(f"{url}/short")
        assert await fetched.chunk() == b"four"
        for writer in host._writers:
            writer.close()
        with pytest.raises(FetchFailed):
            await fetched.chunk()


async def test_compression_is_undone_within_the_limit() -> None:
    text = b"text " * 100_000
    says = {
        "/gzip": zipped(text),
        "/zlib": answer(zlib.compress(text), content_encoding="deflate"),
        "/bomb": zipped(bytes(50_000_000)),
        "/cut": answer(gzip.compress(text)[:-20], content_encoding="gzip"),
        "/junk": answer(b"junk", content_encoding="gzip"),
        "/twice": answer(gzip.compress(text) * 2, content_encoding="gzip"),
        "/other": answer(b"\x0b\x02\x80hello\x03", content_encoding="br"),
        "/chain": answer(gzip.compress(gzip.compress(text)), content_encoding="gzip, gzip"),
    }
    async with open_host(says, limit=600_000) as (_, fetcher, url):
        assert await fetcher.read(f"{url}/gzip") == text
        assert await fetcher.read(f"{url}/zlib") == text
        assert "600000" in (await refused(fetcher, f"{url}/bomb")).reason
        for path in ("/cut", "/junk", "/twice", "/other", "/chain"):
            await refused(fetcher, url + path)


async def test_an_endless_head_is_not_kept() -> None:
    async with open_host({}) as (host, fetcher, url):
        host.endless_head, host.endless = b"HTTP/1.1 200 Said\r\n", b"x: " + b"y" * 1000 + b"\r\n"
        await refused(fetcher, f"{url}/endless")
        await host.gone.wait()


# Exceptions that were made on purpose


async def test_a_trusted_origin_may_be_anywhere_but_is_bounded() -> None:
    async with (
        web_host({"/": PICTURE, "/on": redirect("/"), "/big": answer(b"x" * 2000)}) as ours,
        fetching(limit=1000) as fetcher,
    ):
        url = f"http://127.0.0.1:{ours.port}"
        trusted: dict[str, Any] = {"trusted_origins": [origin_of(f"{url}/v1")]}
        assert await fetcher.read(url, **trusted) == b"picture"
        assert await fetcher.read(f"{url}/on", **trusted) == b"picture"
        await refused(fetcher, f"{url}/big", **trusted)
        await refused(fetcher, url)


async def test_an_origin_can_be_trusted_for_every_call() -> None:
    async with web_host({"/": PICTURE}) as ours:
        url = f"http://127.0.0.1:{ours.port}"
        async with fetching(trusted=[url]) as fetcher:
            assert await fetcher.read(url) == await fetcher.read(url, trusted_origins=["http://a.test"])


async def test_trust_does_not_reach_other_origins_nor_those_that_strangers_lead_to() -> None:
    async with (
        web_host({"/": PICTURE}) as ours,
        open_host({}) as (stranger, fetcher, url),
        web_host() as other,
    ):
        trusted = {"trusted_origins": [origin_of(f"http://127.0.0.1:{ours.port}")]}
        stranger.says["/"] = redirect(f"http://127.0.0.1:{ours.port}/")
        ours.says["/away"] = redirect(f"http://127.0.0.1:{other.port}/")
        await refused(fetcher, f"{url}/", **trusted)
        assert ours.connections == 0
        await refused(fetcher, f"http://127.0.0.1:{ours.port}/away", **trusted)
        await refused(fetcher, f"https://127.0.0.1:{ours.port}/", **trusted)
        assert other.connections == 0


@pytest.mark.parametrize("opening", ["files.lan:{port}", "*.lan:{port}", "127.0.0.1:{port}", "127.0.0.0/8"])
async def test_an_operator_can_open_hosts(opening: str) -> None:
    names = Names(files_lan=[["127.0.0.1"]], lan=[["127.0.0.1"]])
    async with web_host({"/": PICTURE}) as host:
        ports = [host.port] if "/" in opening else []
        opened = [opening.format(port=host.port)]
        async with fetching(opened=opened, ports=ports, names=names) as fetcher:
            assert await fetcher.read(f"http://files.lan:{host.port}/") == b"picture"
            if opening.startswith("*."):
                await refused(fetcher, f"http://lan:{host.port}/")


# Proxies


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h"])
async def test_a_proxy_is_asked_for_the_judged_address(scheme: str, trust: Trust) -> None:
    names = Names(upstream_test=[[PUBLIC]], evil_test=[["10.0.0.1"]])
    proxy = Proxy(scheme, names={PUBLIC: "127.0.0.1"})
    async with web_host({"/": PICTURE}, tls=trust.server) as host, running(proxy):
        async with fetching(ports=[host.port], names=names, tls=trust.client, proxy=proxy.url()) as fetcher:
            assert await fetcher.read(f"https://upstream.test:{host.port}/") == b"picture"
            assert f"Host: upstream.test:{host.port}\r\n" in host.heads[0]
            for url in (f"https://evil.test:{host.port}/", f"http://127.0.0.1:{host.port}/"):
                await refused(fetcher, url)
        assert proxy.asked == [(PUBLIC, host.port)]


async def test_a_proxy_looks_up_the_name_of_a_trusted_origin_as_for_calls(trust: Trust) -> None:
    proxy = Proxy("socks5h", names={"upstream.test": "127.0.0.1"})
    async with web_host({"/": PICTURE}, tls=trust.server) as host, running(proxy):
        async with fetching(tls=trust.client, proxy=proxy.url()) as fetcher:
            url = f"https://upstream.test:{host.port}"
            assert await fetcher.read(f"{url}/", trusted_origins=[url]) == b"picture"
        assert proxy.asked == [("upstream.test", host.port)]


async def test_what_is_not_public_is_reached_without_the_proxy() -> None:
    proxy = Proxy("http")
    async with web_host({"/": PICTURE}) as host, running(proxy):
        url = f"http://127.0.0.1:{host.port}"
        async with fetching(opened=[f"127.0.0.1:{host.port}"], proxy=proxy.url()) as fetcher:
            assert await fetcher.read(url) == await fetcher.read(url, trusted_origins=[url]) == b"picture"
        assert proxy.asked == []
