"""Copies of a SQLite store: whole, named by the server, few, and never anything else on the disk."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest

from grok2api.admin.backups import MOST
from grok2api.config.sections.storing import Storage
from grok2api.config.settings import Settings
from grok2api.errors import InvalidRequest
from grok2api.kit.clock import ManualClock
from grok2api.server.backups import build_backups


def settings_at(folder: Path, kind: Literal["local", "pgsql"] = "local") -> Settings:
    return Settings(storage=Storage(data_dir=str(folder), type=kind))


async def test_copies_are_made_read_and_deleted(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "grok2api.db")) as store:
        store.execute("CREATE TABLE kept (value TEXT)")
        store.execute("INSERT INTO kept VALUES ('here')")
        store.commit()
    clock = ManualClock()
    backups = build_backups(settings_at(tmp_path), clock)
    assert (backups.command, list(await backups.all())) == ("", [])
    made = await backups.make()
    clock.advance(1)
    newer = await backups.make()
    assert [each.name for each in await backups.all()] == [newer.name, made.name]
    pieces = await backups.read(made.name)
    assert pieces is not None
    copy = tmp_path / "copy.db"
    copy.write_bytes(b"".join([piece async for piece in pieces]))
    with closing(sqlite3.connect(copy)) as read:
        assert read.execute("SELECT value FROM kept").fetchall() == [("here",)]
    assert (tmp_path / "backups" / made.name).stat().st_mode & 0o077 == 0
    assert await backups.delete(made.name)
    assert not await backups.delete(made.name)


async def test_nothing_but_a_copy_is_reached(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("the key")
    backups = build_backups(settings_at(tmp_path), ManualClock())
    for name in (
        "../secret.key",
        "..%2fsecret.key",
        "/etc/passwd",
        "grok2api.db",
        "grok2api-20260101-000000.db",
    ):
        assert await backups.read(name) is None
        assert not await backups.delete(name)
    assert (tmp_path / "secret.key").exists()


async def test_there_are_only_so_many(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "grok2api.db").close()
    (tmp_path / "backups").mkdir()
    for number in range(MOST):
        (tmp_path / "backups" / f"grok2api-20260101-00000{number}.db").touch()
    with pytest.raises(InvalidRequest, match="delete one first"):
        await build_backups(settings_at(tmp_path), ManualClock()).make()


async def test_another_store_has_its_own_tools(tmp_path: Path) -> None:
    backups = build_backups(settings_at(tmp_path, "pgsql"), ManualClock())
    assert backups.command.startswith("pg_dump")
    with pytest.raises(InvalidRequest, match="pg_dump"):
        await backups.make()
