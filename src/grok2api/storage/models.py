"""What operators say of models: the record of one, and what may be asked of any store that keeps them.

Must never know what a model is: what is said is text here, and `routing.overrides` reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOverride:
    """What an operator says of one public model: a name of their own, or another meaning of a known one.

    Attributes:
        id: The public name.
        content: What is said, as JSON text; `routing.overrides` reads it.
        revision: Set by the store.
    """

    id: str
    content: str
    created_at: float
    updated_at: float
    revision: int = 0


class ModelStore(Protocol):
    """What operators say of models."""

    async def list(self) -> tuple[ModelOverride, ...]:
        """Return all overrides in the order of their ids."""
        ...

    async def get(self, identifier: str, /) -> ModelOverride | None:
        """Return one override."""
        ...

    async def put(self, model: ModelOverride, /) -> ModelOverride:
        """Keep an override, in place of the one with this id if there is one; return it as kept."""
        ...

    async def delete(self, identifier: str, /) -> bool:
        """Forget an override; tell whether it was there."""
        ...
