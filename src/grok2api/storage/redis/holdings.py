"""How each family of records lies in Redis, for copies between stores: where, and whose script puts it there.

Must never find a row by one index alone that may not hold it: where none holds all, the keys themselves are
looked through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from grok2api.storage.access import AdminAnswer, ApiToken, Operator, SecondFactor
from grok2api.storage.budgets import BudgetHold
from grok2api.storage.contents import RequestContent
from grok2api.storage.files import FileRecord
from grok2api.storage.models import ModelOverride
from grok2api.storage.records import (
    AdminSession,
    Asset,
    ClientKey,
    Conflict,
    Credential,
    JobRecord,
    SettingOverride,
    Transcript,
)
from grok2api.storage.redis.codec import Codec
from grok2api.storage.redis.places import FIRST, LAST
from grok2api.storage.redis.revised import TAKEN
from grok2api.storage.videos import VideoJob

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from _typeshed import DataclassInstance

    from grok2api.storage.redis.link import Link
    from grok2api.storage.transfer.families import Key

Record = TypeVar("Record", bound="DataclassInstance")

TIME_DIGITS: Final = 16
"""Hexadecimal digits of the time before an id in a member of an index."""
_SCANNED: Final = 1000


class Holding(Protocol):
    """One family in Redis."""

    def pages(self, link: Link, size: int) -> AsyncIterator[Sequence[Any]]:
        """Yield every record once."""
        ...

    async def some(self, link: Link, keys: Sequence[Key]) -> Sequence[Any]:
        """Return those with these keys that are there."""
        ...

    async def load(self, link: Link, records: Sequence[Any]) -> None:
        """Keep records in place of those with their keys; Conflict if one would share what is unique."""
        ...

    async def remove(self, link: Link, keys: Sequence[Key]) -> None:
        """Delete the records with these keys."""
        ...

    def place(self, key: Key, name: str) -> tuple[str, str]:
        """Return the key, behind the prefix, and the field in which a field of a record lies."""
        ...


@dataclass(frozen=True, slots=True)
class Rows(Generic[Record]):
    """A family with one hash for each record.

    Attributes:
        record: Its type; the first field is its id.
        script: Which script loads and unloads it.
        one: What the key of a row begins with, before a colon.
        index: An ordered set that holds every row; empty if there is none.
        timed: Whether the members of that index begin with a time.
        kind: What the script calls it, where it serves several.
    """

    record: type[Record]
    script: str
    one: str
    index: str = ""
    timed: bool = True
    kind: str = ""

    async def pages(self, link: Link, size: int) -> AsyncIterator[Sequence[Record]]:
        """Yield every row that was there all the time once."""
        found = indexed(link, self.index, size) if self.index else scanned(link, f"{self.one}:", size)
        skipped = TIME_DIGITS if self.index and self.timed else 0
        async for members in found:
            rows = await self._these(link, [member[skipped:] for member in members])
            if rows:
                yield rows

    async def some(self, link: Link, keys: Sequence[Key]) -> Sequence[Record]:
        """Return the rows with these ids."""
        return await self._these(link, [str(key[0]) for key in keys])

    async def load(self, link: Link, records: Sequence[Record]) -> None:
        """Keep rows as they are."""
        codec = Codec(self.record)
        rows = []
        for each in records:
            change = codec.encode(each)
            rows.append((next(iter(change["set"].values())), change))
        if not await link.write(self.script, "load", rows=rows, kind=self.kind):
            raise Conflict(TAKEN)

    async def remove(self, link: Link, keys: Sequence[Key]) -> None:
        """Delete the rows with these ids."""
        await link.write(self.script, "unload", ids=[str(key[0]) for key in keys], kind=self.kind)

    def place(self, key: Key, name: str) -> tuple[str, str]:
        """Return the row's key and the field."""
        return f"{self.one}:{key[0]}", name

    async def _these(self, link: Link, identifiers: Sequence[str]) -> Sequence[Record]:
        keys = [link.key(f"{self.one}:{each}") for each in identifiers]
        return await link.hashes(keys, Codec(self.record).decode)


async def indexed(link: Link, index: str, size: int) -> AsyncIterator[list[str]]:
    """Yield the members of an ordered set of equal scores, in their order."""
    low = FIRST
    while True:
        found = await link.get("ZRANGEBYLEX", link.key(index), low, LAST, "LIMIT", 0, size)
        members = [each.decode() for each in found]
        if members:
            yield members
        if len(members) < size:
            return
        low = f"({members[-1]}"


async def scanned(link: Link, one: str, size: int) -> AsyncIterator[list[str]]:
    """Yield the ids behind all keys that begin with `one`, each once, though Redis may name a key again."""
    cursor, seen, begun = b"0", set[str](), len(link.key(one))
    waiting: list[str] = []
    while True:
        cursor, found = await link.get(
            "SCAN", cursor.decode(), "MATCH", f"{link.key(one)}*", "COUNT", _SCANNED
        )
        new = {each.decode()[begun:] for each in found} - seen
        seen |= new
        waiting += sorted(new)
        while len(waiting) >= size:
            yield waiting[:size]
            waiting = waiting[size:]
        if cursor == b"0":
            break
    if waiting:
        yield waiting


ROWS: Final[dict[str, Rows[Any]]] = {
    "credentials": Rows(
        Credential, "revised", "credential", "credentials:ids", timed=False, kind="credential"
    ),
    "keys": Rows(ClientKey, "revised", "key", "keys:ids", timed=False, kind="key"),
    "settings": Rows(SettingOverride, "revised", "setting", "settings:ids", timed=False, kind="setting"),
    "models": Rows(ModelOverride, "revised", "model", "models:ids", timed=False, kind="model"),
    "operators": Rows(Operator, "access", "operator", "operators:ids", timed=False, kind="operator"),
    "second factors": Rows(
        SecondFactor, "access", "second-factor", "second-factors:ids", timed=False, kind="second-factor"
    ),
    "tokens": Rows(ApiToken, "access", "token", "tokens:ids", timed=False, kind="token"),
    "answers": Rows(AdminAnswer, "access", "answer", "answers:ends", kind="answer"),
    "budget holds": Rows(BudgetHold, "budgets", "hold", "holds:ends"),
    "sessions": Rows(AdminSession, "sessions", "session", "sessions:ends"),
    "jobs": Rows(JobRecord, "jobs", "job", "jobs:age"),
    "files": Rows(FileRecord, "files", "file"),
    "assets": Rows(Asset, "assets", "asset", "assets:age"),
    "videos": Rows(VideoJob, "videos", "video"),
    "transcripts": Rows(Transcript, "transcripts", "transcript", "transcripts:ends"),
    "contents": Rows(RequestContent, "contents", "content", "contents:ends"),
}
"""The families that are one hash for each record. Of files and videos no index holds all."""
