"""What was already told of each output item of a stream, so that what upstream forgot can be told for it.

Must never keep the text of an answer: deltas pass by as bytes, and only whether one came is remembered. The
one exception is the input of a custom tool, which is read out of the arguments of a function.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import msgspec

from grok2api.dialects.responses.free_form import InputReader


@dataclass(frozen=True, slots=True)
class Voice:
    """The events in which one kind of part is told."""

    opened: str
    delta: str
    told: str
    closed: str
    index: str
    """The member that numbers the parts of an item."""
    text: str
    """The member that holds the whole text."""
    blank: msgspec.Raw
    """A part of which nothing was said yet."""
    extras: Mapping[str, Any] = field(default_factory=dict)


TEXT = Voice(
    opened="response.content_part.added",
    delta="response.output_text.delta",
    told="response.output_text.done",
    closed="response.content_part.done",
    index="content_index",
    text="text",
    blank=msgspec.Raw(b'{"type":"output_text","text":"","annotations":[],"logprobs":[]}'),
    extras=MappingProxyType({"logprobs": []}),
)
REFUSAL = Voice(
    opened="response.content_part.added",
    delta="response.refusal.delta",
    told="response.refusal.done",
    closed="response.content_part.done",
    index="content_index",
    text="refusal",
    blank=msgspec.Raw(b'{"type":"refusal","refusal":""}'),
)
SUMMARY = Voice(
    opened="response.reasoning_summary_part.added",
    delta="response.reasoning_summary_text.delta",
    told="response.reasoning_summary_text.done",
    closed="response.reasoning_summary_part.done",
    index="summary_index",
    text="text",
    blank=msgspec.Raw(b'{"type":"summary_text","text":""}'),
)


@dataclass(slots=True)
class Part:
    """One part of a message or of a reasoning summary."""

    voice: Voice
    spoken: bool = False
    """A delta was sent."""
    told: bool = False
    """Its whole text was sent."""
    closed: bool = False
    annotations: int = 0


@dataclass(slots=True)
class Item:
    """One output item."""

    kind: str
    token: bytes
    """Upstream's id as JSON text; empty when it has none."""
    public_id: str
    index: int
    """The client's output_index; -1 for an item that it does not see."""
    told_as: str
    """Upstream's kind."""
    name: str = ""
    reader: InputReader | None = None
    """Reads the input of a custom tool's call."""
    source: str = ""
    """Where the reasoning of this item is told: `summary` or `content`; empty while unknown."""
    parts: dict[int, Part] = field(default_factory=dict)
    spoken: bool = False
    """A delta of its arguments was sent."""
    told: bool = False
    """Its whole arguments were sent."""
    steps: int = 0
    """How many of the events of a web search were sent."""
    done: bool = False
    splices: Mapping[bytes, bytes] = field(init=False)
    """Its place and its id as members of an event."""
    where: Mapping[str, Any] = field(init=False)
    """The same, to be written."""

    def __post_init__(self) -> None:
        self.where = {"item_id": self.public_id, "output_index": self.index}
        self.splices = {
            b"output_index": b'"output_index":%d' % self.index,
            b"item_id": b'"item_id":"%b"' % self.public_id.encode(),
        }

    @property
    def hidden(self) -> bool:
        """Whether the client does not see this item."""
        return self.index < 0
