"""Settings are put into the text of a TOML file; comments and everything else in it stay as they are.

The result is parsed and compared with what was meant before it is given out, so a file that is written in
an unusual way is refused, never damaged. Must never put a value into an error: it may be a secret.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

import msgspec


class CannotEdit(Exception):
    """The text is written in a way that cannot be added to."""


def toml_literal(value: object) -> str:
    """Return a value as TOML writes it: text, number, boolean or a list of them."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(toml_literal(item) for item in value)}]"
    return msgspec.json.encode(value).decode()


def edited(text: str, values: Mapping[str, object]) -> str:
    """Return the text with each value, by `section.name`, set; its line ends are kept.

    Raises:
        CannotEdit: It is not sure that only these values would change.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    for path, value in values.items():
        section, _, name = path.partition(".")
        _put(lines, section, name, toml_literal(value))
    result = "\n".join(lines).replace("\n", newline)
    _compare(text, values, result)
    return result


def _put(lines: list[str], section: str, name: str, literal: str) -> None:
    begin = _header(lines, section)
    if begin is None:
        while lines and not lines[-1].strip():
            lines.pop()
        lines += [*([""] if lines else []), f"[{section}]", f"{name} = {literal}", ""]
        return
    end = next((place for place in range(begin + 1, len(lines)) if _is_header(lines[place])), len(lines))
    place = next((each for each in range(begin + 1, end) if _assigns(lines[each], name)), None)
    if place is None:
        while not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#"):
            end -= 1
        lines.insert(max(end, begin + 1), f"{name} = {literal}")
    else:
        lines[place : place + _length(lines[place:end])] = [f"{name} = {literal}"]


def _header(lines: list[str], section: str) -> int | None:
    pattern = re.compile(rf"\s*\[\s*{re.escape(section)}\s*\]\s*(#.*)?")
    return next((place for place, line in enumerate(lines) if pattern.fullmatch(line)), None)


def _is_header(line: str) -> bool:
    return re.fullmatch(r"\s*\[\[?[^\[\]]+\]\]?\s*(#.*)?", line) is not None


def _assigns(line: str, name: str) -> bool:
    return re.match(rf"""\s*(["']?){re.escape(name)}\1\s*=""", line) is not None


def _length(lines: list[str]) -> int:
    """Return how many lines the assignment at the beginning takes."""
    for count in range(1, len(lines) + 1):
        try:
            tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue
        return count
    raise CannotEdit


def _compare(text: str, values: Mapping[str, object], result: str) -> None:
    """Raise CannotEdit unless exactly the values changed."""
    meant = tomllib.loads(text)
    try:
        for path, value in values.items():
            section, _, name = path.partition(".")
            meant.setdefault(section, {})[name] = list(value) if isinstance(value, tuple) else value
        got = tomllib.loads(result)
    except (tomllib.TOMLDecodeError, TypeError):
        raise CannotEdit from None
    if got != meant:
        raise CannotEdit
