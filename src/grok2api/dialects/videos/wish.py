"""What a client wishes of a video, whatever it was asked for in, and the request to xAI that says so.

Pure: nothing here is sent. Must never name a source in the client's words once it is a wish: ids are xAI's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec

from grok2api.canonical.dispatch import Dispatch

Operation = Literal["generations", "edits", "extensions"]
Form = Literal["openai", "xai"]

Source = Mapping[str, str]
"""A picture, a clip or a sound as xAI is told of it: `url`, `file_id` or `voice_id`."""

USUAL_SECONDS: Final = 8
USUAL_EXTENSION: Final = 6


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A picture at a moment."""

    image: Source
    at: float
    """Seconds from the beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoWish:
    """One wish; what is None is left to xAI.

    Attributes:
        model: The public model.
        clip: What is edited or extended, if it is named by address or is a file of xAI's.
        clip_job: The public id of a video of ours that is edited or extended instead.
        clip_sent: Whether the clip came along with the request.
        shown_seconds: The length that the client is told of until the result is there.
        shown_size: The size that the client is told of.
        pin: Hash of the account that holds a file which is named.
        pinned_by: The path of that file in the request.
        dropped: Paths of what is left out, to be named.
    """

    operation: Operation = "generations"
    form: Form = "openai"
    model: str
    prompt: str = ""
    seconds: int | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    image: Source | None = field(default=None, repr=False)
    references: tuple[Source, ...] = field(default=(), repr=False)
    last_frame: Source | None = field(default=None, repr=False)
    keyframes: tuple[Keyframe, ...] = field(default=(), repr=False)
    audios: tuple[Source, ...] = field(default=(), repr=False)
    generate_audio: bool | None = None
    user: str | None = None
    clip: Source | None = field(default=None, repr=False)
    clip_job: str = ""
    clip_sent: bool = False
    shown_seconds: int
    shown_size: str
    pin: bytes | None = None
    pinned_by: str | None = None
    dropped: tuple[str, ...] = ()


def dispatch(wish: VideoWish, upstream_model: str, clip: Source | None = None) -> Dispatch:
    """Return the request to xAI.

    Args:
        wish: What is wished.
        upstream_model: Who shall make it.
        clip: What is edited or extended, once it is where xAI finds it.
    """
    body: dict[str, Any] = {"model": upstream_model}
    if wish.prompt:
        body["prompt"] = wish.prompt
    source = clip or wish.clip
    if source is not None:
        body["video"] = dict(source)
    told: dict[str, Any] = {
        "duration": wish.seconds,
        "aspect_ratio": wish.aspect_ratio,
        "resolution": wish.resolution,
        "image": wish.image,
        "reference_images": list(wish.references) or None,
        "last_frame": wish.last_frame,
        "keyframes": [{"image": each.image, "timestamp_s": each.at} for each in wish.keyframes] or None,
        "reference_audios": list(wish.audios) or None,
        "generate_audio": wish.generate_audio,
        "user": wish.user,
    }
    body |= {name: value for name, value in told.items() if value is not None}
    return Dispatch(
        method="POST",
        path=f"/videos/{wish.operation}",
        content=msgspec.json.encode(body),
        repeatable=False,
    )
