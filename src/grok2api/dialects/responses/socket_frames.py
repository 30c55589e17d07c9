"""The words of Responses over WebSocket: what a client's frame asks for, and events as frames.

The events are those of the stream; only their framing is taken off. What an HTTP answer says in headers
stands in `headers` of the first frame of a turn, where Codex looks for it too. Must never decode an event.
Source: OpenAI's WebSocket mode (openai-python `ResponsesClientEvent`, `ResponseWsError`); Codex's
`responses_websocket.rs`, whose acknowledgement `response.processed` wants no answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from grok2api.canonical.body import Body
from grok2api.canonical.wire import DONE
from grok2api.dialects.openai_errors import error_object
from grok2api.errors import Grok2ApiError, InvalidRequest, Unsupported

_CREATE = "response.create"
_PROCESSED = "response.processed"
_STEER = "response.steer"
_OWN = frozenset({"type", "stream", "background", "generate", "stream_id"})
"""What a frame has beside the body of the same request over HTTP."""
_LONGEST_LANE = 256
_DATA = b"data: "
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """A turn that was asked for."""

    body: bytes
    """The body of the same request over HTTP, streamed."""
    previous: str | None
    """`previous_response_id`."""
    stored: bool
    """Whether upstream keeps the response."""
    generate: bool
    """False prepares the conversation without asking the model."""
    lane: str | None = None
    """`stream_id`: repeated in every event of the turn."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A frame that cannot be a turn; told in its place in the line."""

    error: Grok2ApiError
    lane: str | None = None


@dataclass(frozen=True, slots=True)
class Aside:
    """A frame that is no turn and is answered at once, or not at all where `answer` is empty."""

    answer: bytes


def read_frame(text: str | None) -> Create | Refused | Aside:
    """Return what a client's frame asks for; None is a frame that was not text."""
    if text is None:
        return Refused(InvalidRequest("Send events as text frames of JSON; binary frames are not read."))
    lane = None
    try:
        body = Body.parse(text.encode())
        lane = _lane(body)
        kind = body.peek("type")
        if kind == _PROCESSED:
            return Aside(b"")
        if kind == _STEER:
            return Aside(_unsteered(body))
        _check_kind(kind)
        return _create(body, lane)
    except Grok2ApiError as error:
        return Refused(error, lane)


def _check_kind(kind: object) -> None:
    if kind is None:
        raise InvalidRequest(
            f"Missing required parameter: 'type'. Send '{_CREATE}'.",
            param="type",
            code="missing_required_parameter",
        )
    if kind != _CREATE:
        shown = str(kind)[:64]
        raise InvalidRequest(
            f"Unknown event type: '{shown}'. Send '{_CREATE}'; to stop a running response, close the socket.",
            param="type",
        )


def _create(body: Body, lane: str | None) -> Create:
    if "response" in body and "model" not in body:
        raise InvalidRequest(
            "The fields of the request belong beside 'type', not in 'response'.", param="response"
        )
    background = body.peek("background")
    if background:
        raise Unsupported(
            "A background response cannot be made over WebSocket. Send POST /v1/responses.",
            param="background",
        )
    generate = body.peek("generate")
    if generate is not None and not isinstance(generate, bool):
        raise InvalidRequest("'generate' must be true or false.", param="generate")
    previous = body.peek("previous_response_id")
    return Create(
        body=body.edited({"stream": True}, _OWN).content(),
        previous=previous if isinstance(previous, str) else None,
        stored=body.peek("store") is not False,
        generate=generate is not False,
        lane=lane,
    )


def _lane(body: Body) -> str | None:
    lane = body.peek("stream_id")
    if lane is not None and (not isinstance(lane, str) or not 0 < len(lane) <= _LONGEST_LANE):
        raise InvalidRequest(
            f"'stream_id' must be a string of 1 to {_LONGEST_LANE} characters.", param="stream_id"
        )
    return lane


def _unsteered(body: Body) -> bytes:
    """Return the event that gives steering input back: Grok takes none while it answers."""
    steer = {name: body.fields[name] for name in ("input", "previous_response_id") if name in body}
    error = {
        "type": "invalid_request_error",
        "code": "steering_not_supported",
        "message": "Grok takes no input while it answers. Send it with the next 'response.create'.",
    }
    return _encode({"type": "response.steer.failed", "sequence_number": 0, "error": error, "steer": steer})


def event_texts(content: bytes) -> Iterator[bytes]:
    """Yield the events in a piece of the stream, which holds whole frames; comments and the end are none."""
    for frame in content.split(b"\n\n"):
        at = frame.find(_DATA)
        if at >= 0 and not frame.startswith(b":"):
            data = frame[at + len(_DATA) :]
            if data != DONE:
                yield data


def with_members(event: bytes, members: Mapping[str, object]) -> bytes:
    """Return an event, which is one JSON object, with members added at its end."""
    if not members:
        return event
    end = event.rindex(b"}")
    return b"%b,%b" % (event[:end], _encode(members)[1:])


def error_text(error: Grok2ApiError, headers: Mapping[str, str], lane: str | None = None) -> bytes:
    """Return the event for a turn that failed before its first one."""
    event: dict[str, object] = {
        "type": "error",
        "status": error.status,
        **error_object(error),
        "headers": headers,
    }
    if lane is not None:
        event["stream_id"] = lane
    return _encode(event)
