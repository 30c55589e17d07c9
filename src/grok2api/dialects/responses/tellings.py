"""How upstream tells the parts of an item, and in which events the client hears them.

Must never hold anything of an answer.
Source: Open Responses streaming; captured xAI streams (xai-api.md §3.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from grok2api.dialects.responses.progress import REFUSAL, SUMMARY, TEXT, Voice


class Telling(NamedTuple):
    """How upstream tells a part, and how the client hears it."""

    voice: Voice
    source: Literal["", "summary", "content"]
    numbered_by: str
    """Upstream's member that numbers the parts."""
    kind: bytes
    """The client's type of a delta."""
    old_index: bytes
    new_index: bytes


def _telling(voice: Voice, source: Literal["", "summary", "content"], index: str) -> Telling:
    return Telling(voice, source, index, voice.delta.encode(), index.encode(), voice.index.encode())


SAID = _telling(TEXT, "", "content_index")
REFUSED = _telling(REFUSAL, "", "content_index")
SUMMED = _telling(SUMMARY, "summary", "summary_index")
THOUGHT = _telling(SUMMARY, "content", "content_index")

TELLINGS: Mapping[str, Telling] = MappingProxyType(
    {
        "response.output_text": SAID,
        "response.refusal": REFUSED,
        "response.reasoning_summary_text": SUMMED,
        "response.reasoning_text": THOUGHT,
        "response.reasoning": THOUGHT,
        "output_text": SAID,
        "refusal": REFUSED,
        "summary_text": SUMMED,
        "reasoning_text": THOUGHT,
    }
)
"""By the stem of an event, or the type of a part."""

DELTAS: Mapping[bytes, Telling] = MappingProxyType(
    {f"{stem}.delta".encode(): telling for stem, telling in TELLINGS.items() if "." in stem}
)
