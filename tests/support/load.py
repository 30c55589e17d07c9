"""Many requests of all kinds at once, from a fixed seed, each with a tag that upstream and ledger see too.

The tag is sent as the request's id and stands in its prompt, so that a row of the ledger and a call of the
sandbox's journal can be brought together without trusting the gateway's own ids.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from support.observing import chat_text, events_of, finish_reasons, responses_text
from support.processes import Gateway
from support.witness import judge

CHAT, RESPONSES = "/chat/completions", "/responses"
TOOL = "get_weather"
COUNTED = 30
HANG_UPS = WRONG = 0.05
_CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request to send."""

    tag: str
    path: str
    content: bytes
    stream: bool
    says: str = ""
    """How the text of the answer ends; empty where a call of the tool is expected."""
    wrong: bool = False
    leave_after: float | None = None
    """Seconds after which the client hangs up; None if it stays."""

    @property
    def valid(self) -> bool:
        return not self.wrong and self.leave_after is None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the client saw; status 0 means that it broke off, `ended` is on the event loop's clock."""

    ask: Ask
    status: int
    body: bytes
    ended: float

    @property
    def whole(self) -> bool:
        """Whether a valid request got all of the right answer."""
        return self.status == 200 and _is_right(self.ask, self.body)


def mixed(name: str, count: int, seed: int) -> Iterator[Ask]:
    """Yield requests of both dialects, streamed and whole, with tools; some are wrong, some hang up."""
    chance = Random(seed)  # noqa: S311  a run that can be repeated
    for number in range(count):
        tag = f"{name}-{number:05d}"
        path, stream = chance.choice((CHAT, RESPONSES)), chance.random() < 0.5
        text, says = chance.choice(
            (
                (f"say exactly: {tag}", tag),
                (f"{tag} count to {COUNTED}", str(COUNTED)),
                (tool_prompt(tag), ""),
            )
        )
        fate = chance.random()
        yield Ask(
            tag=tag,
            path=path,
            content=_wrong(chance, path, text) if fate < WRONG else content_of(path, text, stream, not says),
            stream=stream,
            says=says,
            wrong=fate < WRONG,
            leave_after=chance.uniform(0, 0.05) if WRONG <= fate < WRONG + HANG_UPS else None,
        )


def hanging_up(name: str, count: int, seed: int, longest: float) -> Iterator[Ask]:
    """Yield requests whose answers last far longer than `longest` seconds, within which the client leaves."""
    chance = Random(seed)  # noqa: S311  a run that can be repeated
    kinds = (("trickle=0.02", True), ("trickle=0.02", True), ("slow_first_byte=60", True), ("hang=60", False))
    for number in range(count):
        tag = f"{name}-{number:05d}"
        path = chance.choice((CHAT, RESPONSES))
        fault, stream = chance.choice(kinds)
        yield Ask(
            tag=tag,
            path=path,
            content=content_of(path, f"{tag} count to 500 !sandbox:{fault}", stream),
            stream=stream,
            leave_after=chance.uniform(0, longest),
        )


def counting(tag: str, path: str, last: int, pause: float) -> Ask:
    """Return a request for a stream that tells numbers with a pause, in seconds, after every event."""
    text = f"{tag} count to {last} !sandbox:trickle={pause}"
    return Ask(tag=tag, path=path, content=content_of(path, text, True), stream=True, says=str(last))


async def send_all(
    gateway: Gateway,
    asks: Iterable[Ask],
    *,
    at_once: int,
    seen: Callable[[Outcome], bool] = lambda _: True,
) -> list[Outcome]:
    """Send requests, so many at a time; return what came of them.

    Args:
        seen: Told every outcome as it comes; False stops the sender that had it.
    """
    waiting = iter(asks)
    outcomes: list[Outcome] = []
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=_SECONDS)

    async def sender(session: aiohttp.ClientSession) -> None:
        for ask in waiting:
            outcome = await (
                _send(session, gateway, ask) if ask.leave_after is None else _leave(gateway, ask)
            )
            outcomes.append(outcome)
            if not seen(outcome):
                return

    async with (
        aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(at_once):
            group.create_task(sender(session))
    return outcomes


async def _send(session: aiohttp.ClientSession, gateway: Gateway, ask: Ask) -> Outcome:
    """Send a request and read its answer; what came before a connection broke is kept."""
    status, body = 0, b""
    try:
        async with session.post(
            gateway.base_url + ask.path, data=ask.content, headers=headers(gateway, ask)
        ) as answer:
            status = answer.status
            async for piece in answer.content.iter_any():
                body += piece
            named = {name.lower(): value for name, value in answer.headers.items()}
            judge(f"/v1{ask.path}", "POST", status, named, body)
    except (aiohttp.ClientError, OSError):
        status = 0
    return Outcome(ask, status, body, asyncio.get_running_loop().time())


async def _leave(gateway: Gateway, ask: Ask) -> Outcome:
    """Send a whole request and hang up after its time, whatever has come by then."""
    address = urlsplit(gateway.url)
    head = [f"POST /v1{ask.path} HTTP/1.1", f"Host: {address.netloc}", f"Content-Length: {len(ask.content)}"]
    head += [f"{name}: {value}" for name, value in headers(gateway, ask).items()]
    got = b""
    with suppress(OSError):  # a TimeoutError is one too
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + ask.content)
        try:
            async with asyncio.timeout(ask.leave_after):
                while piece := await reader.read(65536):
                    got += piece
        finally:
            writer.transport.abort()
    return Outcome(ask, 0, got, asyncio.get_running_loop().time())


def headers(gateway: Gateway, ask: Ask) -> dict[str, str]:
    """Return the headers of a request."""
    return {**gateway.headers, "Content-Type": "application/json", "X-Request-Id": ask.tag}


def tool_prompt(tag: str) -> str:
    return f"What is the weather in Paris? ({tag})"


def _body(path: str, text: str, stream: bool) -> dict[str, Any]:
    said: dict[str, Any] = {"input": text}
    if path == CHAT:
        said = {"messages": [{"role": "user", "content": text}]}
    return {"model": "grok-3", "stream": stream, **said}


def content_of(path: str, text: str, stream: bool, tool: bool = False) -> bytes:
    body = _body(path, text, stream)
    if tool:
        function = {"name": TOOL, "description": "The weather of a city.", "parameters": _CITY}
        body["tools"] = [{"type": "function"} | ({"function": function} if path == CHAT else function)]
    return json.dumps(body).encode()


def _wrong(chance: Random, path: str, text: str) -> bytes:
    body = _body(path, text, stream=chance.random() < 0.5)
    whole = json.dumps(body).encode()
    return chance.choice(
        (
            whole[:-2],
            json.dumps(body | {"temperature": "warm"}).encode(),
            json.dumps(body | {"model": "no-such-model"}).encode(),
        )
    )


def _is_right(ask: Ask, body: bytes) -> bool:
    if ask.stream and not body.endswith(b"data: [DONE]\n\n"):
        return False
    if not ask.says:
        return TOOL.encode() in body and _ended(ask, body)
    return _text(ask, body).endswith(ask.says) and _ended(ask, body)


def _ended(ask: Ask, body: bytes) -> bool:
    """Tell whether the answer says of itself that it is complete."""
    if ask.path == RESPONSES:
        mark = b'"status":"completed"'
        return mark in body.replace(b": ", b":") and b"response.failed" not in body
    if not ask.stream:
        return bool(json.loads(body)["choices"][0]["finish_reason"])
    return len(finish_reasons(events_of(body))) == 1


def _text(ask: Ask, body: bytes) -> str:
    if ask.stream:
        return (chat_text if ask.path == CHAT else responses_text)(events_of(body))
    answer = json.loads(body)
    if ask.path == CHAT:
        return str(answer["choices"][0]["message"]["content"])
    parts = [part for item in answer["output"] if item["type"] == "message" for part in item["content"]]
    return "".join(part["text"] for part in parts)
