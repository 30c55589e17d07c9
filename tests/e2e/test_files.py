"""Files through the official SDK: kept, listed, read, deleted, and each key's own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from openai import NotFoundError, OpenAI

from support.forms import END, form, headers, part
from support.observing import eventually, ledger
from support.processes import Gateway, Sandbox
from support.raw_http import Reply, message, send
from support.sdk import async_openai_client, openai_client
from support.sessions import Loss, PoolOfTwo

OTHER_KEY = "sk-test-another-key-0123456789"
FILES = "/v1/files"
MEBIBYTE = 1_048_576


@pytest.fixture(scope="module")
def filing(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with two accounts and two client keys."""
    started = Gateway.start(
        tmp_path_factory.mktemp("filing"),
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-fiona", "xai-sandbox-felix"),
        client_key=None,
        environment={
            "GROK2API_APP__API_KEY": f"sk-test-client-key-0123456789,{OTHER_KEY}",
            "GROK2API_LEDGER__FLUSH_MS": "10",
        },
    )
    started.key = "sk-test-client-key-0123456789"
    started.headers = {"Authorization": f"Bearer {started.key}"}
    yield started
    started.stop()


@pytest.fixture
def sdk(filing: Gateway) -> Iterator[OpenAI]:
    with openai_client(filing) as made:
        yield made


@pytest.fixture
def other(filing: Gateway) -> Iterator[OpenAI]:
    with openai_client(filing, key=OTHER_KEY) as made:
        yield made


def uploads(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [row for row in sandbox.calls("/files") if row["method"] == "POST"]


def test_a_file_from_its_upload_to_its_end(filing: Gateway, sandbox: Sandbox, sdk: OpenAI) -> None:
    content = bytes(range(256)) * 1000
    before = int(time.time())
    made = sdk.files.create(
        file=('gr"öße 大.bin', content, "application/x-thing"),
        purpose="user_data",
        expires_after={"anchor": "created_at", "seconds": 7200},
    )
    assert made.id.startswith("file-")
    assert (made.object, made.status, made.purpose) == ("file", "processed", "user_data")
    assert (made.bytes, made.filename) == (len(content), 'gr"öße 大.bin')
    assert before <= made.created_at <= time.time()
    assert made.expires_at is not None
    assert abs(made.expires_at - made.created_at - 7200) <= 2

    (sent,) = uploads(sandbox)
    assert [each["name"] for each in sent["body"]["parts"]] == ["expires_after", "purpose", "file"]
    assert sent["body"]["parts"][0]["value"] == "7200"
    assert sent["body"]["parts"][2]["size"] == len(content)

    assert made in sdk.files.list().data
    assert sdk.files.retrieve(made.id) == made
    answer = sdk.files.with_raw_response.content(made.id)
    assert answer.content == content
    assert answer.headers["content-length"] == str(len(content))
    gone = sdk.files.delete(made.id)
    assert (gone.id, gone.object, gone.deleted) == (made.id, "file", True)
    assert made not in sdk.files.list().data
    for call in (sdk.files.retrieve, sdk.files.delete, sdk.files.content):
        with pytest.raises(NotFoundError) as caught:
            call(made.id)
        assert caught.value.code == "not_found"
        assert made.id in caught.value.message

    def rows() -> list[tuple[str, str, int]]:
        told = [(row["operation"], row["end"], row["status"]) for row in ledger(filing.directory)]
        return told if len(told) >= 9 else []

    assert sorted(eventually(rows, "the ledger's rows")) == sorted(
        [
            ("files.create", "completed", 200),
            *[("files.list", "completed", 200)] * 2,
            ("files.retrieve", "completed", 200),
            ("files.content", "completed", 200),
            ("files.delete", "completed", 200),
            ("files.retrieve", "refused", 404),
            ("files.delete", "refused", 404),
            ("files.content", "refused", 404),
        ]
    )


async def test_the_asynchronous_client_does_the_same(filing: Gateway) -> None:
    async with async_openai_client(filing) as client:
        made = await client.files.create(file=("a.txt", b"hello"), purpose="assistants")
        listed = [file.id async for file in client.files.list(limit=1)]
        assert made.id in listed
        assert await client.files.retrieve(made.id) == made
        assert (await client.files.content(made.id)).content == b"hello"
        assert (await client.files.delete(made.id)).deleted


@pytest.fixture
def shelf(sdk: OpenAI) -> Iterator[list[str]]:
    """Five files of one key, oldest first, and no others."""
    for file in list(sdk.files.list()):
        sdk.files.delete(file.id)
    purposes: Sequence[Any] = ("batch", "user_data", "batch", "vision", "batch")
    yield [
        sdk.files.create(file=(f"{number}.txt", b"x"), purpose=purpose).id
        for number, purpose in enumerate(purposes)
    ]
    for file in list(sdk.files.list()):
        sdk.files.delete(file.id)


def test_a_list_comes_in_pages(sdk: OpenAI, shelf: list[str]) -> None:
    newest_first = shelf[::-1]
    assert [file.id for file in sdk.files.list()] == newest_first
    assert [file.id for file in sdk.files.list(limit=2)] == newest_first
    assert [file.id for file in sdk.files.list(limit=2, order="asc")] == shelf
    page = sdk.files.list(limit=2, after=shelf[3])
    assert ([file.id for file in page.data], page.has_more) == (newest_first[2:4], True)
    last = sdk.files.list(limit=2, after=shelf[1])
    assert ([file.id for file in last.data], last.has_more) == (newest_first[4:], False)
    of_batches = [file.id for file in sdk.files.list(limit=1, purpose="batch")]
    assert of_batches == [shelf[4], shelf[2], shelf[0]]


def test_a_list_goes_on_while_its_files_are_deleted(sdk: OpenAI, shelf: list[str]) -> None:
    deleted = [sdk.files.delete(file.id).id for file in sdk.files.list(limit=2)]
    assert deleted == shelf[::-1]
    assert sdk.files.list().data == []


def test_another_key_sees_nothing(sandbox: Sandbox, sdk: OpenAI, other: OpenAI) -> None:
    made = sdk.files.create(file=("secret.txt", b"secret"), purpose="assistants")
    theirs = other.files.create(file=("theirs.txt", b"theirs"), purpose="assistants")
    sandbox.clear()
    assert [file.id for file in other.files.list()] == [theirs.id]
    for call in (other.files.retrieve, other.files.delete, other.files.content):
        with pytest.raises(NotFoundError):
            call(made.id)
    with pytest.raises(Exception, match="not the id of one of your files"):
        other.files.list(after=made.id)
    assert not [row for row in sandbox.journal() if "/files" in row["path"]]
    assert sdk.files.retrieve(made.id) == made
    sdk.files.delete(made.id)
    other.files.delete(theirs.id)


def post(gateway: Gateway, body: bytes, *more: tuple[str, str]) -> Reply:
    return send(gateway.url, message("POST", FILES, headers(gateway.key, *more), body))


A_FILE = part("file", b"hello", "a.txt", "text/plain")


@pytest.mark.parametrize(
    ("parts", "param", "code", "word"),
    [
        ([], "file", "missing_required_parameter", "'file'"),
        ([part("purpose", b"batch")], "file", "missing_required_parameter", "'file'"),
        ([part("file", b"hello")], "file", "invalid_value", "as a text"),
        ([part("file", b"", "")], "file", "missing_required_parameter", "'file'"),
        ([part("file", b"", "a.txt")], "file", "invalid_value", "empty"),
        ([A_FILE, A_FILE], "file", "invalid_value", "one file per request"),
        ([A_FILE, part("purpose", b"world peace")], "purpose", "invalid_value", "assistants, batch"),
        ([A_FILE, part("purpose", b"batch"), part("purpose", b"batch")], "purpose", "invalid_value", "once"),
        ([A_FILE, part("expires_after", b"60")], "expires_after.seconds", "invalid_value", "3600"),
        ([A_FILE, part("expires_after", b"2592001")], "expires_after.seconds", "invalid_value", "2592000"),
        ([A_FILE, part("expires_after", b"soon")], "expires_after", "invalid_value", "whole number"),
        ([A_FILE, part("expires_after[seconds]", b"1e4")], "expires_after.seconds", "invalid_value", "whole"),
        (
            [A_FILE, part("expires_after[anchor]", b"created_at")],
            "expires_after.seconds",
            "missing_required_parameter",
            "seconds",
        ),
        (
            [A_FILE, part("expires_after[anchor]", b"now"), part("expires_after[seconds]", b"7200")],
            "expires_after.anchor",
            "invalid_value",
            "now",
        ),
        ([A_FILE[:-2] + b"--"], None, "invalid_value", "ends before"),
    ],
)
def test_an_upload_that_is_wrong_is_refused_by_name(
    filing: Gateway, sandbox: Sandbox, parts: list[bytes], param: str | None, code: str, word: str
) -> None:
    body = form(*parts) if not parts or parts[0][-2:] == b"\r\n" else parts[0]
    reply = post(filing, body)
    error = reply.error()
    assert (reply.status, error["param"], error["code"]) == (400, param, code)
    assert word in error["message"]
    assert not uploads(sandbox)


@pytest.mark.parametrize(
    "expiry",
    [
        [part("expires_after", b"7200")],
        [part("expires_after", b'{"anchor":"created_at","seconds":7200}')],
        [part("expires_after[seconds]", b"7200")],
        [part("expires_after[seconds]", b"7200"), part("expires_after[anchor]", b"created_at")],
    ],
)
def test_an_expiry_may_be_written_in_each_of_its_forms(
    filing: Gateway, sandbox: Sandbox, expiry: list[bytes]
) -> None:
    reply = post(filing, form(A_FILE, *expiry, part("purpose", b""), part("unknown", b"ignored")))
    made = reply.json()
    assert (reply.status, made["purpose"]) == (200, "assistants")
    assert abs(made["expires_at"] - made["created_at"] - 7200) <= 2
    (sent,) = uploads(sandbox)
    assert [each["name"] for each in sent["body"]["parts"]] == ["expires_after", "purpose", "file"]
    assert filing.send("DELETE", f"/files/{made['id']}")[0] == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_that_is_too_large_is_refused_before_anything_is_sent(
    filing: Gateway, sandbox: Sandbox, chunked: bool
) -> None:
    body = form(part("file", bytes(50 * MEBIBYTE + 1), "big.bin"))
    if chunked:
        pieces = [body[at : at + MEBIBYTE] for at in range(0, len(body), MEBIBYTE)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    reply = post(filing, body, *([("Transfer-Encoding", "chunked")] if chunked else []))
    assert (reply.status, reply.error()["code"], reply.error()["param"]) == (413, "request_too_large", "file")
    assert "50 MiB" in reply.error()["message"]
    announced = [*headers(filing.key), ("Content-Length", str(60 * MEBIBYTE))]
    reply = send(filing.url, message("POST", FILES, announced))
    assert (reply.status, reply.error()["code"]) == (413, "request_too_large")
    assert not uploads(sandbox)


@pytest.mark.parametrize(
    ("sent", "status", "word"),
    [
        ([("Content-Type", "application/json")], 415, "multipart/form-data"),
        ([], 415, "multipart/form-data"),
        ([("Content-Type", "multipart/form-data")], 400, "boundary"),
        ([("Content-Type", "multipart/form-data; boundary=x"), ("Content-Encoding", "gzip")], 415, "gzip"),
    ],
)
def test_another_body_is_refused_by_name(
    filing: Gateway, sent: list[tuple[str, str]], status: int, word: str
) -> None:
    given = [("Authorization", f"Bearer {filing.key}"), *sent]
    reply = send(filing.url, message("POST", FILES, given, END))
    assert reply.status == status
    assert word in reply.error()["message"]


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=10001", "limit"),
        ("limit=x", "limit"),
        ("order=up", "order"),
        ("after=file-x", "after"),
    ],
)
def test_a_list_that_cannot_be_is_refused_by_name(filing: Gateway, query: str, param: str) -> None:
    status, _, content = filing.get(f"/files?{query}")
    assert (status, json.loads(content)["error"]["param"]) == (400, param)


@pytest.mark.parametrize("identifier", ["file-x", "file_x", "resp_x", "file-" + "A" * 60, "x" * 5000])
def test_an_id_that_is_none_is_404(filing: Gateway, identifier: str) -> None:
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/content")):
        status, _, content = filing.send(method, f"/files/{identifier}{path}")
        assert (status, json.loads(content)["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(20), "image/png"),
        ("a.txt", "größe".encode(), "text/plain; charset=utf-8"),
        ("a.jsonl", b'{"a":1}\n', "application/jsonl"),
        ("page.html", b"<html><script>alert(1)</script>", "text/plain; charset=utf-8"),
        ("a.svg", b"<svg onload='alert(1)'/>", "text/plain; charset=utf-8"),
        ("a.bin", b"\x00\x01\x02", "application/octet-stream"),
    ],
)
def test_content_is_a_download_of_a_type_that_its_bytes_show(
    filing: Gateway, sdk: OpenAI, name: str, content: bytes, kind: str
) -> None:
    made = sdk.files.create(file=(name, content, "text/html"), purpose="assistants")
    status, told, body = filing.get(f"/files/{made.id}/content")
    assert (status, body, told["content-type"]) == (200, content, kind)
    assert told["content-disposition"] == f'attachment; filename="{name}"'
    assert told["x-content-type-options"] == "nosniff"
    assert "sandbox" in told["content-security-policy"]
    assert "accept-ranges" not in told
    reply = send(
        filing.url,
        message("HEAD", f"{FILES}/{made.id}/content", [("Authorization", f"Bearer {filing.key}")]),
        method="HEAD",
    )
    assert (reply.status, reply.body, reply.header("content-length")) == (200, b"", str(len(content)))
    sdk.files.delete(made.id)


def test_a_name_that_does_not_fit_in_a_header_is_told_in_both_notations(filing: Gateway, sdk: OpenAI) -> None:
    made = sdk.files.create(file=('大"\r\nX-Evil: 1.txt', b"x"), purpose="assistants")
    assert "\n" not in made.filename
    _, told, _ = filing.get(f"/files/{made.id}/content")
    assert "x-evil" not in told
    assert "filename*=UTF-8''%E5%A4%A7" in told["content-disposition"]
    sdk.files.delete(made.id)


@pytest.mark.parametrize("loss", ["disabled", "deleted"])
def test_a_file_of_an_account_that_left_is_gone_until_it_is_back(
    pool_of_two: PoolOfTwo, sandbox: Sandbox, loss: Loss
) -> None:
    with openai_client(pool_of_two.gateway) as sdk:
        made = [sdk.files.create(file=("a.txt", b"x"), purpose="assistants") for _ in range(6)]
        lost = uploads(sandbox)[0]["account"]
        there = [row["account"] != lost for row in uploads(sandbox)]
        kept = [file for file, stays in zip(made, there, strict=True) if stays]
        with pool_of_two.without(lost, loss):
            assert sdk.files.list().data == kept[::-1]
            for file, stays in zip(made, there, strict=True):
                if stays:
                    assert sdk.files.retrieve(file.id) == file
                    continue
                for call in (sdk.files.retrieve, sdk.files.content, sdk.files.delete):
                    with pytest.raises(NotFoundError):
                        call(file.id)
        # Whose account a key is, is known again once xAI was asked.
        eventually(lambda: sdk.files.list().data == made[::-1], "the return of the files")
        for file in made:
            sdk.files.delete(file.id)
