"""Whether a request that upstream refused can be sent again without what it was refused for.

Pure. Must never leave out what gives the request its meaning, nor try the same thing twice.
Source: xai-api.md §1.7, §8 rows 1, 2 and 18.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from grok2api.canonical.amendments import Amendments
from grok2api.canonical.fault import Fault, FaultKind

_MEANING: Final = frozenset(
    {
        "model",
        "input",
        "messages",
        "previous_response_id",
        "stream",
        "tools",
        "tool_choice",
        "text",
        "response_format",
    }
)
"""Fields without which the answer would be another one: a refusal of these is the client's to hear. The
`instructions` are none of them, for a dialect can say them in another place."""
_MOST: Final = 6
_ALONE: Final[Mapping[str, str]] = MappingProxyType({"reasoning.effort": "reasoning_effort"})
"""Members that can be left out by themselves; of other fields the whole is."""
_BORDER: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def amended(fault: Fault, so_far: Amendments) -> Amendments | None:
    """Return what to leave out in the next attempt; None if that is no remedy for this fault."""
    if fault.kind is FaultKind.ENCRYPTED_MISMATCH and not so_far.without_reasoning:
        return replace(so_far, without_reasoning=True)
    if fault.kind is not FaultKind.UNSUPPORTED_ARGUMENT or fault.param is None:
        return None
    name = upstream_name(fault.param)
    if name in _MEANING or name in so_far.arguments or len(so_far.arguments) >= _MOST:
        return None
    return replace(so_far, arguments=so_far.arguments | {name})


def upstream_name(told: str) -> str:
    """Return the top-level field that an error names: xAI writes `presencePenalty` for `presence_penalty`."""
    name = _BORDER.sub("_", told).lower()
    return _ALONE.get(name, name.partition(".")[0])
