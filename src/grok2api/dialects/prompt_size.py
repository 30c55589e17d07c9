"""How large a prompt is, before it is sent: texts that a tokeniser can count, and an estimate for the rest.

It reads the Responses body that a dialect wrote for upstream, so every dialect is counted alike. The rules
are documented (docs/parameters.md) and never claim to be exact: pictures and files cannot be counted from
outside. An estimate must never be smaller for more content.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

PER_ITEM: Final = 4
PER_TOOL: Final = 8
PICTURE: Final = 1024
SMALL_PICTURE: Final = 256
"""A picture sent with `detail: low`."""
UNSEEN_FILE: Final = 2048
"""A file that is sent by id or address."""
LARGEST_FILE: Final = 20_000
BYTES_PER_TOKEN: Final = 4
EXACTLY_ESTIMATED: Final = 262_144
"""Characters beyond which an estimate is projected from the first of them."""

_WORD: Final = re.compile(
    r"(?P<han>[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff])"
    r"|(?P<letters>[^\W\d_]+)|(?P<digits>\d+)|(?P<space>\s+)|(?P<mark>.)",
    re.DOTALL,
)
_LETTERS_PER_TOKEN: Final = 5
_DIGITS_PER_TOKEN: Final = 3
_OWN: Final = frozenset({"id", "status", "type"})

_decode = msgspec.json.Decoder().decode


@dataclass(slots=True)
class Prompt:
    """The parts of a prompt."""

    texts: list[str] = field(default_factory=list)
    fixed: int = 0
    """Tokens of what is no text."""

    @property
    def text(self) -> str:
        """Return all texts as one."""
        return "\n".join(self.texts)


def measured(content: bytes, before: Iterable[bytes] = ()) -> Prompt:
    """Return the parts of a prompt.

    Args:
        content: A Responses body.
        before: Items of the conversation that it goes on from.
    """
    body = _decode(content)
    prompt = Prompt()
    told = body.get("instructions")
    if isinstance(told, str) and told:
        _add_item(prompt, {"role": "system", "content": told})
    for raw in before:
        _add_item(prompt, _decode(raw))
    given = body.get("input")
    for item in [{"role": "user", "content": given}] if isinstance(given, str) else _list(given):
        _add_item(prompt, item)
    for tool in _list(body.get("tools")):
        prompt.fixed += PER_TOOL
        prompt.texts.append(_written(tool))
    form = body.get("text")
    schema = form.get("format") if isinstance(form, dict) else None
    if isinstance(schema, dict) and "schema" in schema:
        prompt.texts.append(_written(schema))
    return prompt


def estimated(text: str, within: int = EXACTLY_ESTIMATED) -> int:
    """Return about how many tokens a text has; beyond so many characters it is projected from these.

    A Chinese, Japanese or Korean character is one, a word one for every five letters, a number one for every
    three digits, a mark or a stretch of blanks one; a single blank belongs to the word after it.
    """
    seen = text[:within]
    count = 0
    for found in _WORD.finditer(seen):
        size = found.end() - found.start()
        if found.lastgroup == "letters":
            count += -(-size // _LETTERS_PER_TOKEN)
        elif found.lastgroup == "digits":
            count += -(-size // _DIGITS_PER_TOKEN)
        elif found.group() != " ":
            count += 1
    return count if len(seen) == len(text) else count * len(text) // len(seen)


def _add_item(prompt: Prompt, item: object) -> None:
    if not isinstance(item, dict):
        return
    prompt.fixed += PER_ITEM
    kind = item.get("type") or "message"
    if kind == "message":
        _add_content(prompt, item.get("content"))
    elif kind in {"function_call", "custom_tool_call"}:
        prompt.texts.append(f"{item.get('name') or ''} {item.get('arguments') or item.get('input') or ''}")
    elif kind.endswith("_output"):
        _add_content(prompt, item.get("output"))
    elif kind in {"reasoning", "compaction"}:
        _add_sealed(prompt, item)
    else:
        prompt.texts.append(_written({name: value for name, value in item.items() if name not in _OWN}))


def _add_sealed(prompt: Prompt, item: Mapping[str, Any]) -> None:
    """Add what is readable of an item; else what its encrypted content may stand for."""
    texts = [text for name in ("summary", "content") for text in _texts(_list(item.get(name)))]
    sealed = item.get("encrypted_content")
    if texts:
        prompt.texts += texts
    elif isinstance(sealed, str):
        prompt.fixed += _bytes_of(sealed) // BYTES_PER_TOKEN


def _add_content(prompt: Prompt, content: object) -> None:
    if isinstance(content, str):
        prompt.texts.append(content)
        return
    for part in _list(content):
        if not isinstance(part, dict):
            continue
        kind = part.get("type")
        if kind == "input_image":
            prompt.fixed += SMALL_PICTURE if part.get("detail") == "low" else PICTURE
        elif kind == "input_file":
            prompt.fixed += _file(part.get("file_data"))
        else:
            prompt.texts += _texts([part])


def _file(data: object) -> int:
    if not isinstance(data, str):
        return UNSEEN_FILE
    return min(LARGEST_FILE, _bytes_of(data) // BYTES_PER_TOKEN)


def _bytes_of(encoded: str) -> int:
    """Return how many bytes a base64 text stands for, about."""
    return len(encoded) * 3 // 4


def _texts(parts: Sequence[object]) -> list[str]:
    found = []
    for part in parts:
        if isinstance(part, dict):
            text = part.get("text") or part.get("refusal")
            found += [text] if isinstance(text, str) else []
    return found


def _written(value: object) -> str:
    return msgspec.json.encode(value).decode("utf-8", "replace")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
