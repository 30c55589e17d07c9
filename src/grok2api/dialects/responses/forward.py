"""Upstream's Responses answer as the client reads it: deltas travel as bytes, envelopes are patched.

The client sees one response from `response.created` to one terminal event and `[DONE]`, whatever
upstream sends between. Must never write anything of a failure that upstream reports: the gateway
classifies it first, and may try again.
Source: product rule 4 of §8; openai-python's stream events; Open Responses streaming.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from grok2api.canonical.usage import Usage
from grok2api.canonical.wire import DONE, event_type
from grok2api.dialects.base import Answer, Ending, Heard
from grok2api.dialects.responses.calls import ARGUMENTS_DONE
from grok2api.dialects.responses.envelope import (
    Echo,
    ResponseStatus,
    public_response,
    status_of,
    usage_of,
    whole_response,
)
from grok2api.dialects.responses.eventlog import EventLog
from grok2api.dialects.responses.failed import failed_error
from grok2api.dialects.responses.items import JsonObject
from grok2api.dialects.responses.story import SEARCH_STEPS, Story
from grok2api.errors import Grok2ApiError
from grok2api.kit.sse import Frame

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_split = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

_BEGINNINGS = frozenset({"response.created", "response.queued", "response.in_progress"})
_TERMINALS = frozenset({"response.completed", "response.incomplete"})
_TOLD = frozenset(
    {
        "response.output_text.done",
        "response.refusal.done",
        "response.reasoning_summary_text.done",
        "response.reasoning_text.done",
        "response.reasoning.done",
    }
)


class _Opening(NamedTuple):
    """A response that only begins, as it was written for the client."""

    upstream: Mapping[str, Any]
    status: ResponseStatus
    written: msgspec.Raw


class ResponsesForwarder:
    """The presenter of one attempt.

    Args:
        echo: What the response object repeats of its request.
        request_id: Names the response should it fail before upstream gave it an id.
    """

    def __init__(self, echo: Echo, request_id: str) -> None:
        self._echo = echo
        self._request_id = request_id
        self._log = EventLog()
        self._story = Story(echo.sealer, echo.outgoing, self._log)
        self._response: Mapping[str, Any] = {}
        self._upstream_id = self._public_id = ""
        self._given: msgspec.Raw | None = None
        self._opening: _Opening | None = None
        self._told: set[str] = set()
        self._over = False
        self._answer: Answer | None = None
        self._whole_text = ""
        self.answering = False
        self.ending: Ending | None = None

    @property
    def answer(self) -> Answer | None:
        """Return the finished response."""
        return self._answer

    @property
    def heard(self) -> Heard:
        """Return what has come of the answer."""
        return Heard(self._whole_text) if self._whole_text else self._story.heard

    def feed(self, frames: Sequence[Frame]) -> bytes:
        """Return the client's bytes for these frames.

        Raises:
            ValueError: an event cannot be read; what came before it is kept for `fail`.
        """
        for frame in frames:
            if self._over or self.ending is not None:
                break
            if self._story.again(frame):
                continue
            kind = event_type(frame)
            if kind.startswith(b"response."):
                if kind.endswith(b".delta"):
                    self._begin_answer()
                    self._story.delta(kind, frame)
                else:
                    self._event(kind.decode("utf-8", "replace"), frame.data)
            elif frame.data != DONE:
                self._foreign(kind, frame.data)
        return self._log.take()

    def finish(self) -> bytes:
        """Return nothing: a stream without its terminal event has not ended well."""
        return self._log.take()

    def fail(self, error: Grok2ApiError) -> bytes:
        """Return the bytes that end the stream after an error: one `response.failed`, then `[DONE]`."""
        if self._over:
            return b""
        if "response.created" not in self._told:
            self._open("response.created")
        self._envelope(
            "response.failed",
            self._response,
            "failed",
            usage=usage_of(self._response),
            error=failed_error(error),
        )
        self._end(self.ending or Ending("failed"))
        return self._log.take()

    def whole(self, content: bytes) -> bytes:
        """Return the body for upstream's non-streamed answer; empty at a failure, which `ending` tells.

        Raises:
            ValueError: it is not a response object.
        """
        response = decoded(content)
        self.answering = self._over = True
        usage = usage_of(response)
        if response.get("status") == "failed" or ("error" in response and "output" not in response):
            self.ending = Ending("failed", usage, failure=failure_in(response))
            return b""
        public = whole_response(response, self._echo, usage)
        self.ending = Ending("incomplete" if public["status"] == "incomplete" else "completed", usage)
        self._answer = Answer(public["id"], public["output"], response)
        self._whole_text = public["output_text"]
        return _encode(public)

    def _event(self, kind: str, data: bytes) -> None:
        if kind in _BEGINNINGS:
            self._begun(kind, data)
        elif kind in _TERMINALS:
            self._finished(kind, decoded(data))
        elif kind == "response.failed":
            self._failed(decoded(data))
        else:
            self._begin_answer()
            self._item_event(kind, data)

    def _item_event(self, kind: str, data: bytes) -> None:
        story = self._story
        story.pause()
        if kind == "response.output_item.added":
            story.item_added(decoded(data))
        elif kind == "response.output_item.done":
            story.item_done(decoded(data))
        elif kind in _TOLD:
            story.part_told(kind, decoded(data))
        elif kind in {"response.content_part.added", "response.reasoning_summary_part.added"}:
            story.part_opened(decoded(data))
        elif kind in {"response.content_part.done", "response.reasoning_summary_part.done"}:
            story.part_closed(decoded(data))
        elif kind == "response.output_text.annotation.added":
            story.annotated(decoded(data))
        elif kind == ARGUMENTS_DONE:
            story.arguments_told(decoded(data))
        elif kind in SEARCH_STEPS:
            story.searched(kind, decoded(data))
        else:
            story.passed(kind, data)

    def _foreign(self, kind: bytes, data: bytes) -> None:
        """Take an event that is not of a response: an error, or something that clients do not know."""
        if kind == b"error" or (not kind and b'"error"' in data):
            event = decoded(data)
            if kind or event.get("error"):
                self._failed(event)

    def _begun(self, kind: str, data: bytes) -> None:
        given = _split(data).get("response")
        if given is not None and given != self._given:
            self._given, response = given, _decode(given)
            if isinstance(response, dict):
                self._response = response
        if self.answering or kind in self._told:
            return
        if kind != "response.created":
            self._created()
        self._open(kind, "queued" if kind == "response.queued" else "in_progress")

    def _created(self) -> None:
        if "response.created" not in self._told:
            self._open("response.created")

    def _begin_answer(self) -> None:
        """Tell the beginning that upstream skipped, and that the answer has come."""
        if self.answering:
            return
        self._created()
        if "response.in_progress" not in self._told:
            self._open("response.in_progress")
        self.answering = True

    def _finished(self, kind: str, event: Mapping[str, Any]) -> None:
        response = event.get("response")
        if not isinstance(response, dict):
            raise ValueError(f"{kind} without a response")
        status = status_of(response)
        if status == "failed":
            self._failed(event)
            return
        if not self._response:
            self._response = {**response, "usage": None}
        self._begin_answer()
        self._story.finish(response.get("output"))
        cut = "incomplete" in {status, kind.removeprefix("response.")}
        end: Literal["completed", "incomplete"] = "incomplete" if cut else "completed"
        usage = usage_of(response)
        self._envelope(f"response.{end}", response, end, usage=usage)
        self._answer = Answer(self._public_id, self._story.output, response)
        self._end(Ending(end, usage))

    def _failed(self, event: Mapping[str, Any]) -> None:
        response = event.get("response")
        usage = None
        if isinstance(response, dict):
            usage = usage_of(response)
            self._response = {**self._response, **response}
        self.ending = Ending("failed", usage, failure=failure_in(event))

    def _end(self, ending: Ending) -> None:
        self._log.end()
        self.ending = ending
        self._over = True

    def _envelope(
        self,
        kind: str,
        response: Mapping[str, Any],
        status: ResponseStatus,
        *,
        usage: Usage | None,
        error: JsonObject | None = None,
    ) -> None:
        public = public_response(
            response,
            self._echo,
            public_id=self._identify(response),
            output=self._story.output,
            status=status,
            usage=usage,
            error=error,
        )
        self._told.add(kind)
        self._log.event(kind, {"response": public})

    def _open(self, kind: str, status: ResponseStatus = "in_progress") -> None:
        """Tell a beginning; upstream says the same response twice, so it is written once."""
        response, opening = self._response, self._opening
        if opening is None or opening.upstream is not response or opening.status != status:
            public = public_response(
                response, self._echo, public_id=self._identify(response), output=[], status=status
            )
            opening = self._opening = _Opening(response, status, msgspec.Raw(_encode(public)))
        self._told.add(kind)
        self._log.event(kind, {"response": opening.written})

    def _identify(self, response: Mapping[str, Any]) -> str:
        """Return the response's public id: the one already told, unless upstream named it only later."""
        identifier = response.get("id")
        if isinstance(identifier, str) and identifier:
            if identifier != self._upstream_id:
                self._upstream_id, self._public_id = identifier, self._echo.sealer.response(identifier)
        elif not self._public_id:
            self._public_id = self._echo.sealer.unborn(self._request_id)
        return self._public_id


def decoded(data: bytes) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        ValueError: it is not one.
    """
    try:
        value = _decode(data)
    except RecursionError:
        raise ValueError("JSON that is nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("JSON that is not an object")
    return value


def failure_in(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return upstream's own error object, wherever it stands."""
    response = event.get("response")
    inner = response.get("error") if isinstance(response, dict) else None
    for error in (inner, event.get("error")):
        if isinstance(error, dict):
            return error
    return event
