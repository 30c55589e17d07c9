"""The events of a stream of pictures, in the words that OpenAI's clients read.

Grok draws in one go, so what is shown of a picture before it comes is one small preview of it. A stream that
ends with an error has no sign of success. Must never write an event whose clients' required keys are missing.
Source: openai-python's `ImageGenCompletedEvent`, `ImageGenPartialImageEvent` and their twins of edits.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from grok2api.dialects import openai_errors
from grok2api.dialects.images.answer import ImageUsage, Shown, base64_text
from grok2api.errors import Grok2ApiError
from grok2api.kit.sse import write_frame


@dataclass(frozen=True, slots=True, kw_only=True)
class EventWriter:
    """Writes the events of one request."""

    edits: bool
    created: int
    """Unix seconds."""
    quality: str = "auto"

    def preview(self, shown: Shown, content: bytes, mime: str) -> bytes:
        """Return the partial picture that comes before a finished one."""
        event = self._event("partial_image", content, mime, shown.size) | {"partial_image_index": 0}
        return _frame(event)

    def completed(self, shown: Shown, content: bytes, usage: ImageUsage) -> bytes:
        """Return a finished picture, with what it used; its link, too, where one was asked for."""
        event = self._event("completed", content, shown.mime, shown.size)
        event["usage"] = usage.told_to_clients()
        if shown.url:
            event["url"] = shown.url
        if shown.revised_prompt is not None:
            event["revised_prompt"] = shown.revised_prompt
        return _frame(event)

    def _event(self, name: str, content: bytes, mime: str, size: str) -> dict[str, object]:
        return {
            "type": f"{'image_edit' if self.edits else 'image_generation'}.{name}",
            "b64_json": base64_text(content),
            "created_at": self.created,
            "size": size,
            "quality": self.quality,
            "background": "opaque",
            "output_format": mime.removeprefix("image/"),
        }


def error_event(error: Grok2ApiError) -> bytes:
    """Return the bytes that end a stream after an error."""
    content = msgspec.json.encode({"type": "error", **openai_errors.error_object(error)})
    return write_frame(b"error", content)


def _frame(event: dict[str, object]) -> bytes:
    return write_frame(str(event["type"]).encode(), msgspec.json.encode(event))
