"""Ids of requests in the ledger: unique, also where a client gives all its requests one id.

The client's own id is then followed by a mark, which no id that it may choose holds, and by random digits.
Must never be told to a client with the digits: it knows its request by the id that it chose.
"""

from __future__ import annotations

from typing import Final

MARK: Final = "#"
"""Parts a client's id from what makes it unique."""


def public_id(identifier: str) -> str:
    """Return the id by which the client knows a request."""
    return identifier.partition(MARK)[0]


def is_of(identifier: str, asked: str) -> bool:
    """Tell whether a request is meant by an id: by its own, or by that which its client chose."""
    return identifier == asked or identifier.startswith(asked + MARK)


def chosen_ids(identifier: str) -> list[str]:
    """Return every id besides its own by which a request is meant."""
    return [identifier[:at] for at, sign in enumerate(identifier) if sign == MARK]
