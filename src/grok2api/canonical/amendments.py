"""What an attempt leaves out because upstream refused the one before for it.

Must never hold what the client asked to have: what is left out is told to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Amendments:
    """Changes to a request that upstream itself asked for."""

    arguments: frozenset[str] = frozenset()
    """Top-level fields of the upstream body that the model does not take, in upstream's spelling."""
    without_reasoning: bool = False
    """Encrypted reasoning of earlier turns is left out: nobody here can read it."""

    def __bool__(self) -> bool:
        return bool(self.arguments) or self.without_reasoning


UNAMENDED: Final = Amendments()
