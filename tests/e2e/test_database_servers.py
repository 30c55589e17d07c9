"""The gateway on PostgreSQL and MariaDB: two workers, one store, connections that are cut from outside."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.database_servers import KINDS, TestDatabase, made_database, run
from support.observing import eventually
from support.processes import Gateway, Sandbox, run_command

KEY = "xai-sandbox-server-store"
HELLO = {"model": "grok-3", "messages": [{"role": "user", "content": "hello"}]}
BACKGROUND = {"model": "grok-3", "input": "hello", "background": True}
FLUSH = 1.0
"""Seconds within which each worker writes what it has to the ledger, and then some."""
MANY = 8
"""New connections; that all of them reach one of the two workers is not to be expected."""
THREADS, CALLS, CUTS = 6, 12, 6


@dataclass
class House:
    """A database, and the gateways that run on it one after the other."""

    database: TestDatabase
    directory: Path
    upstream: str
    running: Gateway | None = None

    @property
    def gateway(self) -> Gateway:
        """The gateway that runs; it is started if none does."""
        if self.running is None:
            self.running = Gateway.start(
                self.directory,
                upstream=self.upstream,
                arguments=("--workers", "2"),
                environment={"DATABASE_URL": self.database.url},
            )
        return self.running

    def command(self, *words: str, said: str) -> str:
        """Run a command of the command line on the same store, and return what it printed."""
        return run_command(self.directory, *words, said=said, DATABASE_URL=self.database.url)

    def settled(self) -> int:
        """Return how many requests stand in the ledger once nobody writes any more."""

        def same_twice() -> int:
            counted = self.count("usage_records")
            time.sleep(FLUSH)
            return counted if self.count("usage_records") == counted else 0

        return int(eventually(same_twice, "the ledger"))

    def count(self, table: str) -> int:
        ((rows,),) = run(lambda: self.database.execute(f"SELECT count(*) FROM {table}"))  # noqa: S608
        return int(rows)


@pytest.fixture(scope="module", params=KINDS)
def house(
    request: pytest.FixtureRequest, shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    with made_database(request.param) as database:
        made = House(database, tmp_path_factory.mktemp("house"), shared_sandbox.base_url)
        yield made
        if made.running is not None:
            made.running.stop()


def answers(gateway: Gateway) -> set[int]:
    return {gateway.post("/chat/completions", HELLO)[0] for _ in range(MANY)}


def test_a_credential_reaches_both_workers_while_they_run(house: House, sandbox: Sandbox) -> None:
    gateway = house.gateway
    assert answers(gateway) == {503}
    house.command("credentials", "add", "-", said=f"{KEY}\n")
    eventually(lambda: answers(gateway) == {200}, "both workers know of the credential")


def test_cut_connections_are_no_clients_trouble(house: House, sandbox: Sandbox) -> None:
    gateway = house.gateway
    eventually(lambda: answers(gateway) == {200}, "both workers serve")
    turns, killed = threading.Semaphore(0), 0

    def call(number: int) -> list[int]:
        seen = []
        for turn in range(number, number + CALLS):
            if turn % 3 == 0:
                seen.append(gateway.post("/responses", BACKGROUND)[0])
            elif turn % 3 == 1:
                seen.append(gateway.get("/files")[0])
            else:
                seen.append(gateway.post("/chat/completions", HELLO)[0])
            turns.release()
        return seen

    before = house.settled()
    with ThreadPoolExecutor(THREADS) as pool:
        calling = [pool.submit(call, number) for number in range(THREADS)]
        for _ in range(CUTS):
            for _ in range(THREADS * CALLS // CUTS):
                assert turns.acquire(timeout=30)
            killed += run(house.database.cut_connections)
        seen = [each.result() for each in calling]
    assert killed >= CUTS
    assert seen == [[200] * CALLS] * THREADS
    assert house.settled() - before == THREADS * CALLS


def test_a_restart_keeps_everything(house: House, sandbox: Sandbox) -> None:
    eventually(lambda: answers(house.gateway) == {200}, "both workers serve")
    before = house.settled()
    assert house.gateway.stop() == 0
    house.running = None
    assert house.count("usage_records") == before
    assert answers(house.gateway) == {200}
    assert house.settled() == before + MANY
