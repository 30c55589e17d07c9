"""What xAI says of a video job: that it was taken, how far it is, what came of it.

A job that failed is told with status 200, one that is under way with 202 and perhaps without a body; what xAI
withholds is a result without an address. Must never decide what becomes of a job.
Source: xai-api.md §2.6.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec

Stage = Literal["pending", "done", "failed", "expired"]

_ACCEPTED: Final = 202
_DONE: Final = 100
_DAY: Final = 86_400
_MOST_TICKS: Final = 2**53
_LONGEST_ID: Final = 255
_SAFETY: Final = ("content violates usage guidelines", "safety_check_type", "moderat")


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoStatus:
    """How a job stands.

    Attributes:
        progress: Percent, 0 to 100; None where upstream does not say.
        url: Where the result can be fetched for a while; empty where there is none.
        withheld: Whether upstream made it and does not give it out.
        duration: Seconds of the result.
        cost_ticks: What it cost; 1 USD = 10^10.
        error: Upstream's error object of a job that failed; for the classifier only.
    """

    stage: Stage
    progress: int | None = None
    url: str = field(default="", repr=False)
    withheld: bool = False
    duration: float | None = None
    cost_ticks: int | None = None
    error: dict[str, object] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Whether the content was refused, be it before or after it was made."""
        text = str(self.error.get("message", "")).lower()
        return self.withheld or any(marker in text for marker in _SAFETY)


def taken_id(content: bytes) -> str:
    """Return upstream's id of a job that it has just taken.

    Raises:
        ValueError: the answer names none.
    """
    value = _object(content).get("request_id")
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ID:
        raise ValueError("the answer names no job")
    return value


def read_status(status: int, content: bytes) -> VideoStatus:
    """Read the answer to a question about a job.

    Raises:
        ValueError: it cannot be read.
    """
    if status == _ACCEPTED and not content.strip():
        return VideoStatus(stage="pending")
    told = _object(content)
    stage = told.get("status")
    ticks = _ticks(told.get("usage"))
    if stage == "failed":
        error = told.get("error")
        return VideoStatus(stage="failed", cost_ticks=ticks, error=error if isinstance(error, dict) else {})
    if stage == "expired":
        return VideoStatus(stage="expired", cost_ticks=ticks)
    if stage == "done":
        return _result(told, ticks)
    if stage == "pending" or status == _ACCEPTED:
        return VideoStatus(stage="pending", progress=_percent(told.get("progress")))
    raise ValueError("the answer names no state")


def _result(told: dict[str, Any], ticks: int | None) -> VideoStatus:
    video = told.get("video")
    video = video if isinstance(video, dict) else {}
    url = video.get("url")
    url = url if isinstance(url, str) else ""
    return VideoStatus(
        stage="done",
        progress=_DONE,
        url=url,
        withheld=video.get("respect_moderation") is False or not url,
        duration=_seconds(video.get("duration")),
        cost_ticks=ticks,
    )


def _object(content: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except RecursionError:
        raise ValueError("the answer is nested too deeply") from None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _seconds(value: object) -> float | None:
    number = _number(value)
    return number if number is not None and 0 < number < _DAY else None


def _percent(value: object) -> int | None:
    number = _number(value)
    return None if number is None else int(max(0.0, min(_DONE - 1.0, number)))


def _ticks(usage: object) -> int | None:
    value = usage.get("cost_in_usd_ticks") if isinstance(usage, dict) else None
    return min(value, _MOST_TICKS) if type(value) is int and value >= 0 else None
