"""Two stores side by side, family by family: the same, or how they differ.

Must never write anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grok2api.storage.transfer.digest import Tally
from grok2api.storage.transfer.families import FAMILIES, LEFT_FACTS, Fact

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from _typeshed import DataclassInstance

    from grok2api.storage.transfer.families import Family
    from grok2api.storage.transfer.porter import Porter, View

    Progress = Callable[[str, str, int], None]
    """Told what is done, to which family, and how many more records it was done to."""

COMPARING: Final = "comparing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One family in two stores.

    Attributes:
        source_count: Records in the one.
        target_count: Records in the other.
        source_digest: 64 hexadecimal digits; equal digests are equal records.
        target_digest: The same of the other.
    """

    family: str
    source_count: int
    target_count: int
    source_digest: str
    target_digest: str

    @property
    def same(self) -> bool:
        """Whether both hold the same records."""
        return (self.source_count, self.source_digest) == (self.target_count, self.target_digest)


def ignore(_doing: str, _family: str, _count: int) -> None:
    """Tell nobody."""


async def carried(view: View, family: Family) -> AsyncIterator[Sequence[DataclassInstance]]:
    """Yield the pages of a family without the facts that are about one store alone."""
    async for page in view.pages(family):
        kept = [each for each in page if not (isinstance(each, Fact) and each.name in LEFT_FACTS)]
        if kept:
            yield kept


async def compare(source: Porter, target: Porter, progress: Progress = ignore) -> tuple[Comparison, ...]:
    """Return how each family stands in two stores; StorageError if one does not answer."""
    async with source.viewing() as ours, target.viewing() as theirs:
        return tuple([await compare_family(ours, theirs, each, progress) for each in FAMILIES])


async def compare_family(ours: View, theirs: View, family: Family, progress: Progress) -> Comparison:
    """Return how one family stands in two views."""
    one, other = await _tally(ours, family, progress), await _tally(theirs, family, progress)
    return Comparison(
        family=family.name,
        source_count=one.count,
        target_count=other.count,
        source_digest=one.digest,
        target_digest=other.digest,
    )


async def _tally(view: View, family: Family, progress: Progress) -> Tally:
    tally = Tally(family)
    async for page in carried(view, family):
        tally.add(page)
        progress(COMPARING, family.name, len(page))
    return tally
