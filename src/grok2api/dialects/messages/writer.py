"""Writes a turn as the events of a Messages stream, or as one message.

Clients count on the order: a start, blocks that open, grow and close one by one with indices that have no
gap, one delta with the reason, a stop. The text's way is short: what surrounds it is built once per block.
Must never write anything for an answer that failed, but its error.
Source: https://docs.anthropic.com/en/docs/build-with-claude/streaming; openai-compat.md §9.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from grok2api.canonical.call import Call
from grok2api.canonical.events import FinishReason, TextDelta, TurnEvent, TurnFinished
from grok2api.canonical.request_ids import public_id
from grok2api.canonical.usage import Usage
from grok2api.dialects.anthropic_errors import error_body
from grok2api.dialects.messages.answer import blocks_of, message_object, usage_counts
from grok2api.dialects.messages.arrangement import Arrangement, Display, Grew, Opened, Step
from grok2api.dialects.messages.request import stop_sequences
from grok2api.errors import Grok2ApiError
from grok2api.kit.sse import write_frame

_encode = msgspec.json.Encoder().encode
_STOP = write_frame(b"message_stop", b'{"type":"message_stop"}')
_AFTER_TEXT = b"}}\n\n"
_UNTOLD = TurnFinished("stop", None)


class MessagesWriter:
    """One answer in the making."""

    def __init__(self, call: Call, display: Display, sign: Callable[[str], str]) -> None:
        self._request_id = call.request_id
        self._model = call.model
        self._arrangement = Arrangement(display, stop_sequences(call.body), sign)
        self._begun = self._finished = False
        self._index = -1
        self._before_text = b""

    @property
    def may_stop(self) -> bool:
        """Whether the client gave stop strings."""
        return self._arrangement.may_stop

    @property
    def stopped(self) -> bool:
        """Whether a stop string of the client ended the answer; upstream need not go on."""
        return self._arrangement.stopped

    def write(self, events: Sequence[TurnEvent]) -> bytes:
        """Return the stream's bytes for these events, the ending included."""
        out: list[bytes] = []
        for event in events:
            if self._finished:
                break
            if isinstance(event, TextDelta) and self._arrangement.plain:
                if event.text:
                    out.append(self._before_text + _encode(event.text) + _AFTER_TEXT)
                continue
            self._write(self._arrangement.show(event), out)
            if isinstance(event, TurnFinished):
                self._finish(event.reason, event.usage, out)
        return b"".join(out)

    def finish_stopped(self, usage: Usage | None) -> bytes:
        """Return the ending of an answer that a stop string ended; nothing when it has ended already."""
        out: list[bytes] = []
        if not self._finished:
            self._write(self._arrangement.settle(), out)
            self._finish("stop", usage, out)
        return b"".join(out)

    def fail(self, error: Grok2ApiError) -> bytes:
        """Return the bytes that end a stream after an error: no stop, so that nobody takes it for the end."""
        if self._finished:
            return b""
        self._finished = True
        return error_event(error, self._request_id)

    def whole(self, events: Sequence[TurnEvent]) -> bytes:
        """Return the message for a finished turn."""
        steps: list[Step] = []
        for event in events:
            steps += self._arrangement.show(event)
        steps += self._arrangement.settle()
        finished = next((event for event in events if isinstance(event, TurnFinished)), _UNTOLD)
        return _encode(
            message_object(
                self._request_id,
                self._model,
                content=blocks_of(steps),
                stop=self._arrangement.stop(finished.reason),
                usage=finished.usage,
            )
        )

    def _write(self, steps: Iterable[Step], out: list[bytes]) -> None:
        for step in steps:
            if not self._begun:
                self._begin(out)
            if isinstance(step, Opened):
                self._index += 1
                head = b'{"type":"content_block_delta","index":%d,"delta":' % self._index
                self._before_text = (
                    b"event: content_block_delta\ndata: " + head + b'{"type":"text_delta","text":'
                )
                self._event(
                    {"type": "content_block_start", "index": self._index, "content_block": step.block}, out
                )
            elif isinstance(step, Grew):
                self._event({"type": "content_block_delta", "index": self._index, "delta": step.delta}, out)
            else:
                self._event({"type": "content_block_stop", "index": self._index}, out)

    def _begin(self, out: list[bytes]) -> None:
        self._begun = True
        message = message_object(self._request_id, self._model, content=[], stop=(None, None), usage=None)
        self._event({"type": "message_start", "message": message}, out)

    def _finish(self, reason: FinishReason, usage: Usage | None, out: list[bytes]) -> None:
        self._finished = True
        if not self._begun:
            self._begin(out)
        stop_reason, stop_sequence = self._arrangement.stop(reason)
        delta = {"stop_reason": stop_reason, "stop_sequence": stop_sequence}
        self._event({"type": "message_delta", "delta": delta, "usage": usage_counts(usage)}, out)
        out.append(_STOP)

    @staticmethod
    def _event(event: dict[str, object], out: list[bytes]) -> None:
        out.append(write_frame(str(event["type"]).encode(), _encode(event)))


def error_event(error: Grok2ApiError, request_id: str) -> bytes:
    """Return the event that ends a stream after an error."""
    return write_frame(b"error", error_body(error, public_id(request_id)))
