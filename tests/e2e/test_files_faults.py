"""Uploads and downloads when something fails: never sent twice that may be kept, and nothing left behind."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from openai import APIStatusError, OpenAI

from support.forms import form, headers, part
from support.observing import eventually, ledger, ledger_since, open_files
from support.pool_faults import Drill, drilling
from support.processes import Gateway, Sandbox
from support.raw_http import connected, message, receive, send
from support.sdk import openai_client

FILES = "/v1/files"
MEBIBYTE = 1_048_576
A_FILE = form(part("file", b"x", "a.txt"))
on_linux = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks into /proc")


@pytest.fixture(scope="module")
def shared_drill(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    """A gateway with one place for uploads and downloads."""
    with drilling(
        tmp_path_factory.mktemp("strained"),
        shared_sandbox,
        LEDGER__FLUSH_MS=10,
        PERFORMANCE__ASSETS_MAX_CONCURRENT=1,
        PERFORMANCE__QUEUE_LENGTH=0,
    ) as started:
        yield started


@pytest.fixture
def strained(drill: Drill) -> Gateway:
    """That gateway with two accounts that are well."""
    drill.fill(("gina", "gero"))
    return drill.gateway


@pytest.fixture
def sdk(strained: Gateway, drill: Drill) -> Iterator[OpenAI]:
    with openai_client(strained) as made:
        yield made
        drill.sandbox.clear()
        drill.clear()
        for file in list(made.files.list()):
            made.files.delete(file.id)


def uploads(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [row for row in sandbox.calls("/files") if row["method"] == "POST"]


@pytest.mark.parametrize("status", [401, 403, 429])
def test_what_another_account_may_take_goes_there_whole(sandbox: Sandbox, sdk: OpenAI, status: int) -> None:
    sandbox.scenario("status", status=status, times=1, match={"path": "/files", "method": "POST"})
    content = bytes(range(256)) * 4096 * 3
    made = sdk.files.create(file=("a.bin", content), purpose="user_data")
    first, second = uploads(sandbox)
    assert first["account"] != second["account"]
    assert (first["status"], second["status"]) == (status, 200)
    assert first["body"]["bytes"] == second["body"]["bytes"] > len(content)
    assert sdk.files.content(made.id).content == content


@pytest.mark.parametrize(
    ("fault", "status"),
    [("status", 500), ("status", 503), ("html", 502), ("drop", None), ("error_200", None)],
)
def test_an_upload_that_may_have_been_kept_is_not_sent_again(
    sandbox: Sandbox, sdk: OpenAI, fault: str, status: int | None
) -> None:
    more = {} if status is None else {"status": status}
    sandbox.scenario(fault, times=1, match={"path": "/files", "method": "POST"}, **more)
    with pytest.raises(APIStatusError) as caught:
        sdk.files.create(file=("a.bin", bytes(MEBIBYTE)), purpose="user_data")
    assert caught.value.status_code in {502, 503}
    assert len(uploads(sandbox)) == 1
    assert sdk.files.list().data == []


def test_what_grok_refuses_is_told_and_not_sent_again(sandbox: Sandbox, sdk: OpenAI) -> None:
    sandbox.scenario(
        "status", status=413, body={"error": "Payload too large"}, match={"path": "/files", "method": "POST"}
    )
    with pytest.raises(APIStatusError) as caught:
        sdk.files.create(file=("a.bin", b"x"), purpose="user_data")
    assert (caught.value.status_code, caught.value.code) == (413, "request_too_large")
    assert len(uploads(sandbox)) == 1


def test_reading_and_deleting_are_tried_again(sandbox: Sandbox, sdk: OpenAI) -> None:
    made = sdk.files.create(file=("a.txt", b"hello"), purpose="user_data")
    sandbox.scenario("status", status=502, times=1, match={"path": "/files/*", "method": "GET"})
    assert sdk.files.retrieve(made.id) == made
    sandbox.scenario("status", status=502, times=1, match={"path": "/files/*", "method": "GET"})
    assert sdk.files.content(made.id).content == b"hello"
    sandbox.scenario("status", status=502, times=1, match={"path": "/files/*", "method": "DELETE"})
    assert sdk.files.delete(made.id).deleted


def test_a_file_that_upstream_has_no_more_leaves_the_list(sandbox: Sandbox, sdk: OpenAI) -> None:
    made = sdk.files.create(file=("a.txt", b"hello"), purpose="user_data")
    missing = {"code": "not-found", "error": "File not found"}
    sandbox.scenario("status", status=404, body=missing, times=1, match={"path": "/files/*", "method": "GET"})
    with pytest.raises(APIStatusError) as caught:
        sdk.files.retrieve(made.id)
    assert caught.value.status_code == 404
    assert sdk.files.list().data == []


def begun(gateway: Gateway, connection: socket.socket, size: int) -> None:
    """Send the head of an upload and half of its file."""
    body = form(part("file", bytes(size), "a.bin"))
    announced = [*headers(gateway.key), ("Content-Length", str(len(body)))]
    connection.sendall(message("POST", FILES, announced) + body[: size // 2])


def rows(gateway: Gateway, operation: str) -> list[dict[str, Any]]:
    return [row for row in ledger(gateway.directory) if row["operation"] == operation]


@on_linux
def test_a_client_that_leaves_within_its_upload_leaves_nothing(
    strained: Gateway, sandbox: Sandbox, sdk: OpenAI
) -> None:
    def spooled() -> list[str]:
        return [name for name in open_files(strained.process.pid) if "data/tmp/" in name]

    since = time.time()
    with connected(strained.url) as connection:
        begun(strained, connection, 8 * MEBIBYTE)
        eventually(spooled, "the spooling")
        assert not list((strained.directory / "data" / "tmp").iterdir())
    (row,) = ledger_since(strained.directory, since)
    assert (row["end"], row["status"], row["attempts"]) == ("client_gone", 499, 0)
    eventually(lambda: not spooled(), "the end of the spooling")
    assert not uploads(sandbox)
    assert sdk.files.create(file=("a.txt", b"x"), purpose="user_data").bytes == 1


def test_a_client_that_leaves_while_upstream_is_at_it_ends_that_too(
    strained: Gateway, sandbox: Sandbox, sdk: OpenAI
) -> None:
    since = time.time()
    sandbox.scenario("hang", delay=60, times=1, match={"path": "/files", "method": "POST"})
    with connected(strained.url) as connection:
        body = form(part("file", bytes(MEBIBYTE), "a.bin"))
        connection.sendall(message("POST", FILES, headers(strained.key), body))
        eventually(lambda: uploads(sandbox), "the call to upstream")
    eventually(lambda: uploads(sandbox)[0]["ended"] == "cancelled", "the cancelling")
    (row,) = ledger_since(strained.directory, since)
    assert (row["end"], row["status"], row["attempts"]) == ("client_gone", 499, 1)
    assert sdk.files.list().data == []


def test_places_for_uploads_and_downloads_are_bounded(
    strained: Gateway, sandbox: Sandbox, sdk: OpenAI
) -> None:
    with connected(strained.url) as connection:
        begun(strained, connection, MEBIBYTE)

        def refused() -> bool:
            reply = send(strained.url, message("POST", FILES, headers(strained.key), A_FILE))
            assert reply.status == 200 or reply.error()["code"] == "rate_limit_exceeded"
            return reply.status == 429

        eventually(refused, "the refusal")
    eventually(lambda: not refused(), "the free place")


def test_a_server_that_ends_tells_who_is_uploading(shared_sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = Gateway.start(
        tmp_path,
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-gina",),
        environment={"GROK2API_SERVER__DRAIN_SECONDS": "0.2"},
    )
    with connected(gateway.url) as connection, ThreadPoolExecutor(1) as pool:
        begun(gateway, connection, 8 * MEBIBYTE)
        eventually((tmp_path / "data" / "tmp").is_dir, "the spooling")
        ending = pool.submit(gateway.stop)
        reply = receive(connection, "POST")
        assert (reply.status, reply.error()["code"]) == (503, "server_shutting_down")
        assert ending.result() == 0
    assert [(row["operation"], row["status"]) for row in ledger(tmp_path)] == [("files.create", 503)]
