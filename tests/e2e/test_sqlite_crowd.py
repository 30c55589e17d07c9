"""SQLite under many writers, and held by somebody else: writes wait, requests go on, nobody hears of a lock.

Sixty-four writers beside a server of four workers, and F13. Times are told by `make chaos`.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from support.fleet import served
from support.forms import form, part
from support.forms import headers as form_headers
from support.observing import database, eventually, ledger
from support.pool_faults import Drill, asks, drilling
from support.processes import Sandbox, request
from support.raw_http import message, send
from support.store_writers import Crowd

WORKERS, PROCESSES, WRITERS, ROUNDS = 4, 2, 32, 2
HELD = 10.5
"""Seconds for which a stranger keeps the file's lock; ten are promised."""
COMPLAINTS = ("database is locked", "takes no usage rows", "Traceback", "lost")

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def house(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    with drilling(tmp_path_factory.mktemp("crowd"), shared_sandbox, SERVER__WORKERS=WORKERS) as drill:
        drill.fill(["ann", "bob", "cleo"])
        eventually(lambda: served(drill.gateway, 12), "all workers")
        yield drill


def complaints(house: Drill) -> list[str]:
    return [line for line in house.gateway.log.read_text().splitlines() if any(c in line for c in COMPLAINTS)]


def change(house: Drill, number: int) -> int:
    """Change a credential as an operator does; return the status."""
    identifier = house.credentials()["bob"]["id"]
    url = f"{house.gateway.url}/admin/api/credentials/{identifier}"
    body = {"note": f"note {number}"}
    return request("PATCH", url, body, headers=house._authorised(), seconds=60)[0]


def test_of_sixty_four_writers_in_real_processes_none_is_refused(house: Drill) -> None:
    crowd = Crowd(house.gateway.directory / "data", processes=PROCESSES, writers=WRITERS, rounds=ROUNDS)
    changes, outcomes = [], []
    with ThreadPoolExecutor(1) as pool:
        for number in itertools.count():
            sent = pool.submit(house.load, asks(f"crowd{number}", 16), at_once=8)
            changes.append(change(house, number))
            outcomes += sent.result()
            if crowd.over:
                break
    written = crowd.end()
    assert [error for each in written for error in each.errors] == []
    assert sum(each.rows for each in written) == PROCESSES * WRITERS * ROUNDS
    assert set(changes) == {200}
    assert [outcome.status for outcome in outcomes if not outcome.whole] == []
    eventually(lambda: rows(house, "crowd") == len(outcomes) + PROCESSES * WRITERS * ROUNDS, "every row")
    assert complaints(house) == []


def rows(house: Drill, name: str) -> int:
    """Return how many requests of these names are in the ledger."""
    return sum(row["request_id"].startswith(name) for row in ledger(house.gateway.directory))


def test_while_another_process_holds_the_file_requests_go_on_and_writes_wait(house: Drill) -> None:
    status = Counter[int]()
    with (
        closing(
            sqlite3.connect(database(house.gateway.directory), timeout=30, isolation_level=None)
        ) as other,
        ThreadPoolExecutor(2) as pool,
    ):
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        changed = pool.submit(change, house, 1)
        filed = pool.submit(upload, house)
        for number in itertools.count():
            status.update(outcome.status for outcome in house.load(asks(f"held{number}", 20), at_once=4))
            if time.monotonic() - began > HELD:
                break
            time.sleep(0.2)
        assert not changed.done()
        assert not filed.done()
        other.execute("ROLLBACK")
        assert (changed.result(), filed.result()) == (200, 200)
    assert status.keys() == {200}
    eventually(lambda: rows(house, "held") == status[200], "every row", 1600)
    assert "Traceback" not in house.gateway.log.read_text()
    assert json.loads(request("GET", f"{house.gateway.url}/ready")[2]) == {"status": "ready"}


def upload(house: Drill) -> int:
    """Upload a file as a client does; return the status."""
    key = house.gateway.key
    sent = message("POST", "/v1/files", form_headers(key), form(part("file", b"x", "a.txt")))
    return send(house.gateway.url, sent).status
