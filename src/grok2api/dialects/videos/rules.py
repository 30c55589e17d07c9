"""What each of Grok's video models can do, told before a request is sent: a refusal there may be billed.

A model that is not in the table is taken to do everything, so that a new one works at once.
Must never change a wish: it is carried out as it is, or refused by name.
Source: xai-api.md §2.6, §4.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from grok2api.dialects.videos.wish import VideoWish
from grok2api.errors import Grok2ApiError, InvalidRequest, Unsupported

LONGEST: Final = 15
LONGEST_BY_REFERENCE: Final = 10
EXTENSION: Final = (2, 10)
_FIRST, _LATER, _LITE = "grok-imagine-video", "grok-imagine-video-1.5", "grok-imagine-video-1.5-lite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """What one model can do."""

    full_hd: bool = True
    last_frame: bool = True
    keyframes: bool = True
    audios: bool = True
    references: bool = True
    edits: bool = True


_EVERYTHING: Final = Skill()
SKILLS: Final[Mapping[str, Skill]] = MappingProxyType(
    {
        _FIRST: Skill(full_hd=False, last_frame=False, keyframes=False, audios=False),
        _LATER: Skill(edits=False),
        _LITE: Skill(edits=False, references=False, last_frame=False),
    }
)


def refusal_of(wish: VideoWish, upstream_model: str) -> Grok2ApiError | None:
    """Return why a model cannot carry a wish out; None if it can."""
    skill = SKILLS.get(upstream_model, _EVERYTHING)
    wanting = (
        ("resolution", "1080p", wish.resolution == "1080p", "full_hd"),
        ("last_frame", "a last frame", wish.last_frame is not None, "last_frame"),
        ("keyframes", "keyframes", bool(wish.keyframes), "keyframes"),
        ("reference_audios", "voices", bool(wish.audios), "audios"),
        ("reference_images", "reference pictures", bool(wish.references), "references"),
    )
    for param, what, wanted, name in wanting:
        if wanted and not getattr(skill, name):
            return Unsupported(f"{wish.model} does not take {what}. {_who(name)}", param=param)
    if wish.operation != "generations" and not skill.edits:
        what = "edit" if wish.operation == "edits" else "extend"
        return Unsupported(f"{wish.model} cannot {what} a video. {_who('edits')}", param="model")
    return None


def check_length(seconds: int | None, param: str, *, longest: int = LONGEST, shortest: int = 1) -> None:
    """Return if a length can be made.

    Raises:
        InvalidRequest: it is too long or too short.
    """
    if seconds is not None and not shortest <= seconds <= longest:
        raise InvalidRequest(
            f"'{param}' must be a whole number of seconds from {shortest} to {longest}.", param=param
        )


def _who(name: str) -> str:
    able = [model for model, skill in SKILLS.items() if getattr(skill, name)]
    return f"Models that do: {', '.join(able)}."
