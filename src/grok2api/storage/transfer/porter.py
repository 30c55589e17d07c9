"""What a store must be able to do so that it can be copied from and to, compared, and sealed anew.

Records travel as the plain dataclasses of their families, page by page. Must never let a type of a backend
through, and never hold more than a page. Every verb raises `grok2api.errors.StorageError` when the store
cannot be reached in time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from contextlib import AbstractAsyncContextManager

    from _typeshed import DataclassInstance

    from grok2api.storage.stores import ClaimStore
    from grok2api.storage.transfer.families import Family, Key


class View(Protocol):
    """A store to read from: one state of it where the backend can hold one, else as it is by the moment."""

    def pages(self, family: Family, /) -> AsyncIterator[Sequence[DataclassInstance]]:
        """Yield every record of a family once, at most `family.page` at a time."""
        ...

    async def some(self, family: Family, keys: Sequence[Key], /) -> Sequence[DataclassInstance]:
        """Return those of a family with these keys that are there, in any order."""
        ...

    async def revision(self) -> int:
        """Return the last revision given out."""
        ...


class Porter(Protocol):
    """One store, reached below its verbs. Its text is where it is, for people, without a password."""

    @property
    def claims(self) -> ClaimStore:
        """Who may do what alone in this store; never carried."""
        ...

    def viewing(self) -> AbstractAsyncContextManager[View]:
        """Open a view; what it shows lasts as long as the block."""
        ...

    async def load(self, family: Family, records: Sequence[DataclassInstance], /, *, fresh: bool) -> None:
        """Keep records as they are, in place of those with their keys, all or none where the backend can.

        Args:
            family: What they are.
            records: At most a page.
            fresh: Whether the family was empty before, so that nothing has to be replaced.

        Raises:
            Conflict: One holds what must be unique and what another one has.
        """
        ...

    async def remove(self, family: Family, keys: Sequence[Key], /) -> None:
        """Delete the records with these keys, without a trace."""
        ...

    async def reseal(self, family: Family, key: Key, name: str, /, *, old: str, new: str) -> bool:
        """Replace a sealed text of a record, for good, if it is still the old one; tell whether it was."""
        ...

    async def set_revision(self, revision: int, /) -> None:
        """Let the next change get a revision behind this one, and every reader be told everything."""
        ...

    async def fact(self, name: str, /) -> str | None:
        """Return a fact, also one that is never carried."""
        ...

    async def put_fact(self, name: str, value: str, /) -> None:
        """Keep a fact in place of the one of this name. It is on disk when this returns."""
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...
