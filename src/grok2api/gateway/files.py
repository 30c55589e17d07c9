"""Files that clients keep at xAI: made once, written down, and afterwards reached through their ids.

An id names the account that holds a file, so only that account is asked; the store knows who made which, so
that each client key is shown its own. Must never send an upload twice that upstream may have taken, and never
give out the id of a file that is not written down.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from grok2api.accounting.settlement import Settlement
from grok2api.canonical.call import Call, Caller
from grok2api.canonical.dispatch import Dispatch
from grok2api.canonical.plan import Demand, Plan, Target
from grok2api.config.settings import Settings
from grok2api.dialects.file_ids import open_file, seal_file
from grok2api.dialects.files.listing import WantedFiles, bad_cursor
from grok2api.dialects.files.objects import (
    UNKNOWN_PURPOSE,
    KeptFile,
    UpstreamFile,
    missing_file,
    path_of,
    read_file,
)
from grok2api.dialects.files.request import NewFile
from grok2api.errors import (
    Grok2ApiError,
    ModelNotFound,
    NoCredential,
    NotFound,
    PoolError,
    StorageError,
    UpstreamError,
)
from grok2api.gateway.media_calls import Made, MediaCalls, MediaErrand, OpenBytes
from grok2api.gateway.orders import demand_of
from grok2api.gateway.rescue import is_gone
from grok2api.gateway.upstreams import Upstream
from grok2api.kit.clock import Clock
from grok2api.kit.finishing import finished
from grok2api.kit.sealedid import SealedId, SealedIds
from grok2api.observability.logging import get_logger
from grok2api.pool.pool import Pool
from grok2api.storage.files import FileRecord, FileStore
from grok2api.upstream.base import UpstreamFault, WholeReply

_log = get_logger("grok2api.files")
_TARGETS: Final = (Target("", surface="files"),)
_ONCE: Final = Plan("", "media", _TARGETS, repeatable=False)
_OFTEN: Final = Plan("", "media", _TARGETS)
_AT_ONCE: Final = 500
"""Rows of a list that are worked on before others get their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A request about files."""

    call: Call
    settlement: Settlement
    settings: Settings

    @property
    def caller(self) -> Caller:
        """Return who asks."""
        return self.call.caller


class _Lost(NotFound):
    """Upstream has a file no more."""


class Files:
    """What can be done with files.

    Args:
        calls: Reach upstream.
        upstream: Names its failures.
        pool: Tells which accounts are there.
        store: Knows who made which file.
        ids: Seal.
        clock: Where time comes from.
    """

    def __init__(
        self,
        *,
        calls: MediaCalls,
        upstream: Upstream,
        pool: Pool,
        store: FileStore,
        ids: SealedIds,
        clock: Clock,
    ) -> None:
        self._calls = calls
        self._upstream = upstream
        self._pool = pool
        self._store = store
        self._ids = ids
        self._clock = clock

    @property
    def practising(self) -> bool:
        """Whether it is the sandbox that keeps files."""
        return self._pool.practising

    async def create(self, asking: Asking, new: NewFile) -> KeptFile:
        """Have upstream keep a file.

        Raises:
            Grok2ApiError: it is not kept, or not known to be.
        """
        errand = _errand(asking, new.dispatch(), _ONCE)
        try:
            made = await self._calls.whole(errand, check=self._check)
        except ModelNotFound:
            raise NoCredential("No upstream account may keep files.") from None
        told, now = read_file(made.reply.content), self._clock.now()
        expires_at = told.expires_at
        if expires_at is None and new.seconds is not None:
            expires_at = now + new.seconds
        account = SealedIds.account_hash(made.lease.account_id)
        record = FileRecord(
            id=_row_id(asking.caller, account, told.id),
            key_id=asking.caller.key_id,
            account=account.hex(),
            upstream_id=told.id,
            filename=new.filename,
            size=new.source.size,
            purpose=new.purpose,
            mime=new.content_type,
            created_at=now,
            expires_at=expires_at,
        )
        await finished(self._write_down(asking, record))
        return self._kept(record)

    async def list(self, caller: Caller, wanted: WantedFiles) -> tuple[Sequence[KeptFile], bool]:
        """Return a page of a caller's files, and whether more follow.

        Files of accounts that cannot be reached any more are left out, like everywhere else.

        Raises:
            InvalidRequest: the page begins behind what is no file of the caller's.
        """
        after, now = None, self._clock.now()
        if wanted.after:
            opened = open_file(self._ids, wanted.after, caller)
            behind = None if opened is None else await self._store.get(_row_of(caller, opened))
            if behind is None:
                raise bad_cursor()
            after = behind.cursor
        found: list[FileRecord] = []
        reachable: dict[str, bool] = {}
        while len(found) <= wanted.limit:
            most = wanted.limit + 1 - len(found)
            rows = await self._store.page(
                caller.key_id,
                now=now,
                limit=most,
                after=after,
                newest_first=wanted.newest_first,
                purpose=wanted.purpose,
            )
            found += [row for row in rows if self._reaches(row.account, caller, reachable)]
            if len(rows) < most:
                break
            after = rows[-1].cursor
        kept: list[KeptFile] = []
        for number, row in enumerate(found[: wanted.limit], 1):
            kept.append(self._kept(row))
            if not number % _AT_ONCE:
                await asyncio.sleep(0)
        return kept, len(found) > wanted.limit

    async def retrieve(self, asking: Asking, public_id: str) -> KeptFile:
        """Return one file. Raises: NotFound, Grok2ApiError."""
        opened = self._opened(asking, public_id)
        dispatch = Dispatch(method="GET", path=path_of(opened.upstream_id))
        made = await self._whole(asking, public_id, opened, dispatch, readable=True)
        record = await self._store.get(_row_of(asking.caller, opened))
        told = read_file(made.reply.content)
        return _described(public_id, told) if record is None else self._kept(record)

    async def delete(self, asking: Asking, public_id: str) -> None:
        """Have upstream forget a file. Raises: NotFound, Grok2ApiError."""
        opened = self._opened(asking, public_id)
        dispatch = Dispatch(method="DELETE", path=path_of(opened.upstream_id))
        try:
            await self._whole(asking, public_id, opened, dispatch)
        except _Lost:
            if asking.settlement.attempts < 2:
                raise
            # An attempt whose answer was lost has deleted it.
        await finished(self._store.delete(_row_of(asking.caller, opened), now=self._clock.now()))

    async def content(self, asking: Asking, public_id: str) -> tuple[OpenBytes, str]:
        """Return a file's bytes, still to come, and its name. Raises: NotFound, Grok2ApiError."""
        opened = self._opened(asking, public_id)
        record = await self._store.get(_row_of(asking.caller, opened))
        dispatch = Dispatch(method="GET", path=path_of(opened.upstream_id, content=True))
        try:
            answer = await self._calls.download(_errand(asking, dispatch, _OFTEN, opened.account_hash))
        except Grok2ApiError as error:
            raise await self._told(asking, public_id, opened, error) from error
        return answer, public_id if record is None else record.filename

    async def _whole(
        self,
        asking: Asking,
        public_id: str,
        opened: SealedId,
        dispatch: Dispatch,
        *,
        readable: bool = False,
    ) -> Made:
        """Ask the account that holds a file."""
        errand = _errand(asking, dispatch, _OFTEN, opened.account_hash)
        try:
            return await self._calls.whole(errand, check=self._check if readable else None)
        except Grok2ApiError as error:
            raise await self._told(asking, public_id, opened, error) from error

    async def _told(
        self, asking: Asking, public_id: str, opened: SealedId, error: Grok2ApiError
    ) -> Grok2ApiError:
        """Return what the client is told; what upstream has no more is struck off the list."""
        if isinstance(error, UpstreamError) and error.status == 404:
            with suppress(StorageError):
                await self._store.delete(_row_of(asking.caller, opened), now=self._clock.now())
            return _Lost(missing_file(public_id).public_message)
        gone = isinstance(error, PoolError | NotFound) and is_gone(error)
        return missing_file(public_id) if gone else error

    def _opened(self, asking: Asking, public_id: str) -> SealedId:
        opened = open_file(self._ids, public_id, asking.caller)
        if opened is None:
            raise missing_file(public_id)
        return opened

    def _check(self, reply: WholeReply) -> None:
        """Refuse an answer that tells of no file."""
        try:
            read_file(reply.content)
        except ValueError as error:
            raise UpstreamFault(self._upstream.unreadable_stream(str(error))) from error

    async def _write_down(self, asking: Asking, record: FileRecord) -> None:
        """Keep who made a file; if that cannot be, have upstream forget it, since nobody would find it."""
        try:
            await self._store.put(record)
        except StorageError:
            undo = Dispatch(method="DELETE", path=path_of(record.upstream_id))
            try:
                await self._calls.whole(_errand(asking, undo, _OFTEN, bytes.fromhex(record.account)))
            except Grok2ApiError as error:
                _log.warning(
                    "a file that nobody can find stays at xAI",
                    upstream_id=record.upstream_id,
                    reason=error.public_message,
                )
            raise

    def _reaches(self, account: str, caller: Caller, known: dict[str, bool]) -> bool:
        """Tell whether somebody may reach an account, be it after a rest."""
        reaches = known.get(account)
        if reaches is None:
            demand = Demand("", account_pin=bytes.fromhex(account), surface="files", scope=caller.scope)
            reaches = known[account] = self._pool.may_serve(demand)
        return reaches

    def _kept(self, record: FileRecord) -> KeptFile:
        return KeptFile(
            public_id=seal_file(
                self._ids,
                account=bytes.fromhex(record.account),
                owner=record.key_id,
                upstream_id=record.upstream_id,
            ),
            filename=record.filename,
            size=record.size,
            purpose=record.purpose,
            created_at=record.created_at,
            expires_at=record.expires_at,
        )


def _errand(asking: Asking, dispatch: Dispatch, plan: Plan, pin: bytes | None = None) -> MediaErrand:
    call = replace(asking.call, account_pin=pin)
    asking.settlement.demanded(demand_of(call, plan, plan.targets[0]))
    return MediaErrand(
        call=call,
        plan=plan,
        settlement=asking.settlement,
        settings=asking.settings,
        write=lambda _target, _lease, _amendments: dispatch,
    )


def _described(public_id: str, told: UpstreamFile) -> KeptFile:
    """Return a file of which only upstream knows."""
    return KeptFile(
        public_id=public_id,
        filename=told.filename or public_id,
        size=told.bytes,
        purpose=told.purpose or UNKNOWN_PURPOSE,
        created_at=told.created_at,
        expires_at=told.expires_at,
    )


def _row_of(caller: Caller, opened: SealedId) -> str:
    return _row_id(caller, opened.account_hash, opened.upstream_id)


def _row_id(caller: Caller, account: bytes, upstream_id: str) -> str:
    """Return the key of a file's row: a hash of what its id says, which outlives the key that seals ids."""
    told = f"{caller.key_id}\n{account.hex()}\n{upstream_id}"
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
