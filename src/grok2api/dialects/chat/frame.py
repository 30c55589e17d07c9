"""What surrounds every chunk of a chat stream, written once; and how a stream ends.

Must never differ between the choices of one answer: clients tell chunks apart by their `index` alone.
Source: https://platform.openai.com/docs/api-reference/chat/streaming
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from grok2api.canonical.call import Call
from grok2api.canonical.usage import Usage
from grok2api.dialects.base import View
from grok2api.dialects.chat.answer import completion_id, usage_object
from grok2api.dialects.chat.request import wants_usage

_encode = msgspec.json.Encoder().encode
_DONE = b"data: [DONE]\n\n"


class Frame:
    """The bytes around the choices of every chunk."""

    __slots__ = ("_wants_usage", "close", "end", "head")

    def __init__(self, call: Call, view: View) -> None:
        self._wants_usage = wants_usage(call.body)
        self.head = (
            b"data: " + _encode(answer_head(call, view, "chat.completion.chunk"))[:-1] + b',"choices":['
        )
        self.close = b"]" + (b',"usage":null' if self._wants_usage else b"")
        """After the choices, where more keys may follow."""
        self.end = self.close + b"}\n\n"

    def ending(self, usage: Usage | None) -> bytes:
        """Return what follows the last choice: the usage, if it was asked for, and the mark of the end."""
        if not self._wants_usage:
            return _DONE
        return self.head + b'],"usage":' + _encode(usage_object(usage)) + b"}\n\n" + _DONE


def answer_head(call: Call, view: View, kind: str) -> Mapping[str, object]:
    """Return what a chunk, or the whole object, begins with."""
    return {
        "id": completion_id(call.request_id),
        "object": kind,
        "created": view.created,
        "model": call.model,
    }
