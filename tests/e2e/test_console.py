"""The console as the real server gives it to a browser that has not signed in."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest

from grok2api.admin.console.files import DIST
from grok2api.admin.console.serving import ADDRESS, Console
from support.processes import Gateway, Sandbox, request
from support.raw_http import message, send

FIRST_LOAD = 250 * 1024
"""Bytes, compressed, until the first page can be used."""
ONE_PAGE = 60 * 1024
WORDS_OF_THE_SERVER = "server-words.js"
SHELL = ("app.js", "vendor.js", "shared.js", "app.css", "rolldown-runtime.js")


@pytest.fixture(scope="module")
def gateway(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    started = Gateway.start(tmp_path_factory.mktemp("console"), upstream=shared_sandbox.base_url)
    yield started
    started.stop()


def page(gateway: Gateway, path: str = "") -> tuple[dict[str, str], str]:
    status, headers, body = request("GET", gateway.url + ADDRESS + path)
    assert status == 200
    return headers, body.decode()


def asset(gateway: Gateway, name: str) -> str:
    """Return the address of a file of the console."""
    _, text = page(gateway)
    version = re.search(r"/admin/assets/([0-9a-f]+)/app\.js", text)
    assert version is not None
    return f"{gateway.url}/admin/assets/{version[1]}/{name}"


@pytest.mark.parametrize("path", ["", "/", "/credentials", "/credentials?status=cooling", "/no/such/page"])
def test_every_address_is_the_page(gateway: Gateway, path: str) -> None:
    headers, text = page(gateway, path)
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert '<div id="root">' in text
    assert "__NONCE__" not in text


def test_a_browser_that_opens_the_printed_address_is_led_to_it(gateway: Gateway) -> None:
    """The start prints http://localhost:8000; whoever opens it is a person, whoever probes it a program."""
    for accept, status in (("text/html,application/xhtml+xml,*/*;q=0.8", 302), ("*/*", 200), ("", 200)):
        reply = send(gateway.url, message("GET", "/", [("Accept", accept)]))
        assert (reply.status, reply.header("location")) == (status, ADDRESS if status == 302 else None)
    probe = send(gateway.url, message("HEAD", "/", [("Accept", "text/html")]), method="HEAD")
    assert (probe.status, probe.body) == (200, b"")


def test_the_page_may_load_and_ask_this_server_only(gateway: Gateway) -> None:
    headers, text = page(gateway)
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    mark = re.search(r"'nonce-([\w-]{20,})'", policy["script-src"])
    assert mark is not None
    assert policy == {
        "default-src": "'none'",
        "script-src": f"'self' 'nonce-{mark[1]}'",
        "style-src": f"'self' 'nonce-{mark[1]}'",
        "img-src": "'self' data: blob:",
        "media-src": "'self' data: blob:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert text.count(mark[1]) == 2
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert mark[1] not in page(gateway)[1]
    assert not re.findall(r"(?:src|href)=\"(?!/admin/assets/)", text)


def test_files_are_kept_for_ever_under_their_version(gateway: Gateway) -> None:
    address = asset(gateway, "app.js")
    status, headers, body = request("GET", address)
    assert (status, body) == (200, (DIST / "app.js").read_bytes())
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["x-content-type-options"] == "nosniff"
    status, kept, body = request("GET", address, headers={"If-None-Match": headers["etag"]})
    assert (status, body, kept["etag"]) == (304, b"", headers["etag"])
    status, packed, body = request("GET", address, headers={"Accept-Encoding": "gzip"})
    assert packed["content-encoding"] == "gzip"
    assert gzip.decompress(body) == (DIST / "app.js").read_bytes()
    status, headers, body = request("HEAD", address)
    assert (status, body, headers["content-length"]) == (200, b"", str((DIST / "app.js").stat().st_size))


@pytest.mark.parametrize(
    "path",
    [
        "/assets/0123456789ab/app.js",
        "/assets/{version}/no.js",
        "/assets/{version}/../files.py",
        "/assets/{version}/%2e%2e/files.py",
        "/api",
        "/API/keys",
        "//api/keys",
        "/api;x/keys",
        "/api./keys",
    ],
)
def test_nothing_else_is_there(gateway: Gateway, path: str) -> None:
    version = asset(gateway, "app.js").rsplit("/", 2)[1]
    status, headers, body = request("GET", gateway.url + ADDRESS + path.format(version=version))
    assert (status, headers["content-type"]) == (404, "application/json"), body


def test_the_page_can_only_be_read(gateway: Gateway) -> None:
    status, headers, _ = request("POST", gateway.url + ADDRESS + "/credentials", {})
    assert (status, headers["allow"]) == (405, "GET, HEAD")
    assert request("GET", gateway.url + ADDRESS + "/api/credentials")[0] == 401


def test_the_first_page_and_each_further_one_are_small(gateway: Gateway) -> None:
    def size(name: str) -> int:
        return len(request("GET", asset(gateway, name), headers={"Accept-Encoding": "gzip"})[2])

    needed = at_first("login.js") | at_first("overview.js")
    assert {"app.css", "chart.js", "usage.js", "vendor.js"} <= needed
    assert WORDS_OF_THE_SERVER not in needed, "they follow where the server has said something"
    for words in ("en.js", "zh-CN.js"):
        sizes = {name: size(name) for name in {*needed, words}}
        assert sum(sizes.values()) <= FIRST_LOAD, sizes
    further = {path.name for path in DIST.glob("*.js")} - set(SHELL) - {"en.js", "zh-CN.js"}
    assert not {name: found for name in further if (found := size(name)) > ONE_PAGE}


def at_first(page: str) -> set[str]:
    """Return all that a browser fetches until a page is whole, what it asks for when it runs included."""
    start = (DIST / "index.html").read_text(encoding="utf-8")
    wanted = set(re.findall(r'(?:src|href)="\./([\w.-]+)"', start))
    wanted |= {page, *later(DIST / page)}
    found: set[str] = set()
    while wanted:
        found.add(name := wanted.pop())
        if name.endswith(".js"):
            wanted |= imports(DIST / name) - found
    return found


def imports(script: Path) -> set[str]:
    """Return the files that a script needs at once."""
    return set(re.findall(r'(?:from|import)\s*"\./([\w.-]+\.js)"', script.read_text(encoding="utf-8")))


def later(script: Path) -> set[str]:
    """Return the files that a script asks for when it runs."""
    return set(re.findall(r"import\([`\"]\./([\w.-]+\.js)[`\"]\)", script.read_text(encoding="utf-8")))


async def test_where_it_is_not_built_a_page_says_how_to_build_it(tmp_path: Path) -> None:
    console = Console(tmp_path)
    status, text = await shown(console)
    assert status == 503
    assert "make ui" in text
    (tmp_path / "index.html").write_text('<script src="./app.js"></script>')
    status, text = await shown(console)
    assert status == 200
    assert re.search(r'src="/admin/assets/[0-9a-f]{12}/app\.js"', text)


async def shown(console: Console) -> tuple[int, str]:
    """Ask a console for its page; return status and text."""
    told: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        told.append(message)

    scope = {"type": "http", "method": "GET", "path": ADDRESS, "headers": []}
    await console(scope, receive, send)
    return told[0]["status"], b"".join(each.get("body", b"") for each in told).decode()
