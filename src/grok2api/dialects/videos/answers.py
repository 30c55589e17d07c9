"""Video jobs as clients read them: OpenAI's object, and xAI's answers.

OpenAI's clients are strict about every key, so all of them are always there. Must never show upstream's own
address of a result: it dies, and it needs no key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

State = Literal["queued", "in_progress", "completed", "failed", "expired"]

_ALMOST: Final = 99
_WHOLE: Final = 100
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoView:
    """One job, as it is told.

    Attributes:
        id: Its public id, in OpenAI's form.
        state: `expired` is a failure of OpenAI's.
        progress: Percent.
        created_at: Wall time in seconds; so are the others.
        seconds: Length of the result, or what was asked for.
        remixed_from: Public id of the video that it is made from.
        error_code: Why it failed, or what still keeps it from being completed.
        url: A link to the result; for xAI's form only.
        duration: Exact length of the result.
    """

    id: str
    state: State
    model: str
    prompt: str | None
    progress: int
    created_at: float
    completed_at: float | None
    expires_at: float | None
    seconds: int
    size: str
    remixed_from: str | None
    error_code: str = ""
    error_message: str = ""
    url: str = ""
    duration: float | None = None
    cost_ticks: int | None = None


def video_object(view: VideoView) -> dict[str, Any]:
    """Return OpenAI's video object."""
    return {
        "id": view.id,
        "object": "video",
        "model": view.model,
        "status": "failed" if view.state == "expired" else view.state,
        "progress": _progress(view),
        "created_at": int(view.created_at),
        "completed_at": _moment(view.completed_at),
        "expires_at": _moment(view.expires_at),
        "prompt": view.prompt,
        "size": view.size,
        "seconds": str(view.seconds),
        "remixed_from_video_id": view.remixed_from,
        "error": _error(view),
    }


def video_body(view: VideoView) -> bytes:
    """Return OpenAI's video object as JSON text."""
    return _encode(video_object(view))


def list_body(views: Sequence[VideoView], *, has_more: bool) -> bytes:
    """Return OpenAI's list as JSON text."""
    return _encode(
        {
            "object": "list",
            "data": [video_object(view) for view in views],
            "first_id": views[0].id if views else None,
            "last_id": views[-1].id if views else None,
            "has_more": has_more,
        }
    )


def deleted_body(public_id: str) -> bytes:
    """Return OpenAI's word for a deleted video as JSON text."""
    return _encode({"id": public_id, "object": "video.deleted", "deleted": True})


def request_body(public_id: str) -> bytes:
    """Return xAI's answer to a new job as JSON text."""
    return _encode({"request_id": public_id})


def status_body(view: VideoView) -> tuple[int, bytes]:
    """Return xAI's answer to a question about a job: its status and JSON text."""
    if view.state == "completed":
        video = {"url": view.url, "duration": view.duration or view.seconds, "respect_moderation": True}
        told: dict[str, Any] = {"status": "done", "video": video, "model": view.model, "progress": _WHOLE}
        if view.cost_ticks is not None:
            told["usage"] = {"cost_in_usd_ticks": view.cost_ticks}
        return 200, _encode(told)
    if view.state == "failed":
        return 200, _encode({"status": "failed", "error": _error(view), "model": view.model})
    if view.state == "expired":
        return 200, _encode({"status": "expired", "model": view.model})
    pending: dict[str, Any] = {"status": "pending", "progress": _progress(view), "model": view.model}
    if view.error_code:
        pending["error"] = _error(view)
    return 202, _encode(pending)


def _progress(view: VideoView) -> int:
    return _WHOLE if view.state == "completed" else max(0, min(view.progress, _ALMOST))


def _moment(at: float | None) -> int | None:
    return None if at is None else int(at)


def _error(view: VideoView) -> dict[str, str] | None:
    return {"code": view.error_code, "message": view.error_message} if view.error_code else None
