"""What the admin API tells of words that are kept of requests.

Must never show them in a `repr`, which is how they would come into a log.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from grok2api.admin.shapes import Told


class ToolCall(Told):
    """A tool that was called."""

    name: str
    """Name of the tool; its kind where it has none."""
    arguments: str
    """As the model wrote them."""


class SaidView(Told):
    """One turn of a conversation, as far as it is words."""

    role: str
    """Who speaks, such as `system`, `user`, `assistant` or `tool`."""
    text: str
    """What is said; empty if nothing is."""
    reasoning: str
    """Reasoning that goes with it; empty if there is none."""
    tool_calls: list[ToolCall]
    """The tools that the turn calls."""
    media: list[str]
    """Links or kinds of what is not words; nothing of it is kept."""
    finish: str
    """Why the turn ended, in the words of its API."""


class SideView(Told):
    """What was said in one direction."""

    kind: str
    """Its media type."""
    size: int
    """Bytes as they passed."""
    cut: bool
    """Whether it was too long to be kept whole."""
    omitted: int
    """How many pictures, sounds and other bytes were left out."""
    body: Any = None
    """As it was, JSON or a text; null where it held no words, and of an answer that was streamed."""
    said: list[SaidView]
    """The same turn by turn, as far as it is understood."""


class AnswerView(SideView):
    """What was answered, as the client got it."""

    error: Any = None
    """The error that it was, or that it ended with."""


class RequestContent(Told):
    """What was asked and answered in a request; times are UTC in ISO 8601."""

    request_id: str
    """The request's id in the ledger."""
    key_id: str
    """Id of the client key that it came with."""
    kept_at: str | None
    """When it was put into the store, UTC in ISO 8601; null only for a time that no calendar holds."""
    expires_at: str | None
    """From when on it is kept no more."""
    path: str
    """The path that was called, such as `/v1/chat/completions`."""
    status: int
    """HTTP status of the answer; 0 if there was none."""
    request: SideView = Field(repr=False)
    """What was asked."""
    answer: AnswerView = Field(repr=False)
    """What was answered."""


class RecordingKey(Told):
    """A client key whose words are kept as things stand."""

    key_id: str
    """Id of a client key."""
    name: str
    """What the key is called."""
    hours: int
    """For how long they are kept."""


class Recordings(Told):
    """Whose words are kept, and for how long they may be."""

    keys: list[RecordingKey]
    """The client keys whose words are kept as things stand."""
    default_hours: int
    """Of keys that do not say."""
    max_hours: int
    """0 keeps the words of no key."""


class Forgotten(Told):
    """What was deleted."""

    requests: int
    """Of how many requests words were deleted."""
