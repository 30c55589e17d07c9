"""Responses over WebSocket in the hands of a test: one socket, frames as sent, events as received."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any, Self

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.headers import parse_extension
from websockets.protocol import Protocol, Side, State
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from support.open_responses import SCHEMA, check_event
from support.processes import Gateway

Json = dict[str, Any]
ENDINGS = frozenset({"response.completed", "response.incomplete", "response.failed", "error"})
MODEL = "grok-3"
_OF_SOCKETS = frozenset({"response.steer.failed"})
"""Events of OpenAI's WebSocket mode only, which the Open Responses document does not describe."""


def socket_url(gateway: Gateway, path: str = "/v1/responses") -> str:
    """Return where a gateway's sockets are."""
    return gateway.url.replace("http://", "ws://") + path


def asking(text: str, **more: Any) -> str:
    """Return the frame of a turn."""
    return json.dumps({"type": "response.create", "model": MODEL, "store": False, "input": text} | more)


def handshake(gateway: Gateway, headers: dict[str, str], path: str = "/v1/responses") -> tuple[int, str]:
    """Ask for a socket, and give it up; return the status (101 if it was opened) and the error code."""
    try:
        connect(socket_url(gateway, path), additional_headers=headers, open_timeout=20).close()
    except InvalidStatus as refused:
        answer = refused.response
        return answer.status_code, str(json.loads(answer.body)["error"]["code"])
    return 101, ""


class Talk:
    """One connection to a gateway.

    Args:
        gateway: Where to.
        subprotocols: What is offered, with commas between; the client sees to it that one is taken.
        headers: Beside the gateway's own, or in place of them.
    """

    def __init__(self, gateway: Gateway, *, subprotocols: str = "", **headers: str) -> None:
        sent = gateway.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection: ClientConnection = connect(
            socket_url(gateway),
            additional_headers=sent,
            subprotocols=[Subprotocol(each) for each in subprotocols.split(", ") if each] or None,
            max_size=None,
            open_timeout=20,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def send(self, frame: Json | str | bytes) -> None:
        """Send one frame; an object is a request of ours unless it has a type."""
        if isinstance(frame, dict):
            frame = json.dumps({"type": "response.create", "model": MODEL, "store": False} | frame)
        self.connection.send(frame)

    def event(self, seconds: float = 20) -> Json:
        """Return the next event."""
        received = self.connection.recv(timeout=seconds)
        assert isinstance(received, str), "events come as text"
        event: Json = json.loads(received)
        _judge(event)
        return event

    def turn(self) -> list[Json]:
        """Return the events of the next turn."""
        events = [self.event()]
        while events[-1]["type"] not in ENDINGS:
            events.append(self.event())
        return events

    def ask(self, input: str | list[Json], **more: Any) -> Json:  # noqa: A002  the field's name
        """Ask for a turn; return its last response object, which must be complete."""
        self.send({"input": input, **more})
        last = self.turn()[-1]
        assert last["type"] == "response.completed", last
        response: Json = last["response"]
        return response

    def refused(self, frame: Json | str | bytes) -> Json:
        """Send a frame that is answered with an error event; return that event."""
        self.send(frame)
        event = self.event()
        assert event["type"] == "error", event
        assert set(event["error"]) == {"type", "code", "message", "param"}
        return event

    def closing(self) -> int:
        """Return the code with which the server closes; nothing may come before."""
        with pytest.raises(ConnectionClosed) as closed:
            self.connection.recv(timeout=20)
        assert closed.value.rcvd is not None, closed.value
        return int(closed.value.rcvd.code)


def _judge(event: Json) -> None:
    if SCHEMA and event["type"].startswith("response.") and event["type"] not in _OF_SOCKETS:
        check_event(event)


def judge_frames(received: bytes, extensions: str) -> None:
    """Check the events that a server wrote on a socket, as far as they came.

    Args:
        received: All bytes after the handshake.
        extensions: The answer's `Sec-WebSocket-Extensions`; permessage-deflate is understood.
    """
    protocol = Protocol(Side.CLIENT, state=State.OPEN, max_size=None)
    if extensions:
        factory = ClientPerMessageDeflateFactory()
        ((_, parameters),) = parse_extension(extensions)
        protocol.extensions = [factory.process_response_params(parameters, [])]
    protocol.receive_data(received)
    text = b""
    for frame in protocol.events_received():
        if isinstance(frame, Frame) and frame.opcode in (Opcode.TEXT, Opcode.CONT):
            text += bytes(frame.data)
            if frame.fin:
                _judge(json.loads(text))
                text = b""


def text_of(response: Json) -> str:
    """Return what the model said."""
    parts = [part for item in response["output"] if item["type"] == "message" for part in item["content"]]
    return "".join(part["text"] for part in parts)
