"""Databases of the tests' own that are made once and lent again and again: to make the tables takes longest.

The first borrower of one finds no tables, as in `made_database`; every later one finds those of this version,
and no row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from grok2api.storage.sql.migrate import is_current, place_at
from grok2api.storage.sql.records import SqlRecords
from support.database_servers import Kind, TestDatabase, empty, made_database, run


@dataclass
class Shelf:
    """What may be lent; all of it goes when `made` is closed."""

    made: ExitStack
    _free: dict[Kind, list[TestDatabase]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def lent(self, kind: Kind) -> Iterator[TestDatabase]:
        """Lend a database that nobody else has for as long as the block runs."""
        free = self._free[kind]
        database = free.pop() if free else self.made.enter_context(made_database(kind))
        yield database
        # What a failed test leaves is not lent again, nor what has the tables of another version.
        if run(lambda: _cleaned(database)):
            free.append(database)


async def _cleaned(database: TestDatabase) -> bool:
    """Delete every row; tell whether it has the tables of this version."""
    if not await is_current(database.url):
        return False
    records = SqlRecords(place_at(database.url).open())
    try:
        await empty(records)
    finally:
        await records.close()
    return True
