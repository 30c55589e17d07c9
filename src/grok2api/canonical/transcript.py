"""What one stored response adds to its conversation.

Must never leave the process unsealed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec


@dataclass(frozen=True, slots=True)
class TurnItems:
    """The items of one request and of its answer, in the client's form and order."""

    previous: str
    """Public id of the stored response that it goes on from; empty at the beginning of a conversation."""
    items: tuple[msgspec.Raw, ...] = field(repr=False)
