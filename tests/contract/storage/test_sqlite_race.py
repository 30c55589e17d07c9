"""Several processes and one claim, one token set, one file."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from contextlib import AsyncExitStack, closing
from typing import TYPE_CHECKING

import pytest

from grok2api.errors import StorageError
from grok2api.storage.open import open_records
from grok2api.storage.sql.migrate import upgrade
from grok2api.storage.sql.records import SqlRecords
from grok2api.storage.sql.sqlite import open_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from grok2api.storage.records import Credential

PROCESSES = 4
STORES = 2
ROUNDS = 10

RACER = """
import asyncio, sys, time
from pathlib import Path
from grok2api.storage.sql.records import SqlRecords
from grok2api.storage.sql.sqlite import open_database

async def main(file, *holders):
    stores = {holder: SqlRecords(open_database(Path(file))) for holder in holders}
    for records in stores.values():
        await records.ping()
    print("ready", flush=True)
    while sys.stdin.readline():
        claims = await asyncio.gather(*(
            records.claims.acquire("race", holder=holder, seconds=30, now=time.time())
            for holder, records in stores.items()
        ))
        print(*(claim.fence for claim in claims if claim), flush=True)
        sys.stdin.readline()
        for claim in filter(None, claims):
            await stores[claim.holder].claims.release(claim)
        print("free", flush=True)
    for records in stores.values():
        await records.close()

asyncio.run(main(*sys.argv[1:]))
"""


class Racer:
    """A process that answers line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._told = process.stdin
        self._answers = process.stdout

    def tell(self) -> None:
        self._told.write(b"go\n")

    async def answer(self) -> str:
        return (await self._answers.readline()).decode().strip()

    def dismiss(self) -> None:
        self._told.close()

    async def end(self) -> None:
        self.dismiss()
        assert await self._process.wait() == 0


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    path = tmp_path / "grok2api.db"
    await upgrade(path)
    return path


@pytest.fixture
async def racers(file: Path) -> AsyncIterator[list[Racer]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    async with AsyncExitStack() as stack:
        running: list[Racer] = []
        for number in range(PROCESSES):
            holders = [f"process-{number}-{store}" for store in range(STORES)]
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-W", "error", "-c", RACER, str(file), *holders),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=environment,
            )
            running.append(Racer(process))
            stack.push_async_callback(running[-1].end)
        assert [await each.answer() for each in running] == ["ready"] * PROCESSES
        yield running
        for each in running:
            each.dismiss()


async def test_of_eight_stores_in_four_processes_one_gets_the_claim_each_round(racers: list[Racer]) -> None:
    fences: list[int] = []
    for _ in range(ROUNDS):
        for racer in racers:
            racer.tell()
        answers = [await racer.answer() for racer in racers]
        fences += [int(each) for answer in answers for each in answer.split()]
        for racer in racers:
            racer.tell()
        assert [await racer.answer() for racer in racers] == ["free"] * PROCESSES
    assert fences == list(range(1, ROUNDS + 1))


async def test_a_change_is_in_the_file_when_it_has_returned(
    file: Path, make_credential: Callable[..., Credential]
) -> None:
    records = await open_records("local", "", file.parent)
    first = await records.credentials.add(make_credential(1))
    kept = await records.credentials.change(first.id, {"secret": "v1:rotated", "generation": 1})
    with closing(sqlite3.connect(file)) as stranger:
        rows = stranger.execute("SELECT secret, generation, revision FROM credentials").fetchall()
    assert rows == [("v1:rotated", 1, kept.revision)]
    await records.close()


async def test_no_error_of_a_busy_store_holds_what_was_to_be_kept(
    file: Path, make_credential: Callable[..., Credential]
) -> None:
    records = SqlRecords(open_database(file, busy_timeout=0.01))
    await records.credentials.add(make_credential(1))
    claim = await records.claims.acquire("refresh", holder="holder-of-it", seconds=30, now=100)
    assert claim is not None
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for attempt in (
            records.credentials.change("cred_001", {"secret": "v1:ciphertext-new"}, claim=claim),
            records.credentials.change_many(["cred_001"], {"secret": "v1:ciphertext-new"}),
            records.credentials.add_many([make_credential(2)]),
            records.credentials.delete_many(["cred_001"]),
            records.claims.acquire("refresh", holder="holder-of-it", seconds=30, now=100),
            records.claims.renew(claim, seconds=30, now=100),
            records.claims.release(claim),
            records.meta.put("ciphertext", "ciphertext"),
        ):
            with pytest.raises(StorageError) as caught:
                await attempt
            told = f"{caught.value.public_message} {caught.value} {caught.value.__cause__}"
            for hidden in ("ciphertext", "cred_00", "fingerprint-", "holder-of-it"):
                assert hidden not in told
        other.execute("ROLLBACK")
    assert [each.secret for each in await records.credentials.list()] == [make_credential(1).secret]
    await records.close()
