"""Settings that the store holds, and their versions: one for every time that somebody changed them.

Must never hold a value in the clear: a setting may be a secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grok2api.storage.records import SettingOverride


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingVersion:
    """One change of the settings, of one or of many at once.

    Attributes:
        number: 1 for the first, without a gap.
        actor: Who changed them, for people.
        restored: The number of the version that was restored; None if values were given.
        content: What the store held before and after, sealed.
    """

    number: int
    at: float
    actor: str
    request_id: str = ""
    restored: int | None = None
    content: str = field(repr=False)


class SettingStore(Protocol):
    """Settings changed while the server runs."""

    async def list(self) -> tuple[SettingOverride, ...]:
        """Return all overrides in the order of their paths."""
        ...

    async def put(self, setting: SettingOverride, /) -> SettingOverride:
        """Keep an override, in place of the one with this path if there is one; return it as kept."""
        ...

    async def delete(self, path: str, /) -> bool:
        """Forget an override; tell whether it was there."""
        ...

    async def apply(
        self, version: SettingVersion, overrides: Sequence[SettingOverride], removed: Sequence[str], /
    ) -> None:
        """Keep some overrides, forget others and note the version, all or nothing; Conflict if not next."""
        ...

    async def version(self, number: int, /) -> SettingVersion | None:
        """Return a version."""
        ...

    async def versions(self, limit: int, /, *, before: int | None = None) -> tuple[SettingVersion, ...]:
        """Return the newest versions, newest first, or the newest before a number."""
        ...
