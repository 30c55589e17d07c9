"""With Redis all workers know at once what one of them has met, and what an operator has changed.

The scan for changes is made so rare here that it has no part in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from support.metrics_page import TOKEN, metrics
from support.observing import eventually
from support.pool_faults import SURFACE, UPSTREAM_MODEL, Drill, drilling
from support.processes import Sandbox
from support.redis_server import redis_url

pytestmark = pytest.mark.timeout(400)  # three workers have to start

WORKERS = 3
TOO_MANY = "Too many requests for team 7 and model grok-4.3. Requests per Minute (actual/limit): 3/2."
ENOUGH = 30
"""Requests, each on a connection of its own, after which every worker has had some."""


@pytest.fixture(scope="module")
def drill(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    with drilling(
        tmp_path_factory.mktemp("news"),
        shared_sandbox,
        SERVER__WORKERS=WORKERS,
        STORAGE__REDIS_URL=redis_url(),
        STORAGE__REDIS_TIMEOUT_MS=5000,
        POOL__POLL_SECONDS=60,
        METRICS__TOKEN=TOKEN,
    ) as drill:
        eventually(lambda: metrics(drill.gateway)["grok2api_workers"] == WORKERS, "all workers")
        yield drill


def serves_everywhere(drill: Drill) -> bool:
    """Tell whether every worker serves with what was just added; the news is on its way for a moment."""
    return {drill.ask(f"question {n}").status for n in range(ENOUGH)} == {200}


def test_a_rate_limit_that_one_worker_met_is_known_to_all(drill: Drill) -> None:
    drill.fill(["ann", "bob"])
    eventually(lambda: serves_everywhere(drill), "the new credentials in every worker", tries=3)
    assert set(drill.served_by()) == {"ann", "bob"}
    drill.sandbox.clear()
    match = SURFACE | {"model": UPSTREAM_MODEL, "key": "ann"}
    body = {"code": "resource-exhausted", "error": TOO_MANY}
    drill.sandbox.scenario("status", status=429, retry_after="600", body=body, match=match)
    eventually(lambda: drill.ask().status == 200 and "ann" in drill.served_by(), "the limit")
    answers = [drill.ask(f"later {n}").status for n in range(ENOUGH)]
    assert Counter(answers) == {200: ENOUGH}
    assert drill.served_by().count("ann") == 1, "one refusal was enough for all workers"


def test_what_an_operator_switches_off_serves_nowhere(drill: Drill) -> None:
    drill.fill(["cid", "dan"])
    eventually(lambda: serves_everywhere(drill), "the new credentials in every worker", tries=3)
    drill.admin("POST", f"/credentials/{drill.credentials()['cid']['id']}/disable")

    def nowhere() -> bool:
        drill.sandbox.clear()
        told = {drill.ask(f"later {n}").status for n in range(ENOUGH)}
        return told == {200} and "cid" not in drill.served_by()

    eventually(nowhere, "the end of its service", tries=3)
