"""Pieces of a transcript as subtitles: SubRip and WebVTT, exact to the millisecond.

Must never write a cue that a reader could take for two, or for markup.
Source: https://www.w3.org/TR/webvtt1/ §4; SubRip has no document but its readers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grok2api.dialects.audio.segments import Segment


def srt(segments: Sequence[Segment]) -> str:
    """Return SubRip; empty where nothing was said."""
    cues = (
        f"{number}\n{clock(start, ',')} --> {clock(end, ',')}\n{text.replace('-->', '->')}\n"
        for number, (start, end, text) in enumerate(_cues(segments), 1)
    )
    return "\n".join(cues)


def vtt(segments: Sequence[Segment]) -> str:
    """Return WebVTT; only its first line where nothing was said."""
    cues = (
        f"\n{clock(start, '.')} --> {clock(end, '.')}\n{_escaped(text)}\n"
        for start, end, text in _cues(segments)
    )
    return "WEBVTT\n" + "".join(cues)


def clock(milliseconds: int, point: str) -> str:
    """Return a time as `00:00:00,000`; hours take more digits where they need them."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{point}{rest:03d}"


def _cues(segments: Sequence[Segment]) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, text) in milliseconds: text on one line, each cue a moment long at least."""
    for segment in segments:
        if text := " ".join(segment.text.split()):
            start, end = round(segment.start * 1000), round(segment.end * 1000)
            yield start, max(end, start + 1), text


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
