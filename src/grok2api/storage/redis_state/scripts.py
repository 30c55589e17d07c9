"""The scripts that run inside Redis, each in a file of its own. Redis knows them by hash once it was told."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from importlib import resources
from typing import Final

_PACKAGE: Final = "grok2api.storage.redis_state"
_NAMES: Final = ("acquire", "add", "correct", "pin", "release", "renew", "spend")


def _read(name: str) -> str:
    return resources.files(_PACKAGE).joinpath("lua", f"{name}.lua").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Scripts:
    """All scripts, read once."""

    by_name: dict[str, str] = field(default_factory=lambda: {name: _read(name) for name in _NAMES})
    _hashes: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for name, text in self.by_name.items():
            self._hashes[name] = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    @property
    def texts(self) -> list[str]:
        """Return the text of each."""
        return list(self.by_name.values())

    def hash(self, name: str) -> str:
        """Return by what hash Redis knows a script."""
        return self._hashes[name]
