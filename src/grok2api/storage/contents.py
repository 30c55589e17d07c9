"""What clients asked and were answered, where an operator wants that kept; and what the store does with it.

Must never hold plain words: the content is sealed before it comes here, and opens only for the request and
the key that it belongs to.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContent:
    """The words of one request, for a client key whose words are kept.

    Attributes:
        id: Made from the request's id and its key's by `content_id`: clients choose ids of requests, and one
            may choose another's.
        request_id: The request, as the ledger names it.
        key_id: The client key that it belongs to.
        content: Sealed text, never the words themselves.
        expires_at: Wall time from which it counts as forgotten.
    """

    id: str
    request_id: str
    key_id: str
    content: str = field(repr=False)
    created_at: float
    expires_at: float


def content_id(request_id: str, key_id: str) -> str:
    """Return the id under which the words of a request are kept, as hexadecimal digits."""
    return hashlib.sha256(f"{key_id}\0{request_id}".encode()).hexdigest()


def content_context(identifier: str) -> str:
    """Return the context in which the words of a request are sealed."""
    return f"contents/{identifier}/content"


class ContentStore(Protocol):
    """Words of requests, sealed, one row for each request."""

    async def put(self, rows: Sequence[RequestContent], /) -> None:
        """Keep all rows, or none if it fails; one whose id is there already stays as it is."""
        ...

    async def get(self, identifier: str, /) -> RequestContent | None:
        """Return a row, also one that has expired and was not forgotten yet."""
        ...

    async def delete(self, identifier: str, /) -> bool:
        """Forget a row for good; tell whether it was there."""
        ...

    async def owners(self) -> tuple[str, ...]:
        """Return the client keys that have rows, in the order of their ids."""
        ...

    async def delete_of(self, key_id: str, /, *, limit: int | None = None) -> int:
        """Forget for good all rows of a client key, or at most `limit` of them; return how many."""
        ...

    async def delete_ended(self, now: float, /, *, limit: int) -> int:
        """Forget at most `limit` rows that have expired by `now`, the oldest first; return how many."""
        ...
