"""A proxy that dies punishes the proxy: F32 of the reliability promises.

The way through a proxy is broken by a fault proxy that stands before it; behind it is a real one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal

from support.fault_proxy import ThreadedFaultProxy, Verb, blackhole, passing, refuse, threaded_fault_proxy
from support.observing import eventually
from support.pool_faults import Drill, drilling, forget_orders
from support.processes import Sandbox
from support.proxies import Proxy, running

PATIENT = 1400
"""Looks; a proxy is looked at every two seconds."""
QUICK = {"POOL__PROXY_SECONDS": "0.5", "GROK__CONNECT_TIMEOUT": "1"}


@pytest.fixture(params=["http", "socks5"])
def way(request: pytest.FixtureRequest) -> Iterator[ThreadedFaultProxy]:
    """A proxy; its `url` is what a credential is given."""
    with start_blocking_portal("asyncio") as portal:
        behind = Proxy(request.param)
        with (
            portal.wrap_async_context_manager(running(behind)),
            threaded_fault_proxy(behind.url()) as proxy,
        ):
            yield proxy


@pytest.fixture(scope="module")
def shared_drill(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    with drilling(tmp_path_factory.mktemp("proxies"), shared_sandbox, **QUICK) as drill:
        yield drill
    forget_orders(shared_sandbox)


@pytest.mark.parametrize("verb", [refuse(), blackhole()], ids=["refuses", "is silent"])
def test_a_dead_proxy_of_some_is_not_their_fault(
    shared_drill: Drill, way: ThreadedFaultProxy, verb: Verb
) -> None:
    drill, proxied = shared_drill, {"ann", "bob"}
    drill.fill(["ann", "bob", "cid"], lambda name: {"proxy": way.url} if name in proxied else {})
    assert {drill.ask(f"question {number}").status for number in range(12)} == {200}
    assert set(drill.served_by()) == {"ann", "bob", "cid"}
    drill.sandbox.clear()
    way.set(refuse(), now=True)  # which ends the connections that are kept
    way.set(verb)
    answers = [drill.ask(f"question {number}") for number in range(12)]
    assert {answer.status for answer in answers} == {200}
    assert set(drill.served_by()) == {"cid"}
    assert drill.statuses() == {"active": 3}, "nobody is blamed"
    assert any(
        fault == "proxy_down" and name in proxied
        for answer in answers
        for name, fault, _ in drill.faults_of(answer)
    )
    way.set(passing(), now=True)

    def back() -> bool:
        drill.ask("and now?")
        return proxied & set(drill.served_by()) == proxied

    eventually(back, "both of them in use again", PATIENT)


def test_a_dead_proxy_of_all_says_so_and_comes_back(
    sandbox: Sandbox, tmp_path: Path, way: ThreadedFaultProxy
) -> None:
    with drilling(tmp_path, sandbox, GROK__PROXY_URL=way.url, **QUICK) as drill:
        drill.fill(["ann", "bob"])
        assert drill.ask().status == 200
        way.set(refuse(), now=True)
        for number in range(6):
            answer = drill.ask(f"question {number}")
            assert (answer.status, answer.error["code"]) == (503, "no_available_account"), answer.error
        assert drill.statuses() == {"active": 2}
        assert len(drill.served_by()) == 1, "nothing goes round the proxy"
        way.set(passing(), now=True)
        eventually(lambda: drill.ask().status == 200, "the way back", PATIENT)
        assert drill.statuses() == {"active": 2}


def test_a_whole_pool_behind_one_dead_proxy_is_not_there(
    shared_drill: Drill, way: ThreadedFaultProxy
) -> None:
    drill = shared_drill
    drill.fill(["ann", "bob"], lambda _: {"proxy": way.url})
    way.set(refuse(), now=True)
    answer = drill.ask()
    assert (answer.status, answer.error["code"]) == (503, "no_available_account"), answer.error
    assert "prox" in answer.error["message"]
    way.set(passing(), now=True)
    eventually(lambda: drill.ask().status == 200, "the way back", PATIENT)
