"""What the console's API reference shows of both documents, and its Chinese words for that.

The words of fields of the public API are those of the parameter page: `make types` writes them for the
console, and a test of the house tells when they are not the same any more. All others are written by hand.
Must never hold a word itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from grok2api.api.v1.openapi.document import openapi_document
from grok2api.api.v1.openapi.shapes import SAYS
from grok2api.api.v1.parameters_chinese import WORDS

_FOLDER: Final = Path(__file__).resolve().parents[2] / "ui" / "src" / "i18n"
PHRASES: Final = _FOLDER / "reference-words.zh-CN.json"
NOTES: Final = _FOLDER / "parameter-words.zh-CN.json"
POLICIES: Final = "policies"
"""The group of the sentences with which the text of a field begins; its note follows."""

Document = Mapping[str, Any]


def public_document() -> Document:
    """Return the OpenAPI document of the public API."""
    document: Document = json.loads(openapi_document())
    return document


def paragraphs(document: Document) -> list[str]:
    """Return the paragraphs of all summaries and descriptions of calls and shapes, each once."""
    told = [*_told(document["paths"]), *_told(document["components"]["schemas"])]
    return list(dict.fromkeys(each for text in told for each in _paragraphs(text)))


def _told(part: object) -> Iterator[str]:
    if isinstance(part, list):
        for each in part:
            yield from _told(each)
    elif isinstance(part, dict):
        for name, each in part.items():
            if name in {"summary", "description"} and isinstance(each, str):
                yield each
            else:
                yield from _told(each)


def _paragraphs(text: str) -> Iterator[str]:
    return (whole for each in re.split(r"\n\s*\n", text) if (whole := " ".join(each.split())))


def note_of(paragraph: str) -> str:
    """Return what follows the sentence of a policy; nothing where no such sentence begins the text."""
    heads = (f"{policy} " for policy in SAYS.values())
    return next((paragraph.removeprefix(head) for head in heads if paragraph.startswith(head)), "")


def parameter_words() -> str:
    """Return the Chinese of all notes of fields in the public document, as the console reads it."""
    notes = [note for each in paragraphs(public_document()) if (note := note_of(each))]
    words = {note: WORDS.notes[note] for note in sorted(notes) if note in WORDS.notes}
    return json.dumps(words, ensure_ascii=False, indent=2) + "\n"


class ReferenceWords:
    """The console's words, found as `ui/src/i18n/reference-words.ts` finds them."""

    def __init__(self) -> None:
        pairs: list[tuple[str, str]] = []

        def gathered(found: list[tuple[str, Any]]) -> dict[str, Any]:
            pairs.extend((english, chinese) for english, chinese in found if isinstance(chinese, str))
            return dict(found)

        groups = json.loads(PHRASES.read_text(encoding="utf-8"), object_pairs_hook=gathered)
        self.pairs = pairs
        """All that is written by hand, also what stands there twice."""
        self.policies: dict[str, str] = groups[POLICIES]
        self._phrases = dict(pairs)
        self._notes: dict[str, str] = json.loads(NOTES.read_text(encoding="utf-8"))

    def phrase(self, paragraph: str) -> str | None:
        """Return the handwritten words of a whole paragraph."""
        return self._phrases.get(paragraph)

    def chinese(self, paragraph: str) -> str | None:
        """Return a paragraph in Chinese; None where words lack."""
        whole, note = self.phrase(paragraph), note_of(paragraph)
        if whole is not None or not note:
            return whole
        said, rest = self.policies.get(paragraph.removesuffix(f" {note}")), self._notes.get(note)
        return None if said is None or rest is None else said + rest


if __name__ == "__main__":
    NOTES.write_text(parameter_words(), encoding="utf-8")
