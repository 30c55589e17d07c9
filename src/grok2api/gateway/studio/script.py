"""What xAI's Responses would say of a picture or a clip, had it been a turn of a model of text.

So every dialect tells it with the reader or forwarder that it has. Must never claim that upstream keeps the
response: it never heard of it.
Source: xai-api.md §2.3, §3.2.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from grok2api.canonical.usage import Usage
from grok2api.kit.sse import Frame

_LONGEST_DELTA: Final = 16_384
"""Characters."""
_encode = msgspec.json.Encoder().encode


class Script:
    """The frames of one answer, or its one object.

    Args:
        model: Upstream's id of the model.
        now: Tells the time, in Unix seconds.
    """

    def __init__(self, model: str, now: Callable[[], float]) -> None:
        self._id = str(uuid.uuid4())
        self._model = model
        self._now = now
        self._created = int(now())
        self._number = 0
        self._thought = ""

    def opening(self) -> list[Frame]:
        """Return the beginning of the stream."""
        begun = self._response("in_progress", [], None)
        return [
            self._frame("response.created", response=begun),
            self._frame("response.in_progress", response=begun),
        ]

    def thinking(self, text: str) -> list[Frame]:
        """Return a piece of what is shown while the answer is made."""
        frames = [] if self._thought else self._thought_begins()
        self._thought += text
        place = {"item_id": f"rs_{self._id}", "output_index": 0, "summary_index": 0}
        return [*frames, self._frame("response.reasoning_summary_text.delta", **place, delta=text)]

    def answer(self, text: str, usage: Usage | None) -> list[Frame]:
        """Return the answer and the end of the stream."""
        frames = self._thought_ends() if self._thought else []
        index, message = len(self._thoughts()), self._message("in_progress", [])
        place = {"item_id": message["id"], "output_index": index, "content_index": 0}
        part, finished = self._part(""), self._message("completed", [self._part(text)])
        return [
            *frames,
            self._frame("response.output_item.added", output_index=index, item=message),
            self._frame("response.content_part.added", **place, part=part),
            *(
                self._frame("response.output_text.delta", **place, delta=piece, logprobs=[])
                for piece in _pieces(text)
            ),
            self._frame("response.output_text.done", **place, text=text, logprobs=[]),
            self._frame("response.content_part.done", **place, part=self._part(text)),
            self._frame("response.output_item.done", output_index=index, item=finished),
            self._frame(
                "response.completed",
                response=self._response("completed", [*self._thoughts(), finished], usage),
            ),
        ]

    def whole(self, text: str, usage: Usage | None) -> bytes:
        """Return the one object."""
        message = self._message("completed", [self._part(text)])
        return _encode(self._response("completed", [message], usage))

    def _thought_begins(self) -> list[Frame]:
        item = {"id": f"rs_{self._id}", "type": "reasoning", "status": "in_progress", "summary": []}
        place = {"item_id": item["id"], "output_index": 0, "summary_index": 0}
        part = {"type": "summary_text", "text": ""}
        return [
            self._frame("response.output_item.added", output_index=0, item=item),
            self._frame("response.reasoning_summary_part.added", **place, part=part),
        ]

    def _thought_ends(self) -> list[Frame]:
        (item,) = self._thoughts()
        place = {"item_id": item["id"], "output_index": 0, "summary_index": 0}
        return [
            self._frame("response.reasoning_summary_text.done", **place, text=self._thought),
            self._frame("response.reasoning_summary_part.done", **place, part=item["summary"][0]),
            self._frame("response.output_item.done", output_index=0, item=item),
        ]

    def _thoughts(self) -> list[dict[str, Any]]:
        summary = [{"type": "summary_text", "text": self._thought}]
        item = {"id": f"rs_{self._id}", "type": "reasoning", "status": "completed", "summary": summary}
        return [item] if self._thought else []

    def _message(self, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
        message = {"id": f"msg_{self._id}", "type": "message", "role": "assistant"}
        return {**message, "status": status, "content": content}

    @staticmethod
    def _part(text: str) -> dict[str, Any]:
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}

    def _response(self, status: str, output: list[dict[str, Any]], usage: Usage | None) -> dict[str, Any]:
        return {
            "id": self._id,
            "object": "response",
            "created_at": self._created,
            "completed_at": int(self._now()) if status == "completed" else None,
            "status": status,
            "model": self._model,
            "output": output,
            "store": False,
            "error": None,
            "incomplete_details": None,
            "usage": None if usage is None else _usage(usage),
        }

    def _frame(self, kind: str, **members: object) -> Frame:
        number, self._number = self._number, self._number + 1
        return Frame(kind.encode(), _encode({"type": kind, "sequence_number": number, **members}))


def _pieces(text: str) -> Iterator[str]:
    """Yield a text in pieces that every client's parser takes; a picture may be megabytes of it."""
    for start in range(0, len(text), _LONGEST_DELTA):
        yield text[start : start + _LONGEST_DELTA]


def _usage(usage: Usage) -> Mapping[str, Any]:
    told: dict[str, Any] = {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
    }
    return told if usage.cost_ticks is None else {**told, "cost_in_usd_ticks": usage.cost_ticks}
