"""Where a page of a list ends, as a text that whoever reads it sends back for the next one.

Must never be believed: a client may write anything in its stead, and what is no place is refused by name.
"""

from __future__ import annotations

import msgspec

from grok2api.errors import InvalidRequest
from grok2api.kit import base64url

Place = tuple[float, str]
"""A time and an id, by which the rows of a list are ordered."""


def cursor_of(place: Place | None) -> str | None:
    """Return the text of a place; None for the end of a list."""
    return None if place is None else base64url.encode(msgspec.json.encode(place))


def place_of(cursor: str) -> Place | None:
    """Return the place that a text stands for; None for no text, which is the beginning.

    Raises:
        InvalidRequest: it is none that `cursor_of` makes.
    """
    if not cursor:
        return None
    try:
        place: Place = msgspec.json.decode(base64url.decode(cursor), type=Place)
    except ValueError:
        raise InvalidRequest("The cursor is not one of a page of this list.", param="cursor") from None
    return place
