"""Every fault, seen where it happens: in the events, in the bytes, on the socket."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
import pytest

PROMPT = "只回复：你好世界"
SURFACES = ("chat", "respond")


async def on(client: Any, surface: str, *, stream: bool = True) -> Any:
    return await getattr(client, surface)(PROMPT, stream=stream)


async def raw_parts(client: Any, body: Any, path: str = "/v1/chat/completions") -> tuple[list[bytes], str]:
    """Return the reads from a bare socket, and how it ended: eof or reset."""
    address = urlsplit(client.base)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    data = msgspec.json.encode(body)
    head = (
        f"POST {path} HTTP/1.1\r\nhost: sandbox\r\nauthorization: Bearer xai-sandbox-alice\r\n"
        f"content-type: application/json\r\ncontent-length: {len(data)}\r\nconnection: close\r\n\r\n"
    )
    writer.write(head.encode() + data)
    parts: list[bytes] = []
    try:
        while part := await reader.read(65536):
            parts.append(part)
    except ConnectionResetError:
        return parts, "reset"
    finally:
        writer.close()
    return parts, "eof"


def spoken(got: Any) -> list[Any]:
    """Return what an answer says, whole or in chunks."""
    answers = got.events if b"data: " in got.raw else [got.json]
    return [answer["choices"] for answer in answers]


def chat_body(prompt: str, *, stream: bool = True) -> Any:
    return {"model": "grok-4.3", "stream": stream, "messages": [{"role": "user", "content": prompt}]}


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 408, 422, 429, 500, 502, 503, 504, 520, 529])
async def test_status(client: Any, status: int, stream: bool) -> None:
    await client.order("status", status=status, retry_after=7)
    got = await client.chat(stream=stream)
    assert got.status == status
    assert got.headers["retry-after"] == "7"


@pytest.mark.parametrize("shape", ["a", "b", "c", "d", "e"])
async def test_status_in_any_shape_or_with_a_body(client: Any, shape: str) -> None:
    await client.order("status", status=429, shape=shape, times=1)
    assert (await client.chat()).raw
    await client.order("status", status=418, body={"detail": "teapot"}, times=1)
    got = await client.chat()
    assert (got.status, got.json) == (418, {"detail": "teapot"})
    assert (await client.chat()).status == 200


async def test_a_rule_meets_only_what_it_matches(client: Any) -> None:
    await client.order("status", status=503, match={"key": "bob", "model": "grok-4.7", "path": "/chat/*"})
    assert (await client.chat(key="alice", model="grok-4.7")).status == 200
    assert (await client.chat(key="bob", model="grok-4.3")).status == 200
    assert (await client.respond(key="bob", model="grok-4.7")).status == 200
    assert (await client.chat(key="bob", model="grok-4.7")).status == 503
    rows = (await client.send("GET", "/sandbox/scenario")).json["scenarios"]
    assert [(row["fault"], row["hits"]) for row in rows] == [("status", 1)]
    await client.send("DELETE", "/sandbox/scenario")
    assert (await client.chat(key="bob", model="grok-4.7")).status == 200
    assert (await client.order("no_such_fault")).status == 400


@pytest.mark.parametrize(
    ("magic", "status"),
    [("status=503", 503), ("429", 429), ("html", 502), ("html=403", 403), ("safety", 403)],
)
async def test_a_prompt_can_order_a_fault(client: Any, magic: str, status: int) -> None:
    assert (await client.chat(f"please !sandbox:{magic}")).status == status
    assert (
        await client.respond(
            [{"role": "user", "content": [{"type": "input_text", "text": f"!sandbox:{magic}"}]}]
        )
    ).status == status
    told = [
        {"role": "user", "content": f"!sandbox:{magic}"},
        {"role": "user", "content": "say exactly: fine"},
    ]
    assert (await client.chat(told)).status == 200


async def test_html_and_error_under_200(client: Any) -> None:
    page = await client.chat("!sandbox:html")
    assert page.headers["content-type"].startswith("text/html")
    assert b"cloudflare" in page.raw
    hidden = await client.chat("!sandbox:error_200", stream=True)
    assert (hidden.status, hidden.headers["content-type"]) == (200, "application/json")
    assert hidden.json["code"] == "The service is currently unavailable"


@pytest.mark.parametrize("surface", SURFACES)
async def test_stream_error_after_events(client: Any, surface: str) -> None:
    await client.order("stream_error", after_events=2, body={"code": "oops", "message": "it broke"})
    got = await on(client, surface)
    assert len(got.frames) == 3
    assert got.frames[-1].startswith("event: error\n")
    last = got.events[-1]
    assert (last["type"], last["code"], last["message"], last["param"]) == ("error", "oops", "it broke", None)


async def test_response_failed(client: Any) -> None:
    await client.order("response_failed", after_events=2)
    last = (await on(client, "respond")).events[-1]
    assert last["type"] == "response.failed"
    assert last["response"]["status"] == "failed"
    assert set(last["response"]["error"]) == {"code", "message"}
    assert set((await on(client, "chat")).events[-1]) == {"code", "error"}
    assert (await on(client, "respond", stream=False)).json["status"] == "failed"
    assert (await on(client, "chat", stream=False)).status == 500


async def test_empty_stream_and_no_end(client: Any) -> None:
    await client.order("empty_stream", times=1)
    empty = await on(client, "chat")
    assert (empty.status, empty.raw) == (200, b"")
    await client.order("no_done")
    assert not (await on(client, "chat")).done
    response = await on(client, "respond")
    assert not response.done
    assert response.events[-1]["type"] == "response.output_item.done"


async def test_malformed_and_skipped_and_framing(client: Any) -> None:
    await client.order("malformed", after_events=1, times=1)
    frame = (await on(client, "chat")).frames[1]
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(frame.removeprefix("data: "))
    await client.order("skip_sequence", after_events=4, times=1)
    numbers = [event["sequence_number"] for event in (await on(client, "respond")).events]
    assert numbers[3:5] == [3, 9]
    await client.order("no_event_lines", times=1)
    assert b"event:" not in (await on(client, "respond")).raw
    await client.order("crlf", times=1)
    raw = (await on(client, "respond")).raw
    assert raw.count(b"\n") == raw.count(b"\r\n") > 0
    await client.order("malformed", times=1)
    with pytest.raises(msgspec.DecodeError):
        _ = (await on(client, "chat", stream=False)).json


@pytest.mark.parametrize("stream", [True, False])
async def test_cut_ends_the_connection_inside_a_frame(client: Any, stream: bool) -> None:
    parts, ended = await raw_parts(client, chat_body(f"{PROMPT} !sandbox:cut=2", stream=stream))
    whole = b"".join(parts)
    assert ended == "eof"
    assert whole.count(b"data: ") == (3 if stream else 0)
    assert not whole.endswith(b"0\r\n\r\n")
    assert not whole.endswith(b"}")
    with pytest.raises(aiohttp.ClientError):
        await client.chat("!sandbox:cut", stream=stream)
    assert (await client.journal())[-1]["ended"] == "cut"


async def test_reset(client: Any) -> None:
    assert await raw_parts(client, chat_body("!sandbox:reset")) == ([], "reset")
    parts, ended = await raw_parts(client, chat_body("!sandbox:reset=2"))
    assert ended == "reset"
    assert b"".join(parts).count(b"data: ") == 2
    assert [row["ended"] for row in await client.journal()] == ["reset", "reset"]


@pytest.mark.parametrize(
    "fault", [{"fault": "split_utf8"}, {"fault": "trickle", "byte_wise": True, "delay": 0}]
)
@pytest.mark.parametrize("stream", [True, False])
async def test_split_borders_leave_the_content_whole(client: Any, fault: Any, stream: bool) -> None:
    plain = await on(client, "chat", stream=stream)
    await client.order(**fault)
    parts, _ = await raw_parts(client, chat_body(PROMPT, stream=stream))
    broken = 0
    for part in parts:
        try:
            part.decode()
        except UnicodeDecodeError:
            broken += 1
    assert broken > 0
    split = await on(client, "chat", stream=stream)
    assert spoken(split) == spoken(plain)


@pytest.mark.parametrize("fault", ["slow_first_byte", "hang", "trickle"])
async def test_a_client_that_hangs_up_is_seen(client: Any, fault: str) -> None:
    await client.order(fault, delay=60)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await on(client, "chat")
    row = await client.last_ended()
    assert row["ended"] == "cancelled"


async def test_delays_only_delay(client: Any) -> None:
    for fault in ("slow_first_byte", "hang", "trickle"):
        await client.order(fault, delay=0, times=1)
        assert (await on(client, "chat")).done


async def test_hanging_up_in_the_middle_of_a_long_answer(client: Any) -> None:
    url = f"{client.base}/chat/completions"
    headers = {"authorization": "Bearer xai-sandbox-alice"}
    async with client.session.post(url, json=chat_body("count to 20000"), headers=headers) as answer:
        await answer.content.readline()
        answer.close()
    row = await client.last_ended()
    assert row["ended"] == "cancelled"
    assert 0 < row["events_sent"] < 40_000


async def test_the_older_search_item(client: Any) -> None:
    await client.order("older_search")
    got = await client.respond("news", tools=[{"type": "web_search"}], stream=True)
    item = got.events[-1]["response"]["output"][1]
    assert set(item) == {"arguments", "call_id", "name", "type", "id", "status"}
    assert not [event for event in got.events if event["type"].startswith("response.web_search_call.")]
