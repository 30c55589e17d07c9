"""Content on its way through: in step with its reader, ended with it, and not taken for whole when cut."""

from __future__ import annotations

import hashlib
import http.client
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from support.files_upstream import PIECE, FilesUpstream, files_upstream
from support.forms import form, headers, part
from support.measured import measured
from support.memory_use import CAN_MEASURE, MEBIBYTE, MemoryUse
from support.observing import row_of
from support.processes import Gateway
from support.raw_http import connected, message, receive, send

LARGE = 500 * MEBIBYTE


class House:
    """A gateway before an upstream that says each byte itself, with one file."""

    def __init__(self, upstream: FilesUpstream, gateway: Gateway) -> None:
        self.upstream = upstream
        self.gateway = gateway
        body = form(part("file", b"hello", "a.bin"))
        reply = send(gateway.url, message("POST", "/v1/files", headers(gateway.key), body))
        assert reply.status == 200, reply
        self.path = f"/v1/files/{reply.json()['id']}/content"

    @contextmanager
    def opened(self) -> Iterator[http.client.HTTPResponse]:
        """Ask for the content, and give the answer unread."""
        address = urlsplit(self.gateway.url).netloc
        with closing(http.client.HTTPConnection(address, timeout=60)) as connection:
            connection.request("GET", self.path, headers=self.gateway.headers)
            with connection.getresponse() as answer:
                yield answer

    def row(self, answer: http.client.HTTPResponse) -> dict[str, Any]:
        """Return the ledger's row of an answer."""
        return row_of(self.gateway, answer.headers["x-request-id"])


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with files_upstream() as upstream:
        gateway = Gateway.start(
            tmp_path_factory.mktemp("downloads"),
            upstream=upstream.url,
            keys=("xai-key-0123456789",),
            environment={"GROK2API_LEDGER__FLUSH_MS": "10"},
        )
        try:
            yield House(upstream, gateway)
        finally:
            gateway.stop()


@pytest.fixture
def house(shared_house: House) -> House:
    upstream = shared_house.upstream
    upstream.size, upstream.given = len(PIECE), None
    upstream.left.clear()
    return shared_house


def test_an_upload_goes_out_with_its_length(house: House) -> None:
    sent, body = house.upstream.uploads[0]
    assert sent["content-length"] == str(len(body))
    assert "transfer-encoding" not in sent


@pytest.mark.parametrize("size", [len(PIECE), None])
def test_content_comes_with_its_length_or_without(house: House, size: int | None) -> None:
    house.upstream.size = size
    with house.opened() as answer:
        assert answer.headers["content-length"] == (None if size is None else str(size))
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.read() == PIECE


@pytest.mark.parametrize("size", [10 * len(PIECE), None])
def test_content_that_breaks_off_is_not_taken_for_whole(house: House, size: int | None) -> None:
    house.upstream.size, house.upstream.given = size, len(PIECE) - 1000
    with house.opened() as answer:
        assert answer.status == 200
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            answer.read()
    row = house.row(answer)
    assert (row["end"], row["status"], row["error_code"]) == ("cut", 200, "upstream_error")


def test_content_that_breaks_off_at_once_is_an_error(house: House) -> None:
    house.upstream.size, house.upstream.given = 1000, 100
    with connected(house.gateway.url) as connection:
        connection.sendall(message("GET", house.path, list(house.gateway.headers.items())))
        reply = receive(connection)
    assert (reply.status, reply.error()["code"]) == (502, "upstream_error")


@pytest.mark.skipif(not CAN_MEASURE, reason="reads /proc")
def test_a_large_download_costs_no_memory_and_waits_for_its_reader(house: House) -> None:
    house.upstream.size = 10 * len(PIECE)
    with house.opened() as answer:
        answer.read()
    house.upstream.size = LARGE
    memory = MemoryUse(house.gateway.process.pid)
    with house.opened() as answer:
        ahead = sent_unread(house.upstream)
        digest = hashlib.sha256()
        while piece := answer.read(MEBIBYTE):
            digest.update(piece)
    measured("a download of 500 MiB", risen_mib=memory.risen, sent_ahead_mib=ahead / MEBIBYTE)
    assert digest.digest() == hashlib.sha256(PIECE * (LARGE // len(PIECE))).digest()
    assert ahead < LARGE // 4, "upstream is read no faster than the client reads"
    assert memory.risen <= 16


def test_a_reader_that_leaves_ends_the_call_to_upstream(house: House) -> None:
    house.upstream.size = LARGE
    with house.opened() as answer:
        sent_unread(house.upstream)
    assert house.upstream.left.wait(20)
    row = house.row(answer)
    assert (row["end"], row["status"]) == ("client_gone", 499)


def sent_unread(upstream: FilesUpstream) -> int:
    """Return how much upstream could send once it can send no more, because nobody reads."""
    before = -1
    while before != upstream.sent:
        before = upstream.sent
        time.sleep(0.2)
    return before
