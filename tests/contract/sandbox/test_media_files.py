"""Files: uploads with xAI's order and limits, pages, expiry, and documents that come with a question."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest

NOTE = b"The blue heron waits by the river until the fish forget about it entirely."
FIRST = "The blue heron waits by the river until the fish forget about"


async def uploaded(client: Any, content: bytes = NOTE, name: str = "note.txt", key: str = "alice") -> str:
    got = await client.upload(
        "/v1/files", ("purpose", "assistants"), ("file", content, name, "text/plain"), key=key
    )
    assert got.status == 200, got.raw
    identifier: str = got.json["id"]
    return identifier


def document(**source: str) -> list[Any]:
    parts = [{"type": "input_text", "text": "what is in it?"}, {"type": "input_file"} | source]
    return [{"role": "user", "content": parts}]


def spoken(got: Any) -> str:
    assert got.status == 200, got.raw
    answer = got.json
    if "choices" in answer:
        text: str = answer["choices"][0]["message"]["content"]
    else:
        text = answer["output"][-1]["content"][0]["text"]
    return text


async def test_a_file_lives_with_its_team(client: Any) -> None:
    identifier = await uploaded(client)
    shown = (await client.send("GET", f"/v1/files/{identifier}")).json
    assert shown == {
        "id": identifier,
        "object": "file",
        "bytes": len(NOTE),
        "created_at": shown["created_at"],
        "expires_at": None,
        "filename": "note.txt",
        "purpose": "assistants",
    }
    got = await client.send("GET", f"/v1/files/{identifier}/content", key="alice--two")
    assert (got.raw, got.headers["content-type"]) == (NOTE, "text/plain")
    part = await client.send("GET", f"/v1/files/{identifier}/content", headers={"range": "bytes=4-7"})
    assert (part.status, part.raw) == (206, b"blue")
    text = await client.send("GET", f"/v1/files/{identifier}/content?format=text")
    assert text.raw == NOTE
    for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
        assert (await client.send(method, f"/v1/files/{identifier}{path}", key="bob")).status == 404
    gone = await client.send("DELETE", f"/v1/files/{identifier}")
    assert gone.json == {"id": identifier, "object": "file", "deleted": True}
    assert (await client.send("GET", f"/v1/files/{identifier}")).status == 404
    assert (await client.send("DELETE", f"/v1/files/{identifier}")).status == 404


async def test_the_journal_shows_names_and_sizes_and_no_bytes(client: Any) -> None:
    await uploaded(client, b"secret words" * 10_000)
    row = (await client.journal())[-1]
    assert row["body"]["parts"] == [
        {"name": "purpose", "size": 10, "value": "assistants"},
        {"name": "file", "size": 120_000, "filename": "note.txt", "content_type": "text/plain"},
    ]
    assert "secret" not in str(row)


@pytest.mark.parametrize(
    "fields",
    [
        [("expires_after", "3600")],
        [("expires_after[anchor]", "created_at"), ("expires_after[seconds]", "3600")],
    ],
)
async def test_a_file_expires(client: Any, fields: Any) -> None:
    got = await client.upload("/v1/files", *fields, ("file", NOTE, "note.txt", "text/plain"))
    assert got.json["expires_at"] == got.json["created_at"] + 3_600
    late = await client.upload("/v1/files", ("file", NOTE, "note.txt", "text/plain"), *fields)
    assert (late.status, "must come before file" in late.json["error"]) == (400, True)
    await client.pass_time(3_601)
    assert (await client.send("GET", f"/v1/files/{got.json['id']}")).status == 404
    assert (await client.send("GET", "/v1/files")).json["data"] == []


@pytest.mark.parametrize(
    "parts",
    [
        [("purpose", "assistants")],
        [("file", "no file name")],
        [("expires_after", "60"), ("file", NOTE, "a.txt", "text/plain")],
        [("expires_after", "soon"), ("file", NOTE, "a.txt", "text/plain")],
        [("expires_after", "2592001"), ("file", NOTE, "a.txt", "text/plain")],
        [
            ("expires_after[anchor]", "now"),
            ("expires_after[seconds]", "3600"),
            ("file", NOTE, "a.txt", "a/b"),
        ],
    ],
)
async def test_uploads_that_xai_does_not_take(client: Any, parts: Any) -> None:
    got = await client.upload("/v1/files", *parts)
    assert (got.status, got.json["code"]) == (400, "invalid-argument")


async def test_bodies_that_are_no_upload(client: Any) -> None:
    assert (await client.send("POST", "/v1/files", {"file": "a"})).status == 415
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=x"):
        got = await client.send("POST", "/v1/files", b"nonsense", headers={"content-type": content_type})
        assert got.status == 400, content_type
    unfinished = b'--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nabc'
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert (await client.send("POST", "/v1/files", unfinished, headers=headers)).status == 400


async def test_fifty_megabytes_are_the_limit(client: Any) -> None:
    async def sent(size: int) -> Any:
        part = ("file", io.BytesIO(bytes(size)), "big.bin", "application/octet-stream")
        return await client.upload("/v1/files", part)

    limit = 50 * 1024 * 1024
    identifier = (await sent(limit)).json["id"]
    assert (await client.send("GET", f"/v1/files/{identifier}")).json["bytes"] == limit
    for size in (limit + 1, limit + 2 * 1024 * 1024):
        assert (await sent(size)).status == 413


async def test_pages_always_name_a_next_one(client: Any) -> None:
    made = []
    for number in range(5):
        made.append(await uploaded(client, b"x" * (5 - number), f"{number}.txt"))
        await client.pass_time(1)
    await uploaded(client, key="bob")
    seen, query = [], "limit=2"
    while rows := (page := (await client.send("GET", f"/v1/files?{query}")).json)["data"]:
        seen += [row["id"] for row in rows]
        query = f"limit=2&pagination_token={page['pagination_token']}"
    assert seen == made[::-1]
    assert page["pagination_token"]
    by_size = (await client.send("GET", "/v1/files?sort_by=size&order=asc")).json["data"]
    assert [row["id"] for row in by_size] == made[::-1]
    for wrong in ("limit=0", "limit=101", "order=up", "sort_by=color", "pagination_token=what"):
        assert (await client.send("GET", f"/v1/files?{wrong}")).status == 400


async def test_public_addresses_are_for_pictures(client: Any) -> None:
    got = await client.upload("/v1/files", ("file", b"%PDF-1.4", "my plan.pdf", "application/pdf"))
    path = f"/v1/files/{got.json['id']}/public-url"
    url = (await client.send("POST", path, {"expires_after": 7_200})).json["public_url"]
    assert (await client.download(url)).raw == b"%PDF-1.4"
    await client.send("POST", f"{path}/revoke", {})
    assert (await client.download(url)).status == 404
    note = await uploaded(client)
    assert (await client.send("POST", f"/v1/files/{note}/public-url", {})).status == 400


async def test_a_document_arrives_on_both_surfaces(client: Any) -> None:
    identifier = await uploaded(client)
    written = base64.b64encode(NOTE).decode()
    for source in (
        {"file_id": identifier},
        {"file_data": written, "filename": "note.txt"},
        {"file_data": f"data:text/plain;base64,{written}", "filename": "note.txt"},
    ):
        told = spoken(await client.respond(document(**source)))
        assert f"I read note.txt: “{FIRST}”." in told
        parts = [{"type": "text", "text": "what is in it?"}, {"type": "file", "file": source}]
        told = spoken(await client.chat([{"role": "user", "content": parts}]))
        assert f"I read note.txt: “{FIRST}”." in told


async def test_a_document_that_is_no_text_is_told_by_name_and_size(client: Any) -> None:
    data = base64.b64encode(b"%PDF-1.4 \xff\xfe\x00").decode()
    told = spoken(
        await client.respond(document(file_data=f"data:application/pdf;base64,{data}", filename="a.pdf"))
    )
    assert "I read a.pdf (application/pdf, 12 bytes)." in told
    told = spoken(await client.respond(document(file_url="https://example.com/my%20plan.pdf")))
    assert "I read my plan.pdf" in told
    parts = [
        {"type": "text", "text": "里面是什么？"},
        {"type": "file", "file": {"url": "https://example.com/b.pdf"}},
    ]
    told = spoken(await client.chat([{"role": "user", "content": parts}]))
    assert "我读了 b.pdf" in told


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ({}, 400),
        ({"file_id": "file_none"}, 404),
        ({"file_id": "file_1", "file_url": "https://example.com/a.pdf"}, 400),
        ({"file_url": "http://example.com/a.pdf"}, 400),
        ({"file_data": "???", "filename": "a.txt"}, 400),
    ],
)
async def test_documents_that_xai_does_not_take(client: Any, source: Any, status: int) -> None:
    assert (await client.respond(document(**source))).status == status
    parts = [{"type": "text", "text": "hi"}, {"type": "file", "file": source}]
    assert (await client.chat([{"role": "user", "content": parts}])).status == status


async def test_another_teams_document_is_not_there(client: Any) -> None:
    identifier = await uploaded(client)
    assert (await client.respond(document(file_id=identifier), key="bob")).status == 404
    picture = [{"role": "user", "content": [{"type": "input_image", "file_id": identifier}]}]
    assert (await client.respond(picture)).status == 200
    assert (await client.respond(picture, key="bob")).status == 404


async def test_only_models_that_reason_take_documents(client: Any) -> None:
    identifier = await uploaded(client)
    got = await client.respond(document(file_id=identifier), model="grok-4.20-0309-non-reasoning")
    assert (got.status, "does not support file attachments" in got.json["error"]) == (400, True)


async def test_a_conversation_outlives_its_document(client: Any) -> None:
    identifier = await uploaded(client)
    first = await client.respond(document(file_id=identifier))
    await client.send("DELETE", f"/v1/files/{identifier}")
    again = await client.respond("hello", previous_response_id=first.json["id"])
    assert again.status == 200
    assert (await client.respond(document(file_id=identifier))).status == 404


async def test_files_are_placed_from_outside(client: Any) -> None:
    placed = await client.control("files", {"id": "file-1", "account": "alice", "text": "A plan."})
    assert (placed["id"], placed["bytes"]) == ("file-1", 7)
    assert "I read file.txt: “A plan.”." in spoken(await client.respond(document(file_id="file-1")))
    assert (await client.send("POST", "/sandbox/files", {"id": "file-1"})).status == 400
