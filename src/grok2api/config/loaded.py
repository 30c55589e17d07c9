"""What a load gives: the settings, where each value came from, and what the operator should know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grok2api.config.settings import Settings

SourceKind = Literal["default", "file", "store", "environment", "flag"]
"""The layers, the weakest first."""
_LAYERS: Final[tuple[SourceKind, ...]] = get_args(SourceKind)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value was set.

    Args:
        kind: The layer.
        name: The file's path, the variable's name or the flag; empty for the store.
        file: The `.env` file that set the variable, if one did.
    """

    kind: SourceKind
    name: str = ""
    file: str = ""

    @property
    def strength(self) -> int:
        """Of two sources of one value the one with the greater strength decides."""
        return _LAYERS.index(self.kind)

    @property
    def outranks_store(self) -> bool:
        """Whether the store, and so the console, has no say where this one has spoken."""
        return self.strength > _LAYERS.index("store")

    @override
    def __str__(self) -> str:
        """Name the source as an operator would look for it."""
        if self.kind == "environment":
            return f"{self.name} in {self.file}" if self.file else f"environment variable {self.name}"
        if self.kind == "store":
            return "the settings saved in the console"
        if self.kind == "default":
            return "the defaults"
        return self.name


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings that passed every check. `sources` has one entry per dotted field."""

    settings: Settings
    sources: Mapping[str, Source]
    warnings: tuple[str, ...]
