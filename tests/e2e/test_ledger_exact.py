"""Four workers, faults, hang-ups and a kill -9: what upstream told is in the ledger and its sums, once."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from support.ledger_crowd import Crowd, check_sums, check_whole, figures, lost_rows, told
from support.observing import children, eventually, ledger, ledger_of
from support.operator import SIGNED
from support.processes import Gateway, Sandbox

KEYS = ("xai-sandbox-one", "xai-sandbox-two", "xai-sandbox-three")


@pytest.mark.timeout(300)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_the_ledger_is_what_upstream_told(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = SIGNED | {"SERVER_WORKERS": "4", "GROK2API_GROK__RETRY_BACKOFF_BASE": "0"}
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=KEYS, environment=environment)
    crowd = Crowd(gateway)
    try:
        sandbox.scenario("status", status=500, match={"path": "/responses"}, times=8)
        crowd.all(crowd.one, range(120))
        sandbox.scenario("trickle", match={"path": "/responses"}, times=8)
        crowd.all(crowd.leave, range(8))
        rows = ledger_of(tmp_path, 128)
        assert len(rows) == 128
        assert crowd.answered.keys() <= {row["request_id"] for row in rows}
        assert not figures(rows) - told(sandbox)
        assert sum(figures(rows).values()) == len(crowd.answered)
        assert {row["usage_source"] for row in rows if row["end"] == "client_gone"} <= {"none", "estimated"}
        check_sums(tmp_path)

        killed = list[float]()

        def kill() -> None:
            eventually(lambda: len(ledger(tmp_path)) > 170, "some more rows", tries=2_000)
            workers = children(gateway.process.pid)
            killed.append(time.time())
            os.kill(workers[-1], signal.SIGKILL)

        crowd.all(crowd.one, range(120, 320), kill)
        before = {row["request_id"] for row in rows}
        lost = lost_rows(crowd, killed)
        assert len(lost) < 50, "no more than one worker had not written yet"
        assert not lost.keys() & before
        check_whole(crowd)
    finally:
        assert gateway.stop() == 0
    rows = ledger(tmp_path)
    assert not figures(rows) - told(sandbox)
    check_sums(tmp_path)
