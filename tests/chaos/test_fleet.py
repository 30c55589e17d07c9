"""Hosts on one store while workers are killed and a leader stands still: what is lost, for how long."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from random import Random

import pytest

from grok2api.server.leadership import LIFETIME
from grok2api.storage.stores import Records
from support.fleet import LOOKS, Fleet, StoreKind, fleet, last_words, leader, leading
from support.load import Outcome
from support.measured import measured, share_below
from support.metrics_page import metrics
from support.observing import eventually
from support.processes import Gateway, Sandbox
from support.sign_ins import stopped, workers

KILLS = int(os.environ.get("KILLS", "100"))
AT_ONCE = 16
STANDSTILL = 55.0
"""Less than the minute after which its supervisor ends a worker that does not answer."""
LOST_SECONDS = 1.0
"""How old an answer may be, at the kill, that the ledger does not know."""
RESPAWN, LEASE = 5.0, 30.0
pytestmark = [pytest.mark.chaos, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("store", ["local", "pgsql", "mysql"])
def test_workers_are_killed_under_load(store: StoreKind, sandbox: Sandbox, tmp_path: Path) -> None:
    hosts_of, settings = 1 if store == "local" else 2, {"PERFORMANCE__QUEUE_WAIT": 60}
    with fleet(tmp_path, sandbox, store=store, hosts=hosts_of, settings=settings) as hosts:
        hosts.fill("ann", max_concurrency=10)
        over = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(load_until, hosts, over)
            kills, respawns = kill_workers(hosts)
            over.set()
            answers = sent.result()
        ended = time.monotonic()
        eventually(lambda: hosts.places_taken() == 0, "the end of every lease", LOOKS)
        freed = time.monotonic() - ended
        eventually(lambda: tags(hosts) and tags(hosts) == tags(hosts), "the ledger")
        written = tags(hosts)
    told = Counter(outcome.status for _, outcome in answers)
    ages = [
        min(abs(kill - at) for kill in kills)  # its last bytes may be read when it is dead already
        for at, outcome in answers
        if outcome.status == 200 and outcome.ask.tag not in written
    ]
    measured(
        f"{KILLS} kills on {store}",
        answered=told[200],
        broken_off=told[0],
        rows_lost=len(ages),
        oldest_lost_ms=max(ages, default=0.0) * 1000,
        respawn_p95_seconds=share_below(respawns, 0.95),
        respawn_most_seconds=max(respawns),
        leases_free_after_seconds=freed,
    )
    assert told.keys() <= {0, 200}, told
    assert max(ages, default=0.0) <= LOST_SECONDS
    assert freed <= LEASE
    assert share_below(respawns, 0.95) <= RESPAWN


def load_until(hosts: Fleet, over: threading.Event) -> list[tuple[float, Outcome]]:
    """Send requests to all hosts until it is over; return what came of them, each with its wall time."""
    answers = list[tuple[float, Outcome]]()

    def seen(outcome: Outcome) -> bool:
        answers.append((time.time(), outcome))
        return not over.is_set()

    hosts.load("kill", 10_000_000, at_once=AT_ONCE, seen=seen)
    return answers


def kill_workers(hosts: Fleet) -> tuple[list[float], list[float]]:
    """Kill workers, one after the other; return when, and the seconds until the next one was there."""
    chance = Random(17)  # noqa: S311  a run that can be repeated
    kills, respawns = list[float](), list[float]()
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.5, 1.5))
        host = chance.choice(hosts.hosts)
        before = set(workers(host))
        os.kill(chance.choice(sorted(before)), signal.SIGKILL)
        kills.append(time.time())
        eventually(partial(another, host, before), "a new worker", LOOKS)
        respawns.append(time.time() - kills[-1])
        eventually(partial(whole, host), "its start", LOOKS)
    return kills, respawns


def another(host: Gateway, before: set[int]) -> bool:
    return bool(set(workers(host)) - before)


def whole(host: Gateway) -> bool:
    return metrics(host)["grok2api_workers"] == 2


def tags(hosts: Fleet) -> set[str]:
    """Return the tags of all requests in the ledger."""

    async def read(records: Records) -> set[str]:
        found, before = set[str](), None
        while page := await records.usage.recent(1000, before):
            found.update(row.request_id.partition("#")[0] for row in page)
            before = page[-1].cursor
        return found

    return hosts.ground.look(read)


@pytest.mark.parametrize("store", ["pgsql", "mysql", "redis"])
def test_a_leader_stands_still_for_nearly_a_minute(
    store: StoreKind, sandbox: Sandbox, tmp_path: Path
) -> None:
    with fleet(tmp_path, sandbox, store=store, shared=False) as hosts:
        (pid, host), *others = eventually(lambda: leading(hosts), "a leader", LOOKS)
        assert others == []
        former = leader(hosts)
        with stopped(pid):
            began = time.monotonic()
            eventually(lambda: leader(hosts) not in {"", former}, "an heir", LOOKS)
            taken = time.monotonic() - began
            heir = leader(hosts)
            time.sleep(max(0.0, STANDSTILL - taken))
        eventually(lambda: last_words(host, pid) == "another worker leads", "the former leader knows", LOOKS)
        assert leader(hosts) == heir
        assert len(leading(hosts)) == 1
    measured(f"a new leader on {store}", after_seconds=taken, promised=LIFETIME + 5)
    assert taken <= LIFETIME + 5
