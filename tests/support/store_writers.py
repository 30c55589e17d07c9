"""Writers that crowd a SQLite store: several processes, many writers in each, none of which may be refused.

Run as a module it is one such process: it writes what a fleet writes (rows of the ledger, changes of
credentials, jobs of operators, sessions, claims), and prints as one line of JSON what came of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from grok2api.errors import Grok2ApiError
from grok2api.storage.open import open_records
from grok2api.storage.records import AdminSession, Credential, JobRecord
from grok2api.storage.stores import Records
from support.usage_rows import completed

Step = Callable[[], Awaitable[object]]
TESTS = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Written:
    """What one process did.

    Attributes:
        rows: Rows that it gave to the ledger.
        errors: What went wrong, in words.
        slowest: Seconds that the slowest write took.
    """

    rows: int
    errors: list[str]
    slowest: float


class Crowd:
    """Processes of writers that run beside the test."""

    def __init__(self, data_dir: Path, *, processes: int, writers: int, rounds: int) -> None:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(TESTS), str(TESTS.parent / "src")))}
        self._running = [
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "support.store_writers"),
                    *(str(data_dir), f"crowd{number}", str(writers), str(rounds)),
                ],
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
            )
            for number in range(processes)
        ]

    @property
    def over(self) -> bool:
        """Whether all have ended."""
        return all(process.poll() is not None for process in self._running)

    def end(self) -> list[Written]:
        """Wait for all, and return what they did."""
        told = [process.communicate(timeout=300)[0] for process in self._running]
        assert [process.returncode for process in self._running] == [0] * len(self._running)
        return [Written(**json.loads(line)) for line in told]


async def _write(records: Records, name: str, rounds: int, told: dict[str, Any]) -> None:
    now = time.time()
    credential = Credential(
        id=f"cred_{name}",
        kind="api_key",
        name=name,
        tier="super",
        account_id=name,
        fingerprint=name,
        hint="",
        secret="v1:none",
        status="disabled",
        created_at=now,
        updated_at=now,
    )
    steps: list[Step] = [partial(records.credentials.add, credential)]
    for number in range(rounds):
        steps += _round(records, f"{name}-{number:05d}", credential.id, number, now)
    steps.append(partial(records.credentials.delete, credential.id))
    for step in steps:
        began = time.monotonic()
        try:
            await step()
        except Grok2ApiError as error:
            told["errors"].append(f"{type(error).__name__}: {error}")
        told["slowest"] = max(told["slowest"], time.monotonic() - began)
    told["rows"] += rounds


def _round(records: Records, tag: str, credential: str, number: int, now: float) -> list[Step]:
    row = completed(
        request_id=tag,
        started_at=now,
        key_id="key_crowd",
    )
    job = JobRecord(id=f"job_{tag}", kind="test", state="done", holder=tag, created_at=now, updated_at=now)
    session = AdminSession(hash=tag, created_at=now, expires_at=now + 60)
    changes = {"secret": f"v1:{number}", "generation": number + 1}
    return [
        partial(records.usage.append, [row]),
        partial(records.credentials.change, credential, changes),
        partial(records.jobs.put, job),
        partial(records.sessions.put, session),
        partial(records.claims.acquire, f"claim {tag}", holder=tag, seconds=1, now=now),
    ]


async def _main(data_dir: str, name: str, writers: str, rounds: str) -> None:
    told: dict[str, Any] = {"rows": 0, "errors": [], "slowest": 0.0}
    records = await open_records("local", "", Path(data_dir))
    try:
        names = [f"{name}w{number}" for number in range(int(writers))]
        await asyncio.gather(*(_write(records, each, int(rounds), told) for each in names))
    finally:
        await records.close()
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
