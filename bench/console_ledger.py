"""A ledger of a million requests, written as an old version kept it and brought up to date by the migrations.

So the sums are made by the steps that make an operator's, and how long these take is measured on the way.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Final

from grok2api.storage.sql.migrate import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY: Final = 86_400
OLD: Final = "0010"
"""The last schema without sums."""
_AT_A_TIME: Final = 5_000
_MODELS: Final = ("grok-4", "grok-4.1-fast", "grok-3", "grok-4-heavy", "grok-4-mini", "grok-imagine-1.0")
_ENDS: Final = (*("completed",) * 94, *("failed",) * 3, "refused", "client_gone", "cut")
_COLUMNS: Final = (
    *("request_id", "started_at", "key_id", "operation", "model", "upstream_model", "credential_id"),
    *("account_id", "stream", "status", "end", "error_code", "attempts", "input_tokens", "cached_tokens"),
    *("output_tokens", "reasoning_tokens", "usage_source", "cost_ticks", "first_byte_ms", "total_ms"),
    "upstream_request_id",
)
Row = tuple[object, ...]


def rows(count: int, *, days: int, credentials: int, keys: int, now: float) -> Iterator[Row]:
    """Give requests of the last days, spread evenly over time, credentials and keys."""
    dice = random.Random(5)
    pool = [f"cred_{dice.getrandbits(64):016x}" for _ in range(credentials)]
    clients = [f"key_{number:03}" for number in range(keys)]
    begin = now - days * DAY
    for number in range(count):
        end, model = dice.choice(_ENDS), dice.choice(_MODELS)
        status = {"completed": 200, "client_gone": 499, "cut": 200, "refused": 400}.get(end, 502)
        first = dice.expovariate(1 / 700)
        yield (
            f"req_{dice.getrandbits(80):020x}",
            begin + days * DAY * number / count,
            dice.choice(clients),
            dice.choice(("chat", "responses", "messages")),
            model,
            f"{model}-up",
            dice.choice(pool),
            "0011223344556677",
            bool(number % 2),
            status,
            end,
            "" if status == 200 else "upstream_error",
            1 + (number % 17 == 0),
            dice.randrange(20_000),
            dice.randrange(900),
            dice.randrange(3_000),
            dice.randrange(900),
            "upstream",
            dice.randrange(10**9),
            first,
            first + dice.expovariate(1 / 4_000),
            "",
        )


async def fill(url: str, made: Iterator[Row]) -> tuple[float, float]:
    """Write rows into an empty database and bring it up to date; return the seconds of both."""
    await upgrade(url, to=OLD)
    begun = time.monotonic()
    if url.startswith("sqlite"):
        await asyncio.to_thread(_fill_file, url.removeprefix("sqlite:///"), made)
    else:
        await _fill_server(url, made)
    written = time.monotonic()
    await upgrade(url)
    return written - begun, time.monotonic() - written


def database_url(directory: Path) -> str:
    """Return the URL of the file that a server with this data directory uses."""
    (directory / "data").mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{directory / 'data' / 'grok2api.db'}"


def _fill_file(path: str, made: Iterator[Row]) -> None:
    columns, places = ", ".join(f'"{each}"' for each in _COLUMNS), ", ".join("?" * len(_COLUMNS))
    statement = f"INSERT INTO usage_records ({columns}) VALUES ({places})"  # noqa: S608  names of ours
    with closing(sqlite3.connect(path)) as connection:
        for piece in _pieces(made):
            connection.executemany(statement, piece)
            connection.commit()


async def _fill_server(url: str, made: Iterator[Row]) -> None:
    import asyncpg  # type: ignore[import-untyped]  # noqa: PLC0415  only where PostgreSQL is measured

    connection = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    try:
        for piece in _pieces(made):
            await connection.copy_records_to_table("usage_records", records=piece, columns=list(_COLUMNS))
    finally:
        await connection.close()


def _pieces(made: Iterator[Row]) -> Iterator[list[Row]]:
    piece: list[Row] = []
    for row in made:
        piece.append(row)
        if len(piece) == _AT_A_TIME:
            yield piece
            piece = []
    if piece:
        yield piece
