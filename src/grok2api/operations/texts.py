"""Texts that an operator gives for a credential or a client key: trimmed, and of a bounded length.

Must never cut a text off: what is too long is refused by the name of its field.
"""

from __future__ import annotations

from typing import Final, overload

from grok2api.errors import InvalidRequest

MOST_ENTRIES: Final = 100


def trimmed(name: str, value: str | None, longest: int) -> str | None:
    """Return a text without the space around it; None stays None, for what was not said.

    Raises:
        InvalidRequest: it is too long.
    """
    if value is None:
        return None
    stripped = value.strip()
    if len(stripped) > longest:
        raise InvalidRequest(f"{name} is longer than {longest} characters.", param=name)
    return stripped


@overload
def listed(name: str, values: tuple[str, ...], longest: int) -> tuple[str, ...]: ...
@overload
def listed(name: str, values: tuple[str, ...] | None, longest: int) -> tuple[str, ...] | None: ...
def listed(name: str, values: tuple[str, ...] | None, longest: int) -> tuple[str, ...] | None:
    """Return texts trimmed, each once and none empty; None stays None, for what was not said.

    Raises:
        InvalidRequest: they are too many, or one is too long or cannot be printed.
    """
    if values is None:
        return None
    kept = tuple(dict.fromkeys(stripped for value in values if (stripped := value.strip())))
    if len(kept) > MOST_ENTRIES:
        raise InvalidRequest(f"{name} has more than {MOST_ENTRIES} entries.", param=name)
    for value in kept:
        if len(value) > longest or not value.isprintable():
            raise InvalidRequest(
                f"{name}: each entry is at most {longest} characters that can be printed.", param=name
            )
    return kept
