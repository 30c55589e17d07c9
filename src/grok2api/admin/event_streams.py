"""How the admin API answers with a stream of events, and how the document says so.

Must never be kept back by a proxy on the way: such a stream is worth nothing once it is late.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from starlette.responses import StreamingResponse

DESCRIBED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
}
_HEADERS: Final = {"cache-control": "no-cache", "x-accel-buffering": "no"}


def event_stream(frames: AsyncIterator[bytes]) -> StreamingResponse:
    """Return the answer that tells these frames as they come."""
    return StreamingResponse(frames, media_type="text/event-stream", headers=_HEADERS)
