"""The database is away for a while: requests go on from what is known, and each of them is in the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from support.database_servers import KINDS, TestDatabase, made_database, run
from support.fault_proxy import ThreadedFaultProxy, passing, refuse, threaded_fault_proxy
from support.observing import eventually
from support.processes import Gateway, Sandbox, request

TURNS = 40
HELLO = {"model": "grok-3", "messages": [{"role": "user", "content": "hello"}]}
LACKING = {"status": "degraded", "degraded": ["store"]}
LONG = 1600
"""Looks: the store is tried again after pauses that grow."""


@dataclass
class House:
    """A gateway, its database, and the wire between them."""

    start: Callable[[], Gateway]
    database: TestDatabase
    wire: ThreadedFaultProxy
    gateway: Gateway = field(init=False)

    def __post_init__(self) -> None:
        self.gateway = self.start()

    @property
    def readiness(self) -> tuple[int, dict[str, object]]:
        status, _, body = request("GET", self.gateway.url + "/ready")
        return status, json.loads(body)

    def ask(self) -> int:
        return self.gateway.post("/chat/completions", HELLO)[0]

    @property
    def rows(self) -> int:
        ((count,),) = run(lambda: self.database.execute("SELECT count(*) FROM usage_records"))
        return int(count)

    @property
    def segments(self) -> list[Path]:
        return list((self.gateway.directory / "data" / "spool").glob("*.jsonl"))


@pytest.fixture(scope="module", params=KINDS)
def house(
    request: pytest.FixtureRequest, shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    with made_database(request.param) as database:
        address = make_url(database.url)
        with threaded_fault_proxy(f"http://{address.host}:{address.port}") as wire:
            port = int(wire.url.rpartition(":")[2])
            start = partial(
                Gateway.start,
                tmp_path_factory.mktemp("away"),
                upstream=shared_sandbox.base_url,
                keys=("xai-sandbox-away",),
                environment={"DATABASE_URL": address.set(port=port).render_as_string(hide_password=False)},
            )
            made = House(start, database, wire)
            try:
                yield made
            finally:
                wire.set(passing(), now=True)
                made.gateway.stop()


def test_turns_go_on_while_the_database_is_away_and_none_is_lost_or_counted_twice(
    house: House, sandbox: Sandbox
) -> None:
    assert house.ask() == 200
    eventually(lambda: house.rows == 1, "the first row")
    house.wire.set(refuse(), now=True)
    assert {house.ask() for _ in range(TURNS)} == {200}
    eventually(lambda: house.readiness == (200, LACKING), "the word", LONG)
    eventually(lambda: house.segments, "rows on disk", LONG)
    assert {house.ask() for _ in range(TURNS)} == {200}
    status, _, answer = house.gateway.get("/videos")
    assert (status, json.loads(answer)["error"]["code"]) == (503, "store_unavailable")
    house.wire.set(passing(), now=True)
    eventually(lambda: house.rows == 1 + 2 * TURNS, "every row", LONG)
    eventually(lambda: house.readiness == (200, {"status": "ready"}), "readiness", LONG)
    assert house.segments == []


def test_a_gateway_that_stops_meanwhile_leaves_its_rows_to_the_next_one(
    house: House, sandbox: Sandbox
) -> None:
    before = house.rows
    house.wire.set(refuse(), now=True)
    assert {house.ask() for _ in range(5)} == {200}
    assert house.gateway.stop() == 0
    assert house.segments
    house.wire.set(passing(), now=True)
    house.gateway = house.start()
    eventually(lambda: house.rows == before + 5, "every row", LONG)
