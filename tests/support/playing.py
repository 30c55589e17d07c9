"""FFmpeg, in the shape of PyAV, as the judge of what is made: does it play, how long, how large."""

from __future__ import annotations

import io
from dataclasses import dataclass

import av


@dataclass(frozen=True, slots=True)
class Played:
    """What a player found in a clip; `seconds` is its length as its container says."""

    codec: str
    width: int
    height: int
    frames: int
    seconds: float


def play_clip(content: bytes) -> Played:
    """Decode every picture of a clip. Raises: av.FFmpegError where a player would stop."""
    with av.open(io.BytesIO(content), mode="r") as clip:
        stream = clip.streams.video[0]
        stream.codec_context.options = {"err_detect": "explode"}
        frames = sum(1 for _ in clip.decode(stream))
        assert clip.duration is not None
        return Played(
            stream.codec_context.name, stream.width, stream.height, frames, clip.duration / av.time_base
        )


def sound_seconds(content: bytes) -> float:
    """Decode a whole sound and return its length in seconds. Raises: av.FFmpegError."""
    with av.open(io.BytesIO(content), mode="r") as sound:
        stream = sound.streams.audio[0]
        return float(sum(frame.samples / frame.sample_rate for frame in sound.decode(stream)))
