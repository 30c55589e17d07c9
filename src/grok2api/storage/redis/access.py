"""Who may use the admin API: accounts, tokens, and answers that are kept for a while.

Must never know a password or a token, only hashes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from grok2api.storage.access import AdminAnswer, ApiToken, Operator, SecondFactor
from grok2api.storage.records import Conflict
from grok2api.storage.redis.codec import Codec, text_of
from grok2api.storage.redis.revised import TAKEN, check

if TYPE_CHECKING:
    from grok2api.storage.redis.link import Link

Entity = TypeVar("Entity", Operator, SecondFactor, ApiToken, AdminAnswer)

_SCRIPT: Final = "access"


class KeyedRows(Generic[Entity]):
    """One kind of rows.

    Args:
        link: Where they are.
        codec: Between them and their hashes.
        kind: What one of them is called in keys.
    """

    def __init__(self, link: Link, codec: Codec[Entity], kind: str) -> None:
        self._link = link
        self._codec: Codec[Entity] = codec
        self._kind = kind

    async def list(self) -> tuple[Entity, ...]:
        """Return all rows in the order of their ids."""
        found = await self._link.get("ZRANGE", self._link.key(f"{self._kind}s:ids"), 0, -1)
        keys = [self._row_key(each.decode()) for each in found]
        return await self._link.hashes(keys, self._codec.decode)

    async def get(self, identifier: str, /) -> Entity | None:
        """Return one row."""
        row = await self._link.get("HGETALL", self._row_key(identifier))
        return self._codec.decode(row) if row else None

    async def add(self, record: Entity, /) -> None:
        """Keep a new row; Conflict if it is there, or shares what is unique."""
        if not await self._write("add", id=record.id, change=self._codec.encode(record)):
            raise Conflict(TAKEN)

    async def put(self, record: Entity, /) -> None:
        """Replace a row; Missing, or Conflict as for `add`."""
        check(await self._write("put", id=record.id, change=self._codec.encode(record)), record.id)

    async def delete(self, identifier: str, /) -> bool:
        """Forget a row; tell whether it was there."""
        return bool(await self._write("delete", id=identifier))

    async def _unique(self, name: str, value: str) -> Entity | None:
        row = await self._link.ask(_SCRIPT, "unique", kind=self._kind, name=name, value=value)
        return self._codec.decode(row) if row else None

    async def _write(self, verb: str, **given: object) -> Any:
        return await self._link.write(_SCRIPT, verb, kind=self._kind, **given)

    def _row_key(self, identifier: str) -> str:
        return self._link.key(f"{self._kind}:{identifier}")


class RedisOperators(KeyedRows[Operator]):
    """The accounts of operators."""

    def __init__(self, link: Link) -> None:
        super().__init__(link, Codec(Operator), "operator")

    async def marked(self, mark: str, /) -> Operator | None:
        """Return the one whose name is compared as `mark`."""
        return await self._unique("mark", mark)

    async def identified(self, identity: str, /) -> Operator | None:
        """Return the one whom an identity provider vouches for."""
        return await self._unique("identity", identity)


class RedisSecondFactors(KeyedRows[SecondFactor]):
    """The authenticator apps of accounts."""

    def __init__(self, link: Link) -> None:
        super().__init__(link, Codec(SecondFactor), "second-factor")


class RedisTokens(KeyedRows[ApiToken]):
    """The tokens of programs."""

    def __init__(self, link: Link) -> None:
        super().__init__(link, Codec(ApiToken), "token")

    async def hashed(self, hashed: str, /) -> ApiToken | None:
        """Return the one with this keyed hash."""
        return await self._unique("hash", hashed)

    async def touch(self, identifier: str, /, *, now: float) -> bool:
        """Note that it is used now; tell whether it is there."""
        change = self._codec.change({"last_used_at": now})
        return bool(await self._write("put", id=identifier, change=change) == b"kept")


class RedisAnswers(KeyedRows[AdminAnswer]):
    """Answers to writes that may be sent again."""

    def __init__(self, link: Link) -> None:
        super().__init__(link, Codec(AdminAnswer), "answer")

    async def begin(self, answer: AdminAnswer, /, *, now: float) -> AdminAnswer | None:
        """Keep a new one, in place of one that has expired; return the one that is in its place."""
        change = self._codec.encode(answer)
        row = await self._write("begin", id=answer.id, change=change, now=text_of(now))
        return self._codec.decode(row) if row else None

    async def finish(self, answer: AdminAnswer, /) -> None:
        """Replace one that was begun."""
        await self._write("put", id=answer.id, change=self._codec.encode(answer))

    async def delete_ended(self, now: float, /) -> int:
        """Forget those that have expired by `now`; return how many."""
        return int(await self._write("delete_ended", now=text_of(now)))
