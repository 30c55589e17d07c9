"""Writes a request for pictures as xAI reads it.

Must never send a quality to a model that has none, nor a ratio where the picture keeps its own.
Source: xai-api.md §2.5.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from grok2api.canonical.amendments import UNAMENDED, Amendments
from grok2api.canonical.dispatch import Dispatch
from grok2api.dialects.fields import refusal
from grok2api.dialects.images.wish import ImageWish
from grok2api.dialects.refused_arguments import without_refused
from grok2api.dialects.sending import encoded

GENERATIONS: Final = "/images/generations"
EDITS: Final = "/images/edits"
_QUALITIES: Final[Mapping[str, str]] = MappingProxyType(
    {"standard": "medium", "hd": "high", "xhigh": "high", "max": "high"}
)
"""OpenAI's words that xAI lacks."""
_MEANS_NOTHING: Final = frozenset({None, "auto", "standard"})
_KNOBS: Final = frozenset({"quality", "user"})
"""What may be left out when a model turns out not to take it; the rest is what was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One call for pictures, but for the model: what each attempt writes anew."""

    wish: ImageWish
    count: int
    pictures: Sequence[Mapping[str, str]] = ()
    """What is built on, as xAI takes it: `{url}` or `{file_id}`."""
    as_url: bool = False
    """Whether upstream's own links are wanted in place of the pictures."""
    ratio_kept: bool = False
    """Whether the ratio asked for is the one that the edited picture has anyway."""


def image_dispatch(
    draft: Draft, model: str, qualities: Collection[str], amendments: Amendments = UNAMENDED
) -> Dispatch:
    """Write the request for one attempt.

    Args:
        draft: What is to be drawn.
        model: Upstream's id.
        qualities: The qualities that it knows; none if it has no such field.
        amendments: What upstream refused before.

    Raises:
        Unsupported: the key is strict, and something cannot be honoured by this model.
    """
    wish = draft.wish
    quality, left_out = _quality(wish, qualities)
    body: dict[str, object] = {"model": model, "prompt": wish.prompt, "n": draft.count}
    body["response_format"] = "url" if draft.as_url else "b64_json"
    if wish.shape.aspect_ratio is not None:
        if len(draft.pictures) == 1:
            left_out += () if draft.ratio_kept else (wish.size_field,)
        else:
            body["aspect_ratio"] = wish.shape.aspect_ratio
    optional = {"resolution": wish.shape.resolution, "quality": quality, "user": wish.user}
    body |= {name: value for name, value in optional.items() if value is not None}
    if draft.pictures:
        body |= {"image": draft.pictures[0]} if len(draft.pictures) == 1 else {"images": draft.pictures}
    body, refused = without_refused(body, amendments.arguments & _KNOBS, {})
    return Dispatch(
        method="POST",
        path=EDITS if draft.pictures else GENERATIONS,
        content=encoded(body),
        repeatable=False,
        dropped=tuple(sorted({*left_out, *refused})),
    )


def check_strict(dispatch: Dispatch) -> None:
    """Refuse, for a strict key, what a model cannot honour.

    Raises:
        Unsupported: it names the first of it.
    """
    if dispatch.dropped:
        raise refusal(dispatch.dropped[0], "This model cannot honour it.")


def quality_of(wish: ImageWish, qualities: Collection[str]) -> str | None:
    """Return the quality that is sent to a model that knows these; None for none."""
    return _quality(wish, qualities)[0]


def _quality(wish: ImageWish, qualities: Collection[str]) -> tuple[str | None, tuple[str, ...]]:
    """Return the quality to send, and what could not be honoured."""
    asked = wish.quality
    if not qualities:
        return None, () if asked in _MEANS_NOTHING else ("quality",)
    meant = None if asked is None else _QUALITIES.get(asked, asked)
    if meant is not None and meant not in qualities:
        return None, ("quality",)
    return meant, ()
