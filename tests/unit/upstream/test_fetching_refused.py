"""URLs of strangers that lead where they may not: nobody there hears of it, and the client learns nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from grok2api.upstream.transport import FetchRefused
from grok2api.upstream.transport.fetching import UNFETCHABLE
from support.fetching import PICTURE, PUBLIC, fetching, open_host, refused
from support.tiny_server import Trust, make_trust
from support.web_host import Names, WebHost, answer, redirect, web_host

FORBIDDEN_ADDRESSES = (
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "100::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
)
FORBIDDEN_SPELLINGS = (
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://0:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://１２７.０.０.１:{port}/",
    "http://127。0。0。1:{port}/",
    "http://localhost.:{port}/",
    "http://ⓛocalhost:{port}/",
    "http://user@127.0.0.1:{port}/",
    "http://public.test@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@public.test/",
    "http://127.0.0.1:{port}\\@public.test/",
    "http:\\\\127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http://127.0.0.1%2f@public.test:{port}/",
    "http://public.test%2f.127.0.0.1:{port}/",
    "http://127%2e0%2e0%2e1:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://[127.0.0.1]:{port}/",
    "http://127.0.0.1:0{port}0/",
    "http://127.0.0.1: {port}/",
    "http://127.0.0.1:{port}\t/",
    "http://\t127.0.0.1:{port}/",
    " http://127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "data:text/plain,hello",
    "ws://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "127.0.0.1:{port}",
    "",
)


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    return make_trust(tmp_path_factory.mktemp("tls") / "certificate.pem")


# What is never reached


@asynccontextmanager
async def canaries() -> AsyncIterator[tuple[int, list[WebHost]]]:
    """Yield a port at which somebody listens on all of this machine's addresses."""
    async with web_host({"/": PICTURE}, host="0.0.0.0") as four:
        hosts, servers = [four], []
        if socket.has_ipv6:
            six = WebHost()
            try:
                servers = [await asyncio.start_server(six.serve, "::1", four.port)]
                hosts.append(six)
            except OSError:
                pass
        try:
            yield four.port, hosts
        finally:
            for server in servers:
                server.close()


def literal(address: str, port: int) -> str:
    return f"http://[{address}]:{port}/" if ":" in address else f"http://{address}:{port}/"


async def test_no_forbidden_address_is_connected_to_however_one_gets_there() -> None:
    async with canaries() as (port, hosts), web_host() as stranger:
        opened = [f"127.0.0.1:{stranger.port}"]
        for address in FORBIDDEN_ADDRESSES:
            stranger.says["/"] = redirect(literal(address, port))
            stranger.says["/name"] = redirect(f"http://evil.test:{port}/")
            names = Names(evil_test=[[address]], mixed_test=[[PUBLIC, address]])
            async with fetching(opened=opened, ports=[port], names=names) as fetcher:
                for url in (
                    literal(address, port),
                    f"http://evil.test:{port}/",
                    f"http://mixed.test:{port}/",
                    f"http://127.0.0.1:{stranger.port}/",
                    f"http://127.0.0.1:{stranger.port}/name",
                ):
                    error = await refused(fetcher, url)
                    assert isinstance(error, FetchRefused), (url, error.reason)
                    assert str(error) == UNFETCHABLE
        assert [host.connections for host in hosts] == [0] * len(hosts)
        assert stranger.connections == 2 * len(FORBIDDEN_ADDRESSES)


async def test_no_unusual_spelling_gets_through() -> None:
    async with canaries() as (port, hosts), web_host() as stranger:
        names = Names(public_test=[["127.0.0.1"]], localhost=[["127.0.0.1"]])
        opened = [f"127.0.0.1:{stranger.port}"]
        async with fetching(opened=opened, ports=[port], names=names) as fetcher:
            for spelling in FORBIDDEN_SPELLINGS:
                url = spelling.format(port=port)
                assert isinstance(await refused(fetcher, url), FetchRefused), url
                if url and url.isascii() and "\t" not in url:
                    stranger.says["/"] = redirect(url)
                    error = await refused(fetcher, f"http://127.0.0.1:{stranger.port}/")
                    assert str(error) == UNFETCHABLE
        assert [host.connections for host in hosts] == [0] * len(hosts)


async def test_a_port_that_is_not_open_is_not_connected_to() -> None:
    names = Names(public_test=[[PUBLIC]])
    async with web_host() as stranger, fetching(names=names) as fetcher:
        await refused(fetcher, f"http://127.0.0.1:{stranger.port}/")
        await refused(fetcher, "http://public.test:22/")
        await refused(fetcher, f"https://{PUBLIC}:8443/")
        assert names.asked == []
        assert stranger.connections == 0


async def test_a_redirect_from_https_to_http_is_not_followed(trust: Trust) -> None:
    names = Names(upstream_test=[["127.0.0.1"]])
    async with web_host({"/": PICTURE}) as plain, web_host(tls=trust.server) as secure:
        secure.says["/"] = redirect(f"http://upstream.test:{plain.port}/")
        async with fetching(
            opened=["127.0.0.1"], ports=[plain.port, secure.port], names=names, tls=trust.client
        ) as fetcher:
            await refused(fetcher, f"https://upstream.test:{secure.port}/")
        assert (secure.connections, plain.connections) == (1, 0)


# What a client learns


async def test_failures_read_alike() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        closed = held.getsockname()[1]
        names = Names(internal_test=[["10.0.0.1"]])
        async with open_host({"/big": answer(b"x" * 101)}, names=names, limit=100) as (
            _,
            fetcher,
            url,
        ):
            errors = [
                await refused(fetcher, address)
                for address in (
                    "http://169.254.169.254/",
                    "http://internal.test/",
                    "http://nobody.test/",
                    f"http://127.0.0.1:{closed}/",
                    f"{url}/missing",
                    f"{url}/hang-up",
                    f"{url}/big",
                )
            ]
            errors.append(await refused(fetcher, f"{url}/mute", seconds=0.2))
    assert {str(error) for error in errors} == {UNFETCHABLE}
    assert len({error.reason for error in errors}) == len(errors), "the log tells them apart"


async def test_a_wrong_spelling_is_told() -> None:
    async with fetching() as fetcher:
        assert "user name" in str(await refused(fetcher, "https://user@public.test/"))
        assert "https://" in str(await refused(fetcher, "ftp://public.test/"))
