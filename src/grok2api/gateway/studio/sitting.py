"""What a conversation asks a model of pictures or clips to make: a prompt, and pictures to build on.

The prompt is what the user said last. Pictures are those that came with it; without any, the latest one that
was made before in the conversation, so that "make it blue" means what it says. Pure. Must never take what a
system message says for a part of the prompt: it was written for a model that talks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grok2api.dialects.images.wish import GivenPicture
from grok2api.gateway.enclosures import HEARD

_PICTURE: Final = re.compile(
    r"!\[[^\]\n]{0,200}\]\(\s*<?(?P<shown>data:image/[a-z.+-]+;base64,[A-Za-z0-9+/=]+|https?://[^\s<>()]+)>?"
)
"""A picture in Markdown."""
_BARE: Final = re.compile(r"(?<![(\"'=])https?://[^\s<>()\"']+/v1/media/[^\s<>()\"']+")
"""A link of ours (or of another server of this kind) that stands for itself."""
_BEGINNINGS: Final[Mapping[str, str]] = {"/9j/": "image/jpeg", "UklGR": "image/webp"}
"""In base64."""

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sitting:
    """What is to be made."""

    prompt: str
    pictures: tuple[GivenPicture, ...] = ()
    made_before: bool = False
    """Whether the picture is one that was made in the conversation, which nobody named in so many words."""


def sitting_of(items: Sequence[Item], where: str) -> Sitting:
    """Return what a conversation asks for; the prompt is empty if the user said nothing.

    Args:
        items: The conversation, as items of the Responses API.
        where: The field of the request that holds it, for errors.
    """
    for place in range(len(items) - 1, -1, -1):
        item = items[place]
        if item.get("role") == "user":
            given = tuple(_given(item, where))
            prompt = _said(item)
            if given or prompt:
                earlier = () if given else _made_before(items[:place], where)
                return Sitting(prompt, given or earlier, made_before=bool(earlier))
    return Sitting("")


def _said(item: Item) -> str:
    content = item.get("content")
    if isinstance(content, str):
        return content.strip()
    texts = (part.get("text") for part in _parts(content) if part.get("type") != "input_image")
    spoken = (text.removeprefix(HEARD).strip() for text in texts if isinstance(text, str))
    return "\n".join(text for text in spoken if text)


def _given(item: Item, where: str) -> Iterator[GivenPicture]:
    for part in _parts(item.get("content")):
        if part.get("type") == "input_image":
            yield GivenPicture(path=where, url=_text(part, "image_url"), file_id=_text(part, "file_id"))


def _made_before(items: Sequence[Item], where: str) -> tuple[GivenPicture, ...]:
    """Return the latest picture of the conversation that Grok made."""
    for item in reversed(items):
        found = _made(item)
        if found:
            return (GivenPicture(path=where, url=found),)
    return ()


def _made(item: Item) -> str:
    """Return the last picture that an item shows; empty if it shows none."""
    if item.get("type") == "image_generation_call":
        result = _text(item, "result")
        return f"data:{_type_of(result)};base64,{result}" if result else ""
    if item.get("role") != "assistant":
        return ""
    content = item.get("content")
    texts = [content] if isinstance(content, str) else [_text(part, "text") for part in _parts(content)]
    text = "\n".join(texts)
    shown = [match["shown"] for match in _PICTURE.finditer(text)]
    return shown[-1] if shown else next(iter(reversed(_BARE.findall(text))), "")


def _type_of(encoded: str) -> str:
    """Return what a picture in base64 is, by how it begins."""
    return next((mime for head, mime in _BEGINNINGS.items() if encoded.startswith(head)), "image/png")


def _parts(content: object) -> Sequence[Mapping[str, Any]]:
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else ()


def _text(part: Mapping[str, Any], name: str) -> str:
    value = part.get(name)
    return value if isinstance(value, str) else ""
