"""A request for pictures, read and checked, in whichever way it was asked.

Every edge that has pictures made fills in one of these: the images endpoints, and conversations that name a
model of pictures. Must never know a credential or a model's abilities.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from grok2api.dialects.images.sizes import ANY_SHAPE, Shape

DEFAULT_MODEL: Final = "grok-imagine-1.0"
"""Draws where no model is named."""
MOST: Final = 10
"""Pictures that one request may ask for."""
MOST_GIVEN: Final = 5
"""Pictures that one request may build on."""

Format = Literal["png", "jpeg", "webp"]
AnswerAs = Literal["url", "b64_json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPicture:
    """A picture to build on: uploaded, or named by an address, a data URL or a file's id."""

    path: str
    """Where it stands in the request, for errors."""
    url: str = field(default="", repr=False)
    file_id: str = ""
    """As the client knows it."""
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageWish:
    """What is to be drawn."""

    prompt: str = field(repr=False)
    model: str = DEFAULT_MODEL
    count: int = 1
    shape: Shape = ANY_SHAPE
    quality: str | None = None
    """As it was asked for; what a model makes of it is decided when it is known."""
    user: str | None = None
    given: tuple[GivenPicture, ...] = ()
    format: Format | None = None
    """The file format that is wanted; None leaves it to Grok."""
    compression: int | None = None
    """0 to 100, of a format that has one."""
    answer_as: AnswerAs = "url"
    stream: bool = False
    previews: int = 0
    """How many partial pictures a stream may show before each picture."""
    size_field: str = "aspect_ratio"
    """The field that asked for the ratio."""
    dropped: tuple[str, ...] = ()
    """Dotted paths of what Grok lacks and was left out."""

    @property
    def edits(self) -> bool:
        """Whether it builds on pictures."""
        return bool(self.given)
