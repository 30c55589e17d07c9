"""Links to media at the real server, over a bare socket: who gets what, and in which parts."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from grok2api.storage.records import Asset
from support.media_bench import a_clip, a_picture, a_sound
from support.media_shelf import MEBIBYTE, MediaShelf
from support.observing import eventually, open_files
from support.processes import CLIENT_KEY, Gateway, Sandbox, request
from support.raw_http import Headers, Reply, connected, message, receive, send

ORIGIN = "https://chat.example.com"
PICTURE = a_picture()


@pytest.fixture(scope="module")
def served(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    started = Gateway.start(
        tmp_path_factory.mktemp("media"),
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-alice",),
        environment={
            "GROK2API_CORS__ALLOW_ORIGINS": ORIGIN,
            "GROK2API_PERFORMANCE__ASSETS_MAX_CONCURRENT": "2",
            "GROK2API_PERFORMANCE__QUEUE_LENGTH": "1",
            "GROK2API_PERFORMANCE__QUEUE_WAIT": "0.2",
        },
    )
    yield started
    started.stop()


@pytest.fixture(scope="module")
def shelf(served: Gateway) -> MediaShelf:
    return MediaShelf.of(served)


@pytest.fixture(scope="module")
def picture(shelf: MediaShelf) -> Asset:
    return shelf.keep(PICTURE, owner=shelf.owner_of(CLIENT_KEY))


@pytest.fixture(scope="module")
def clip(shelf: MediaShelf) -> Asset:
    return shelf.keep(a_clip(100_000), kind="video")


def ask(gateway: Gateway, target: str, headers: Headers = (), method: str = "GET") -> Reply:
    return send(gateway.url, message(method, target, headers), method=method)


# What a link gives


def test_a_link_gives_the_picture_to_anybody(served: Gateway, shelf: MediaShelf, picture: Asset) -> None:
    reply = ask(served, shelf.link(picture))
    assert (reply.status, reply.body) == (200, PICTURE)
    assert reply.header("content-type") == "image/png"
    assert reply.header("content-length") == str(len(PICTURE))
    assert reply.header("content-disposition") == f'inline; filename="{picture.id}.png"'
    assert reply.header("x-content-type-options") == "nosniff"
    assert reply.header("accept-ranges") == "bytes"
    assert reply.header("cross-origin-resource-policy") == "cross-origin"
    policy = (reply.header("content-security-policy") or "").split("; ")
    assert policy[:2] == ["sandbox", "default-src 'none'"]
    assert not any("script" in each or "allow" in each for each in policy)
    assert reply.header("x-request-id")
    assert (reply.header("openai-processing-ms") or "").isdigit()
    assert "total;dur=" in (reply.header("server-timing") or "")


def test_nobody_keeps_it_longer_than_the_link_works(
    served: Gateway, shelf: MediaShelf, picture: Asset
) -> None:
    link = shelf.link(picture)
    kept = re.fullmatch(r"private, max-age=(\d+)", ask(served, link).header("cache-control") or "")
    expires = int(re.findall(r"expires=(\d+)", link)[0])
    assert kept is not None
    assert 0 < int(kept[1]) <= expires - time.time() + 60


def test_head_tells_the_same_without_the_bytes(served: Gateway, shelf: MediaShelf, picture: Asset) -> None:
    got, told = (ask(served, shelf.link(picture), method=method) for method in ("GET", "HEAD"))
    assert told.status == 200
    assert told.body == b""
    for name in ("content-type", "content-length", "etag", "last-modified", "content-disposition"):
        assert told.header(name) == got.header(name)


def test_only_what_cannot_run_is_shown_in_its_place(served: Gateway, shelf: MediaShelf) -> None:
    shown = {"PNG": "inline", "JPEG": "inline", "WEBP": "inline", "GIF": "inline", "TIFF": "attachment"}
    for form, how in shown.items():
        reply = ask(served, shelf.link(shelf.keep(a_picture(form))))
        assert (reply.header("content-disposition") or "").split(";")[0] == how
    sound = ask(served, shelf.link(shelf.keep(a_sound(), kind="audio")))
    assert sound.header("content-type") == "audio/wav"


def test_a_page_of_an_allowed_origin_may_read_it(served: Gateway, shelf: MediaShelf, picture: Asset) -> None:
    reply = ask(served, shelf.link(picture), [("Origin", ORIGIN)])
    assert reply.header("access-control-allow-origin") == ORIGIN
    assert (
        ask(served, shelf.link(picture), [("Origin", "https://else.example")]).header(
            "access-control-allow-origin"
        )
        is None
    )
    assert ask(served, shelf.link(picture), method="OPTIONS").status == 204


# Who is refused


def test_an_ended_link_says_how_to_go_on(served: Gateway, shelf: MediaShelf, picture: Asset) -> None:
    reply = ask(served, shelf.link(picture, ago=90_000))
    assert reply.status == 403
    error = reply.error()
    assert (error["code"], error["param"]) == ("link_expired", "expires")
    assert "Authorization" in error["message"]
    assert ask(served, shelf.link(picture, ago=90_000), method="HEAD").status == 403


def test_a_link_that_was_not_made_here_leads_nowhere(
    served: Gateway, shelf: MediaShelf, picture: Asset
) -> None:
    good = shelf.link(picture)
    other = shelf.keep(a_picture(shade=9))
    unknown = replace(picture, id="0" * 32)
    path, _, query = good.partition("?")
    false = [
        path,
        f"{path}?",
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good.replace("expires=", "expires=1"),
        good.replace(picture.id, other.id),
        f"{good}&signature=x",
        f"{good}&expires=1",
        f"{path}?{query.upper()}",
        f"{path}?expires=99999999999&signature=",
        f"{path}?" + "&".join(f"a{number}=1" for number in range(1000)),
        shelf.link(unknown),
    ]
    bodies = set()
    for link in false:
        reply = ask(served, link)
        assert (reply.status, reply.error()["code"]) == (404, "not_found"), link
        bodies.add(reply.body)
    assert len(bodies) == 1, "nothing tells a missing file from a wrong link"


@pytest.mark.parametrize(
    "name",
    [
        *("../secret.key", "..%2fsecret.key", "%2e%2e%2fsecret.key", "%252e%252e%252fsecret.key"),
        *("....//secret.key", "..\\secret.key", "..%5csecret.key", "%00", "/etc/passwd", "%2fetc%2fpasswd"),
        *("host.id", "incoming", "ab/../host.id", "x" * 4000, "%ff%fe", ".", "..", "%2e%2e"),
    ],
)  # fmt: skip
def test_no_name_reads_what_is_not_media(
    served: Gateway, shelf: MediaShelf, picture: Asset, name: str
) -> None:
    query = shelf.link(picture).partition("?")[2]
    for target in (f"/v1/media/{name}?{query}", f"/v1/media/{picture.id}/{name}?{query}"):
        reply = ask(served, target)
        assert reply.status == 404
        assert reply.error()["code"] == "not_found"


def test_a_symbolic_link_among_the_files_is_not_followed(
    served: Gateway, shelf: MediaShelf, tmp_path: Path
) -> None:
    asset = shelf.keep(a_picture(shade=3))
    secret = tmp_path / "secret"
    secret.write_bytes(b"s" * asset.size)
    shelf.file(asset).unlink()
    shelf.file(asset).symlink_to(secret)
    reply = ask(served, shelf.link(asset))
    assert (reply.status, reply.error()["code"]) == (503, "media_store_unavailable")


def test_the_key_that_it_was_made_for_opens_it_and_no_other_does(
    served: Gateway, shelf: MediaShelf, picture: Asset
) -> None:
    _, other = shelf.new_key()
    path = f"/v1/media/{picture.id}"
    for target in (path, shelf.link(picture, ago=90_000)):
        reply = ask(served, target, [("Authorization", f"Bearer {CLIENT_KEY}")])
        assert (reply.status, reply.body) == (200, PICTURE)
        assert eventually_refused(served, target, other) == (404, "not_found")
        wrong = ask(served, target, [("x-api-key", "sk-wrong")])
        assert (wrong.status, wrong.error()["code"]) == (401, "invalid_api_key")
    assert ask(served, shelf.link(picture), [("Authorization", "Bearer sk-wrong")]).status == 200


def eventually_refused(gateway: Gateway, target: str, key: str) -> tuple[int, str]:
    """Return what a new key is told once the server has heard of it."""

    def told() -> tuple[int, str] | None:
        reply = ask(gateway, target, [("x-api-key", key)])
        return None if reply.status == 401 else (reply.status, reply.error()["code"])

    found: tuple[int, str] = eventually(told, "the new key")
    return found


def test_a_file_of_another_host_is_told_to_be_there(
    served: Gateway, shelf: MediaShelf, picture: Asset
) -> None:
    other = replace(picture, id="1" * 32, host="another host")
    shelf.add(other)
    reply = ask(served, shelf.link(other))
    assert reply.status == 404
    assert "media.store_url" in reply.error()["message"]


def test_a_file_that_is_gone_is_not_promised(served: Gateway, shelf: MediaShelf) -> None:
    asset = shelf.keep(a_picture(shade=4))
    shelf.file(asset).unlink()
    assert ask(served, shelf.link(asset)).status == 404
    assert ask(served, shelf.link(asset), method="HEAD").status == 404


def test_other_methods_are_refused_by_name(served: Gateway, shelf: MediaShelf, picture: Asset) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        reply = ask(served, shelf.link(picture), method=method)
        assert reply.status == 405
        assert reply.header("allow") == "GET, HEAD"


# Parts, and what a client holds already


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-1", 0, 2),
        ("bytes=1000-1999", 1000, 2000),
        ("bytes=99999-", 99_999, 100_000),
        ("bytes=50000-", 50_000, 100_000),
        ("bytes=-1", 99_999, 100_000),
        ("bytes=-200000", 0, 100_000),
        ("bytes=0-999999999", 0, 100_000),
    ],
)
def test_a_part_is_the_part(
    served: Gateway, shelf: MediaShelf, clip: Asset, asked: str, start: int, end: int
) -> None:
    reply = ask(served, shelf.link(clip), [("Range", asked)])
    assert reply.status == 206
    assert reply.header("content-range") == f"bytes {start}-{end - 1}/100000"
    assert reply.header("content-length") == str(end - start)
    assert reply.body == a_clip(100_000)[start:end]


@pytest.mark.parametrize(
    "asked", ["bytes=100000-", "bytes=100000-100001", "bytes=-0", f"bytes={9 * 10**17}-"]
)
def test_a_part_behind_the_end_is_refused_with_the_size(
    served: Gateway, shelf: MediaShelf, clip: Asset, asked: str
) -> None:
    reply = ask(served, shelf.link(clip), [("Range", asked)])
    assert (reply.status, reply.error()["code"]) == (416, "range_not_satisfiable")
    assert reply.header("content-range") == "bytes */100000"


@pytest.mark.parametrize(
    "asked",
    [
        *("bytes=0-1,5-6", "bytes=5-2", "bytes=-", "bytes", "items=0-1", "bytes=a-b", "bytes=1-2-3", ""),
        "bytes=" + "0-1," * 2000,
    ],
)
def test_what_is_no_single_part_is_answered_whole(
    served: Gateway, shelf: MediaShelf, clip: Asset, asked: str
) -> None:
    reply = ask(served, shelf.link(clip), [("Range", asked)])
    assert (reply.status, len(reply.body)) == (200, 100_000)
    assert reply.header("content-range") is None


def test_what_a_client_holds_is_not_sent_again(served: Gateway, shelf: MediaShelf, clip: Asset) -> None:
    first = ask(served, shelf.link(clip))
    etag, modified = first.header("etag") or "", first.header("last-modified") or ""
    assert parsedate_to_datetime(modified).timestamp() == int(clip.created_at)
    for asked in (
        ("If-None-Match", etag),
        ("If-None-Match", f'"x", W/{etag}'),
        ("If-Modified-Since", modified),
    ):
        for method in ("GET", "HEAD"):
            reply = ask(served, shelf.link(clip), [asked], method)
            assert (reply.status, reply.body) == (304, b"")
            assert reply.header("etag") == etag
            assert reply.header("cache-control")
    for asked in (("If-None-Match", '"x"'), ("If-Modified-Since", "Mon, 01 Jan 2001 00:00:00 GMT")):
        assert ask(served, shelf.link(clip), [asked]).status == 200


def test_a_part_is_sent_only_of_the_same_bytes(served: Gateway, shelf: MediaShelf, clip: Asset) -> None:
    etag = ask(served, shelf.link(clip)).header("etag") or ""
    part = ("Range", "bytes=0-9")
    assert ask(served, shelf.link(clip), [part, ("If-Range", etag)]).status == 206
    assert ask(served, shelf.link(clip), [part, ("If-Range", '"other"')]).status == 200
    assert ask(served, shelf.link(clip), [part, ("If-Range", f"W/{etag}")]).status == 200


def test_a_player_reads_it_in_parts_over_one_connection(
    served: Gateway, shelf: MediaShelf, clip: Asset
) -> None:
    got = b""
    with connected(served.url) as connection:
        for start in range(0, 100_000, 30_000):
            part = ("Range", f"bytes={start}-{start + 29_999}")
            connection.sendall(message("GET", shelf.link(clip), [part]))
            got += receive(connection).body
    assert got == a_clip(100_000)


# Load


def test_more_downloads_than_there_is_room_for_are_told_to_wait(served: Gateway, shelf: MediaShelf) -> None:
    large = shelf.keep_large(64 * MEBIBYTE)
    link = shelf.link(large)
    held = [start_download(served, link) for _ in range(2)]
    try:
        reply = ask(served, link)
        assert (reply.status, reply.error()["code"]) == (429, "rate_limit_exceeded")
        assert reply.header("retry-after")
    finally:
        for connection in held:
            connection.close()
    part = ("Range", "bytes=0-9")
    eventually(lambda: ask(served, link, [part]).status == 206, "a free place")


def test_a_client_that_leaves_lets_go_of_the_file(served: Gateway, shelf: MediaShelf) -> None:
    large = shelf.keep_large(64 * MEBIBYTE)
    connection = start_download(served, shelf.link(large))
    name = str(shelf.file(large))
    assert name in open_files(served.process.pid)
    connection.close()
    eventually(lambda: name not in open_files(served.process.pid), "the file to be let go")


def start_download(gateway: Gateway, link: str) -> socket.socket:
    """Begin a download, and take no more than its beginning."""
    address = gateway.url.removeprefix("http://").split(":")
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(20)
    connection.connect((address[0], int(address[1])))
    connection.sendall(message("GET", link))
    assert connection.recv(12) == b"HTTP/1.1 200"
    return connection


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells a peak of memory")
def test_half_a_gigabyte_goes_out_without_memory(served: Gateway, shelf: MediaShelf) -> None:
    size = 500 * MEBIBYTE
    assert ask(served, shelf.link(shelf.keep_large(8 * MEBIBYTE))).status == 200
    link = shelf.link(shelf.keep_large(size))
    process = Path(f"/proc/{served.process.pid}")
    process.joinpath("clear_refs").write_text("5")
    before = memory(process, "VmRSS")
    assert download(served, link) == size
    assert memory(process, "VmHWM") - before <= 16 * 1024


def memory(process: Path, name: str) -> int:
    """Return a figure of a process's memory, in KiB."""
    found = re.search(rf"^{name}:\s+(\d+) kB", process.joinpath("status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def download(gateway: Gateway, link: str) -> int:
    """Take a whole body and throw it away; return its length."""
    buffer, total = bytearray(MEBIBYTE), 0
    with connected(gateway.url, seconds=60) as connection:
        connection.sendall(message("GET", link, [("Connection", "close")]))
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        total = len(head.partition(b"\r\n\r\n")[2])
        while count := connection.recv_into(buffer):
            total += count
    return total


def test_the_server_goes_on_as_before(served: Gateway, shelf: MediaShelf, picture: Asset) -> None:
    assert request("GET", served.url + "/ready")[0] == 200
    assert ask(served, shelf.link(picture)).body == PICTURE
