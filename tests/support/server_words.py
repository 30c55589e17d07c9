"""Reads out of the source what the server may say to the console, and the console's Chinese phrases for it.

Must never import what it reads: a text counts whether or not any test reaches it.
"""

from __future__ import annotations

import ast
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCE: Final = ROOT / "src" / "grok2api"
PHRASES: Final = ROOT / "ui" / "src" / "i18n" / "server-words.zh-CN.json"
SAMPLE: Final = "Sample7"
"""What stands in the place of a value; the phrases have a hole there."""

_SILENT_KEYWORDS: Final = frozenset({"summary", "description", "response_description", "title", "prefix"})
"""Arguments that describe the API, and answer nobody."""
_SILENT_CALLS: Final = frozenset({"compile", "new_id", "add_note", "derive", "sealed", "seal", "get_logger"})
_LOGGERS: Final = frozenset({"_log", "log"})
_WORD: Final = re.compile(r"[A-Za-z]{2,}")
_FIELD: Final = re.compile(r"\{[a-z_]*\}")
_HOLE: Final = re.compile(r"\{(\d+)(!?)\}")


@dataclass(frozen=True, slots=True)
class Saying:
    """A text of the source, with a sample in the place of every value."""

    file: str
    line: int
    text: str


def sayings(paths: Sequence[str]) -> list[Saying]:
    """Return every text of several words in these files and folders, paragraph by paragraph.

    Args:
        paths: Named from the package.
    """
    found = list[Saying]()
    for path in paths:
        place = SOURCE / path
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            found += _in_file(file)
    return found


def _in_file(file: Path) -> Iterator[Saying]:
    name = str(file.relative_to(SOURCE))
    for line, text in _texts(ast.parse(file.read_text(encoding="utf-8"))):
        for said in _FIELD.sub(SAMPLE, text).split("\n\n"):
            whole = said.strip().removesuffix(":")
            whole = whole[1:-1] if whole.startswith("(") and whole.endswith(")") else whole
            if " " in whole and _WORD.search(whole.replace(SAMPLE, "")):
                yield Saying(name, line, whole)


def _texts(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Return the texts below a node that may be shown, whole."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.lineno, node.value
    elif isinstance(node, ast.JoinedStr):
        yield from ((node.lineno, text) for text in _variants(node))
    else:
        for child in ast.iter_child_nodes(node):
            if not _silent(child):
                yield from _texts(child)


def _silent(node: ast.AST) -> bool:
    """Tell whether nothing below a node is shown: words about the code, the log or the API."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.keyword):
        return node.arg in _SILENT_KEYWORDS
    if isinstance(node, ast.arg | ast.AnnAssign) and isinstance(node.annotation, ast.Constant):
        return True
    if isinstance(node, ast.Dict):
        return any(isinstance(key, ast.Constant) and key.value == "description" for key in node.keys)
    if isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Attribute):
            logs = isinstance(function.value, ast.Name) and function.value.id in _LOGGERS
            return logs or function.attr in _SILENT_CALLS
        return isinstance(function, ast.Name) and function.id in _SILENT_CALLS
    return False


def _variants(text: ast.JoinedStr) -> Iterator[str]:
    """Return a formatted text once for each choice of words in it."""
    parts = [_choices(part) for part in text.values]
    return ("".join(each) for each in itertools.product(*parts))


def _choices(part: ast.expr) -> list[str]:
    if isinstance(part, ast.Constant):
        return [str(part.value)]
    value = part.value if isinstance(part, ast.FormattedValue) else part
    if isinstance(value, ast.IfExp):
        both = [value.body, value.orelse]
        if all(isinstance(each, ast.Constant) for each in both):
            return [str(each.value) for each in both if isinstance(each, ast.Constant)]
    return [SAMPLE]


class Phrasebook:
    """The console's phrases: which of them fits a text, as `ui/src/i18n/server-words.ts` finds it."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.pairs = pairs
        self._exact = {english: at for at, (english, _) in enumerate(pairs) if not _HOLE.search(english)}
        self._patterns = [re.compile(_pattern(english), re.DOTALL) for english, _ in pairs]

    def fits(self, text: str) -> int | None:
        """Return the place of the phrase for a whole text, None if there is none."""
        exact = self._exact.get(text)
        if exact is not None:
            return exact
        return next((at for at, each in enumerate(self._patterns) if each.fullmatch(text)), None)


def phrasebook() -> Phrasebook:
    """Return the phrases that the console has."""
    groups = json.loads(PHRASES.read_text(encoding="utf-8"))
    return Phrasebook([(english, chinese) for group in groups.values() for english, chinese in group])


def holes(text: str) -> list[str]:
    """Return the numbers of the holes of a phrase, in their order."""
    return [number for number, _ in _HOLE.findall(text)]


def _pattern(english: str) -> str:
    pieces, at = list[str](), 0
    for hole in _HOLE.finditer(english):
        pieces += [re.escape(english[at : hole.start()]), "(.+?)" if hole[2] else "((?:(?!: ).)+?)"]
        at = hole.end()
    return "".join([*pieces, re.escape(english[at:])])
