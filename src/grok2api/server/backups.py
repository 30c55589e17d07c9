"""Copies of a SQLite store beside it, made while it serves; other stores are copied by their own tools.

They lie in `backups` of the data directory, for whoever runs the server to read alone. Must never overwrite a
copy, never keep half of one, and never touch a file that it has not named itself.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from grok2api.admin.backups import MOST, Backup, Backups
from grok2api.config.settings import Settings
from grok2api.errors import InvalidRequest, StorageError
from grok2api.kit.clock import Clock
from grok2api.storage.open import sql_place
from grok2api.storage.sql.backup import back_up
from grok2api.storage.sql.sqlite import SqlitePlace

COMMANDS: Final = {
    "pgsql": "pg_dump --format=custom --file=FILE DATABASE",
    "mysql": "mysqldump --single-transaction --default-character-set=utf8mb4 DATABASE > FILE",
    "redis": "redis-cli --rdb FILE",
}
_FOLDER: Final = "backups"
_NAME: Final = re.compile(r"grok2api-\d{8}-\d{6}\.db")
_PIECE: Final = 1024 * 1024


def build_backups(settings: Settings, clock: Clock) -> Backups:
    """Return what can be done about copies of the store that a server was started with."""
    storage = settings.storage
    copies = _Copies(settings, clock)
    return Backups(
        command=COMMANDS.get(storage.type, ""),
        host=socket.gethostname(),
        all=copies.all,
        make=copies.make,
        read=copies.read,
        delete=copies.delete,
    )


class _Copies:
    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._storage = settings.storage
        self._folder = Path(settings.storage.data_dir) / _FOLDER
        self._clock = clock
        self._making = asyncio.Lock()

    async def all(self) -> Sequence[Backup]:
        return await asyncio.to_thread(self._listed)

    async def make(self) -> Backup:
        storage = self._storage
        if storage.type in COMMANDS:
            raise InvalidRequest(f"This store is copied by its own tools: {COMMANDS[storage.type]}")
        place = sql_place(storage.type, storage.url, Path(storage.data_dir))
        if not isinstance(place, SqlitePlace):
            raise InvalidRequest("This store is not copied here.")
        async with self._making:
            if len(await self.all()) >= MOST:
                raise InvalidRequest(f"There are {MOST} copies on this host already; delete one first.")
            day = datetime.fromtimestamp(self._clock.now(), UTC)
            target = self._folder / f"grok2api-{day:%Y%m%d-%H%M%S}.db"
            try:
                await asyncio.to_thread(self._folder.mkdir, mode=0o700, exist_ok=True)
                await back_up(place.path, target)
            except OSError as error:
                raise StorageError(f"The copy cannot be written: {error.strerror}.") from None
        return await asyncio.to_thread(_shown, target)

    async def read(self, name: str) -> AsyncIterator[bytes] | None:
        path = self._path(name)
        if path is None:
            return None
        try:
            return _pieces(await asyncio.to_thread(path.open, "rb"))
        except FileNotFoundError:
            return None

    async def delete(self, name: str) -> bool:
        path = self._path(name)
        if path is None:
            return False
        try:
            await asyncio.to_thread(path.unlink)
        except FileNotFoundError:
            return False
        return True

    def _path(self, name: str) -> Path | None:
        return self._folder / name if _NAME.fullmatch(name) else None

    def _listed(self) -> list[Backup]:
        found = self._folder.glob("*.db") if self._folder.is_dir() else ()
        shown = [_shown(path) for path in found if _NAME.fullmatch(path.name)]
        return sorted(shown, key=lambda each: each.name, reverse=True)


def _shown(path: Path) -> Backup:
    seen = path.stat()
    return Backup(name=path.name, bytes=seen.st_size, made_at=seen.st_mtime)


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    try:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
    finally:
        file.close()
