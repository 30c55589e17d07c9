"""What a list of files is asked for with.

Source: openai-python `file_list_params`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from grok2api.errors import InvalidRequest

LONGEST_PAGE: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedFiles:
    """A page that is wanted."""

    limit: int = LONGEST_PAGE
    newest_first: bool = True
    after: str = ""
    """Public id of the file behind which it begins; empty for the first page."""
    purpose: str = ""
    """Empty for any."""


def read_wanted(query: Mapping[str, str]) -> WantedFiles:
    """Return the page that a query asks for; what it does not know is ignored.

    Raises:
        InvalidRequest: a value that it may not have.
    """
    limit, order = query.get("limit", str(LONGEST_PAGE)), query.get("order", "desc")
    if not (limit.isascii() and limit.isdigit() and len(limit) < 9 and 1 <= int(limit) <= LONGEST_PAGE):
        raise InvalidRequest(f"'limit' must be a whole number from 1 to {LONGEST_PAGE}.", param="limit")
    if order not in {"asc", "desc"}:
        raise InvalidRequest("'order' must be 'asc' or 'desc'.", param="order")
    return WantedFiles(
        limit=int(limit),
        newest_first=order == "desc",
        after=query.get("after", ""),
        purpose=query.get("purpose", "")[:64],
    )


def bad_cursor() -> InvalidRequest:
    """Return the error for a page that begins behind what is no file of the list."""
    return InvalidRequest("'after' is not the id of one of your files.", param="after")
