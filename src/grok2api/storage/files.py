"""Files that clients uploaded, as the store lists them, and what may be asked of it.

Upstream keeps the files; here stands who made which, so that each client key is shown its own. A row that is
deleted or has expired stays for a while, unseen: whoever is listing page by page goes on behind it.
Must never hold what is in a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

FileCursor = tuple[float, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """One file.

    Attributes:
        id: Hash of owner, account and upstream's id.
        key_id: The client key that made it.
        account: Hash of the account that holds it, in hexadecimal.
        filename: As the client wrote it, without a path.
        size: Bytes.
        purpose: In OpenAI's words, as the client wrote it.
        mime: As the client wrote it; empty if it wrote none.
        created_at: Wall time.
        expires_at: Wall time at which upstream forgets it; None if it stays.
        deleted_at: Wall time at which it was deleted; None while it is there.
    """

    id: str
    key_id: str
    account: str
    upstream_id: str
    filename: str
    size: int
    purpose: str
    mime: str = ""
    created_at: float
    expires_at: float | None = None
    deleted_at: float | None = None

    @property
    def cursor(self) -> FileCursor:
        """Return its place in a list."""
        return (self.created_at, self.id)


class FileStore(Protocol):
    """Who made which file."""

    async def put(self, record: FileRecord, /) -> None:
        """Keep a file; one whose id is there already stays as it is. It is on disk before this returns."""
        ...

    async def get(self, identifier: str, /) -> FileRecord | None:
        """Return a file, also one that was deleted or has expired and was not forgotten yet."""
        ...

    async def page(
        self,
        key_id: str,
        /,
        *,
        now: float,
        limit: int,
        after: FileCursor | None = None,
        newest_first: bool = True,
        purpose: str = "",
    ) -> Sequence[FileRecord]:
        """Return at most `limit` of a key's files that are there at `now`, those behind `after` in the order.

        Args:
            key_id: Whose.
            now: Wall time; what has expired by then is left out.
            limit: Most rows.
            after: Place of a file, itself left out.
            newest_first: Whether the newest come first, or the oldest.
            purpose: Only files for this; empty is for any.
        """
        ...

    async def delete(self, identifier: str, /, *, now: float) -> bool:
        """Note that a file was deleted at `now`; tell whether it was there until then."""
        ...

    async def forget(self, before: float, /, *, limit: int) -> int:
        """Forget at most `limit` files that were deleted or had expired by `before`; return how many."""
        ...
