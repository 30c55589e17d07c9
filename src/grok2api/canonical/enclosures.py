"""Pictures, documents and sounds that a request carries or names, beside its words.

A dialect finds them, the gateway makes of each what Grok can take, and the dialect writes that in its place.
Must never hold what a request carries itself: that stays in the body, and is read where it stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from grok2api.canonical.places import Place, path_of

EnclosureKind = Literal["picture", "document", "sound"]
Form = Literal["url", "data_url", "base64", "file_id"]
"""How it is there: at an address, as a data URL, as base64 without one, or by the id of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """One of them, and where it stands."""

    kind: EnclosureKind
    form: Form
    part: Place
    """The part or block of the message."""
    source: Place
    """The text in it that carries or names the content."""
    media_type: str = ""
    """As the client declares it, where it does so beside the content; may be wrong."""
    name: str = ""
    """The file's name; empty if the client gave none."""

    @property
    def param(self) -> str:
        """Return the path of its source, as clients write paths."""
        return path_of(self.source)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as Grok takes it."""

    address: str = field(repr=False)
    """An https address, or a data URL of a PNG or a JPEG."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document that travels with the request."""

    content: bytes = field(repr=False)
    """In base64."""
    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Words:
    """What was heard in a sound, as the model will read it."""

    text: str = field(repr=False)


Content = Picture | Document | Words
"""What stands for an enclosure on its way to Grok."""
