"""Leaves out of a body for upstream what the model was found not to take.

The two surfaces call some things differently, and xAI's errors name them in the words of either. Must never
leave out something without telling the name that the client knows it by.
Source: xai-api.md §1.7, §8 rows 1 to 4.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

_SAME: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "reasoning_effort": ("reasoning_effort", "reasoning"),
        "reasoning": ("reasoning", "reasoning_effort"),
        "max_tokens": ("max_tokens", "max_completion_tokens", "max_output_tokens"),
        "max_completion_tokens": ("max_completion_tokens", "max_output_tokens"),
        "max_output_tokens": ("max_output_tokens", "max_completion_tokens"),
    }
)
"""By the name in an error: the fields of a body that it may mean."""


def without_refused(
    body: Mapping[str, object], refused: Collection[str], told: Mapping[str, str]
) -> tuple[dict[str, object], tuple[str, ...]]:
    """Return the body without the refused fields, and their names, sorted.

    Args:
        body: What would be sent upstream.
        refused: Names as upstream's errors give them.
        told: The client's names of fields that it calls otherwise.
    """
    gone = {field for name in refused for field in _SAME.get(name, (name,)) if field in body}
    kept = {name: value for name, value in body.items() if name not in gone}
    return kept, tuple(sorted({told.get(name, name) for name in gone}))
