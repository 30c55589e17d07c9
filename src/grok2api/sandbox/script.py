"""Calls that a prompt orders word for word, so that an agent's whole job can be played from one prompt.

`!sandbox:call=<function> {json}` is one call; several are made one after the other, each once the result of
the one before has arrived. The conversation itself tells how far the script has come: nothing is kept here,
so any number of agents may run at once, and a request sent again gets the same call again.
"""

from __future__ import annotations

import json
import re

from grok2api.sandbox.dialogue import Turn

_ORDER = re.compile(r"!sandbox:call=([\w.-]+)[ \t]*")
_DECODER = json.JSONDecoder()


def split(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return a text without its orders, and the calls ordered, as (function name, arguments as JSON text).

    Arguments are kept as they are written; where no JSON object follows the name, they are `{}`.
    """
    kept: list[str] = []
    calls: list[tuple[str, str]] = []
    position = 0
    for found in _ORDER.finditer(text):
        if found.start() < position:
            continue
        kept.append(text[position : found.start()])
        position = _end_of_object(text, found.end())
        calls.append((found[1], text[found.end() : position] or "{}"))
    return "".join((*kept, text[position:])), tuple(calls)


def due(turns: tuple[Turn, ...]) -> tuple[str, str] | None:
    """Return the call whose turn it is by the last user turn that orders any, or None when all are made."""
    for at in range(len(turns) - 1, -1, -1):
        if turns[at].role == "user" and (calls := split(turns[at].text)[1]):
            made = sum(turn.role == "tool" for turn in turns[at + 1 :])
            return calls[made] if made < len(calls) else None
    return None


def _end_of_object(text: str, start: int) -> int:
    if not text.startswith("{", start):
        return start
    try:
        return _DECODER.raw_decode(text, start)[1]
    except json.JSONDecodeError:
        return start
