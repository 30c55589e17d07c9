"""A turn of the model as a row of events, in no dialect's words.

Upstream's readers make them, the dialects' writers consume them; neither side sees the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from grok2api.canonical.usage import Usage

FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """Upstream took the request; nothing of the answer is known yet."""

    upstream_id: str
    model: str
    created: int


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class RefusalDelta:
    """A piece of a refusal."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """A piece of the visible reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningSealed:
    """The end of a reasoning item, with the form in which only upstream can read it again."""

    item_id: str
    encrypted: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A whole call of a function that the client executes; `arguments` is JSON text."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A source of the answer. Indices count characters of the text; both 0 when upstream does not say."""

    url: str
    title: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class TurnFinished:
    """The answer is whole, or was cut by a limit (`length`)."""

    reason: FinishReason
    usage: Usage | None
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """Upstream reported an error in its stream; `error` is its own object, for the classifier only."""

    error: Mapping[str, object]


TurnEvent = (
    TurnStarted
    | TextDelta
    | RefusalDelta
    | ReasoningDelta
    | ReasoningSealed
    | ToolCall
    | Citation
    | TurnFinished
    | TurnFailed
)
