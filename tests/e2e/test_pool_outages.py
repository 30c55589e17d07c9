"""Upstream or the way to it fails: the load stays bounded, clients are told plainly, and no credential pays.

F4, F5, F6, F10 and F11 of the reliability promises, in counts; `make chaos` measures their milliseconds.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.fault_proxy import (
    ThreadedFaultProxy,
    Verb,
    close_on_reuse,
    half_open,
    passing,
    refuse,
    threaded_fault_proxy,
)
from support.load import Outcome
from support.observing import eventually, open_sockets
from support.pool_faults import SURFACE, Drill, asks, code_of, drilling, fail_some_calls, forget_orders
from support.processes import Sandbox

POOL = tuple(f"out{number}" for number in range(10))
STORM = {"GROK__RETRY_BUDGET": "0.2", "GROK__RETRY_BACKOFF_BASE": "0.01"}
"""The budget as it is by default, and waits that only cost time made short."""


def check_clean(outcomes: Sequence[Outcome]) -> Counter[int]:
    """Check that every request was answered in full or refused in plain words; count the statuses."""
    for outcome in outcomes:
        if outcome.status == 200:
            assert outcome.whole, outcome
        else:
            assert outcome.status in {502, 503}, outcome
            assert code_of(outcome) in {"upstream_error", "overloaded"}, outcome
    return Counter(outcome.status for outcome in outcomes)


@pytest.fixture(scope="module")
def storm(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    with drilling(tmp_path_factory.mktemp("storm"), shared_sandbox, **STORM) as drill:
        yield drill
    forget_orders(shared_sandbox)


@pytest.mark.parametrize(("sick", "well"), [(1, 3), (3, 7)])
def test_a_third_of_the_credentials_fail_and_nobody_notices(storm: Drill, sick: int, well: int) -> None:
    storm.fill(POOL[: sick + well])
    for name, status in zip(POOL[:sick], (500, 502, 529), strict=False):
        storm.sandbox.scenario("status", status=status, match=SURFACE | {"key": name})
    outcomes = storm.load(asks("sick", 200), at_once=16)
    assert check_clean(outcomes)[200] >= 199
    assert len(storm.sandbox.calls()) <= 240


def test_a_third_of_all_calls_fail_and_the_load_stays_bounded(sandbox: Sandbox, tmp_path: Path) -> None:
    with drilling(tmp_path, sandbox, **STORM) as drill:
        drill.fill(POOL)
        fail_some_calls(sandbox, share=0.3, calls=400, seed=4)
        outcomes = drill.load(asks("some", 300), at_once=8)
        assert check_clean(outcomes)[200] >= 200
        assert len(sandbox.calls()) <= 360


def test_all_calls_fail_and_upstream_is_left_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    with drilling(tmp_path, sandbox, **STORM) as drill:
        drill.fill(POOL)
        sandbox.scenario("status", status=503, match=SURFACE)
        told = check_clean(drill.load(asks("all", 300), at_once=16))
        assert told[200] == 0
        calls = len(sandbox.calls())
        assert calls <= 330
        refused = [answer for answer in (drill.ask() for _ in range(8)) if answer.status == 503]
        assert refused, "requests are refused without a call"
        assert all(answer.retry_after >= 1 for answer in refused)
        assert len(sandbox.calls()) - calls <= 4, "one at a time finds out whether upstream is back"
        sandbox.clear()
        eventually(lambda: drill.ask().status == 200, "recovery", tries=1400)
        assert check_clean(drill.load(asks("well", 100), at_once=8)) == {200: 100}


@dataclass(frozen=True)
class Wire:
    """A gateway whose way to upstream can be broken."""

    drill: Drill
    proxy: ThreadedFaultProxy

    @property
    def in_flight(self) -> int:
        return sum(row["live"]["in_flight"] for row in self.drill.credentials().values())

    def check_nobody_is_blamed(self) -> None:
        rows = self.drill.credentials().values()
        assert {(row["status"], row["live"]["status"]) for row in rows} == {("active", "active")}


@pytest.fixture(scope="module")
def shared_wire(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    with ExitStack() as stack:
        proxy = stack.enter_context(threaded_fault_proxy(shared_sandbox.base_url))
        directory = tmp_path_factory.mktemp("wire")
        impatient = {"GROK__TIMEOUT": "1", "GROK__FIRST_BYTE_TIMEOUT": "0.5", "GROK__RETRY_BUDGET": "0.2"}
        drill = stack.enter_context(drilling(directory, shared_sandbox, upstream=proxy.url, **impatient))
        drill.fill(POOL[:4])
        yield Wire(drill, proxy)


@pytest.fixture
def wire(shared_wire: Wire) -> Iterator[Wire]:
    forget_orders(shared_wire.drill.sandbox)
    shared_wire.drill.clear()
    yield shared_wire
    shared_wire.proxy.set(passing(), now=True)
    forget_orders(shared_wire.drill.sandbox)
    eventually(lambda: shared_wire.drill.ask().status == 200, "an open way", tries=1400)


def test_an_upstream_that_cannot_be_reached_costs_nobody_his_place(wire: Wire) -> None:
    wire.proxy.set(refuse(), now=True)
    outcomes = wire.drill.load(asks("away", 60), at_once=4)
    assert check_clean(outcomes)[200] == 0
    wire.check_nobody_is_blamed()
    wire.proxy.set(passing())
    eventually(lambda: wire.drill.ask().status == 200, "the way back", tries=1400)
    wire.check_nobody_is_blamed()


@pytest.mark.parametrize("address", ["https://nobody.invalid/v1", "https://{host}/v1"], ids=["dns", "tls"])
def test_a_name_or_a_handshake_that_fails_costs_nobody_his_place(
    sandbox: Sandbox, tmp_path: Path, address: str
) -> None:
    host = sandbox.base_url.split("/")[2]
    with drilling(tmp_path, sandbox, upstream=address.format(host=host), **STORM) as drill:
        drill.fill(POOL[:3])
        for number in range(4):
            answer = drill.ask(f"question {number}")
            assert (answer.status, answer.error["code"]) == (502, "upstream_error")
        assert drill.statuses() == {"active": 3}
        faults = {fault for _, fault, _ in drill.faults_of(answer)}
        assert faults == {"unreachable"}


def test_a_stream_without_a_first_byte_is_taken_elsewhere(wire: Wire) -> None:
    wire.drill.sandbox.scenario("slow_first_byte", delay=30, match=SURFACE, times=1)
    answer = wire.drill.ask("say exactly: here", stream=True)
    assert (answer.status, answer.text) == (200, "here")
    served = wire.drill.served_by()
    assert len(served) == len(set(served)) == 2, "another credential, and nobody asked for nothing"
    assert [fault for _, fault, _ in wire.drill.faults_of(answer)] == ["timeout", ""]
    wire.check_nobody_is_blamed()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts sockets in /proc")
@pytest.mark.parametrize("after", [0, 900], ids=["before the answer", "within the answer"])
def test_a_way_that_falls_silent_frees_the_place_and_the_socket(wire: Wire, after: int) -> None:
    process = wire.drill.gateway.process.pid
    before = open_sockets(process)
    wire.proxy.set(half_open(after), now=True)
    outcomes = wire.drill.load(asks("silent", 30, stream=True), at_once=30)
    assert not any(outcome.whole for outcome in outcomes)
    for outcome in outcomes:
        assert outcome.status in {200, 502, 503, 504}, outcome
        assert outcome.status != 200 or b'"error"' in outcome.body, outcome
    wire.proxy.set(passing())
    eventually(lambda: wire.in_flight == 0, "free places")
    eventually(lambda: open_sockets(process) <= before + 4, "closed sockets", tries=1400)


@pytest.mark.parametrize(
    "verb",
    [close_on_reuse(), close_on_reuse(reset=True)],
    ids=["closed", "reset"],
)
@pytest.mark.parametrize("at_once", [1, 8])
def test_a_kept_connection_that_upstream_closes_is_nobodys_business(
    wire: Wire, verb: Verb, at_once: int
) -> None:
    wire.proxy.set(verb)
    outcomes = wire.drill.load(asks("kept", 100, stream=at_once > 1), at_once=at_once)
    assert [json.loads(each.body) for each in outcomes if each.status != 200] == []
    assert all(outcome.whole for outcome in outcomes)
    wire.check_nobody_is_blamed()
    assert len(wire.drill.sandbox.calls()) == 100, "nothing was asked twice"
