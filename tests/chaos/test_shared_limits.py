"""Limits shared through Redis while it flaps in full length, and while workers are killed one by one."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from support.fault_proxy import ThreadedFaultProxy, passing, refuse, threaded_fault_proxy
from support.load import Outcome, send_all
from support.measured import measured
from support.metrics_page import TOKEN, metrics
from support.observing import eventually, workers_of
from support.pool_faults import Drill, asks, drilling
from support.processes import Sandbox
from support.redis_server import redis_url
from support.turnstile import Turnstile, turnstile

LIMIT = 10
WORKERS = 4
OVERSHOOT = 1.2
FLAPS, CUT, BACK = 3, 5.0, 15.0
KILLS = 6
AT_ONCE = 60
LOOKS = 4000
House = tuple[Drill, ThreadedFaultProxy, Turnstile]

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]


@pytest.fixture
def house(sandbox: Sandbox, tmp_path: Path) -> Iterator[House]:
    settings = {"SERVER__WORKERS": WORKERS, "METRICS__TOKEN": TOKEN, "PERFORMANCE__QUEUE_WAIT": 60}
    with (
        threaded_fault_proxy(redis_url()) as wire,
        turnstile(sandbox.base_url, pause=0.1) as stile,
        drilling(tmp_path, sandbox, upstream=stile.url, STORAGE__REDIS_URL=wire.url, **settings) as drill,
    ):
        drill.fill(["ann"], lambda _: {"max_concurrency": LIMIT})
        eventually(lambda: all_share(drill), "workers that share", tries=LOOKS)
        stile.forget()
        yield drill, wire, stile


def all_share(drill: Drill) -> bool:
    page = metrics(drill.gateway)
    return (page["grok2api_shared_state_up"], page["grok2api_workers"]) == (1, WORKERS)


def one_is_new(drill: Drill, before: list[int]) -> bool:
    return bool(set(workers_of(drill.gateway.process.pid)) - set(before))


def load_until(drill: Drill, over: threading.Event) -> list[Outcome]:
    """Send requests until it is over."""
    numbers = count()
    endless = (ask for number in numbers for ask in asks(f"load{number}", 1))
    sent = send_all(drill.gateway, endless, at_once=AT_ONCE, seen=lambda _: not over.is_set())
    return asyncio.run(sent)


def test_redis_is_down_five_of_twenty_seconds(house: House) -> None:
    drill, wire, stile = house
    over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(load_until, drill, over)
        for number in range(FLAPS):
            time.sleep(BACK)
            steady = stile.peak["ann"]
            stile.forget()
            wire.set(refuse(), now=True)
            time.sleep(CUT)
            wire.set(passing(), now=True)
            began = time.monotonic()
            eventually(lambda: all_share(drill), "the return", tries=LOOKS)
            measured(
                f"flap {number + 1} of {FLAPS}", peak_before=steady, back_seconds=time.monotonic() - began
            )
            measured("while Redis was away", peak=stile.peak["ann"], limit=LIMIT)
            assert steady <= LIMIT * OVERSHOOT
        over.set()
        told = Counter(outcome.status for outcome in sent.result())
    measured("answers", **{f"status_{status}": number for status, number in told.items()})
    assert stile.peak["ann"] <= LIMIT * OVERSHOOT
    assert told.keys() == {200}


def test_workers_are_killed_one_after_the_other(house: House) -> None:
    drill, _, stile = house
    over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(load_until, drill, over)
        for number in range(KILLS):
            before = workers_of(drill.gateway.process.pid)
            os.kill(min(before), signal.SIGKILL)
            began = time.monotonic()
            eventually(partial(one_is_new, drill, before), "a new worker", tries=LOOKS)
            born = time.monotonic() - began
            eventually(lambda: all_share(drill), "its service", tries=LOOKS)
            measured(f"kill {number + 1} of {KILLS}", respawned=born, serving=time.monotonic() - began)
        over.set()
        told = Counter(outcome.status for outcome in sent.result())
    measured("answers", **{f"status_{status}": number for status, number in told.items()})
    assert stile.peak["ann"] <= LIMIT
    assert told.keys() <= {0, 200}, "those of a killed worker break off, all others are served"
    assert told[0] <= KILLS * AT_ONCE
