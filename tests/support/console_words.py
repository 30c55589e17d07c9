"""The texts of the console in one language, read from its own files, so that no test repeats them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

_ROOT: Final = Path(__file__).resolve().parents[2] / "ui" / "src" / "i18n"
_SPREAD: Final = ("common", "credentials")
"""Files whose keys stand at the top; those of all others stand under the file's name."""
_PLACE: Final = re.compile(r"\{\{\w+\}\}")


class Words:
    """The texts of one language, by the keys that the console uses."""

    def __init__(self, language: str) -> None:
        """Read them.

        Args:
            language: `en` or `zh-CN`; a browser's language (`en-US`) is taken, too.
        """
        folder = _ROOT / ("zh-CN" if language.startswith("zh") else "en")
        self._all: dict[str, Any] = {}
        for file in sorted(folder.glob("*.json")):
            told = json.loads(file.read_text())
            name = "".join(part.title() if place else part for place, part in enumerate(file.stem.split("-")))
            self._all |= told if file.stem in _SPREAD else {name: told}

    def __call__(self, key: str, **values: object) -> str:
        """Return a text, with its places filled; `count` chooses between one and many.

        Raises:
            KeyError: There is no such text.
        """
        text = self._find(key, values.get("count"))
        for name, value in values.items():
            text = text.replace("{{" + name + "}}", str(value))
        return text

    def pattern(self, key: str, count: int | None = None) -> re.Pattern[str]:
        """Return what finds a text whatever stands in its places."""
        return re.compile(".+".join(map(re.escape, _PLACE.split(self._find(key, count)))))

    def _find(self, key: str, count: object) -> str:
        at: Any = self._all
        *path, last = key.split(".")
        for part in path:
            at = at[part]
        plural = f"{last}_one" if count == 1 else f"{last}_other"
        found = at[last] if last in at else at.get(plural, at.get(f"{last}_other"))
        if not isinstance(found, str):
            raise KeyError(key)
        return found
