"""Four workers, faults, hang-ups and a kill -9: what upstream told is in the ledger and its sums, once."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from support.observing import Caller, children, database, eventually, ledger, ledger_of
from support.operator import SIGNED, Operator
from support.processes import Gateway, Sandbox

KEYS = ("xai-sandbox-one", "xai-sandbox-two", "xai-sandbox-three")
SUMS = ("input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens", "cost_ticks", "saved_ticks")
UNFLUSHED = 1.0


@dataclass
class Crowd:
    """Clients that send mixed requests and note which were answered, and when."""

    gateway: Gateway
    answered: dict[str, float] = field(default_factory=dict)
    sent: int = 0

    def one(self, number: int) -> None:
        text = f"say exactly: {'word ' * (number % 17)}{number}"
        path, body = "/responses", {"model": "grok-3", "input": text}
        if number % 2:
            messages = [{"role": "user", "content": text}]
            path, body = "/chat/completions", {"model": "grok-4.1-fast", "messages": messages}
        try:
            status, headers, _ = self.gateway.post(path, {**body, "stream": number % 3 == 0})
        except OSError:
            return  # the worker was killed
        if status == 200:
            self.answered[headers["x-request-id"]] = time.time()

    def leave(self, number: int) -> None:
        body = {"model": "grok-3", "input": f"count to {500 + number}", "stream": True}
        with Caller(self.gateway, "/responses", body) as caller:
            caller.read_until(b"output_text.delta")

    def all(self, work: Callable[[int], None], numbers: range, meanwhile: Callable[[], None] = int) -> None:
        with ThreadPoolExecutor(8) as threads:
            futures = [threads.submit(work, number) for number in numbers]
            meanwhile()
            for future in futures:
                future.result()


def check_sums(directory: Path) -> None:
    """Compare every sum that is kept beside the rows with the rows themselves."""
    with closing(sqlite3.connect(f"file:{database(directory)}?mode=ro", uri=True)) as connection:
        for name in SUMS:
            (kept,), (rows,) = (
                connection.execute(f"SELECT COALESCE(SUM({name}), 0) FROM {table}").fetchone()  # noqa: S608
                for table in ("usage_rollups", "usage_records")
            )
            assert kept == rows, name
        (requests,) = connection.execute("SELECT SUM(requests) FROM usage_rollups").fetchone()
        assert requests == connection.execute("SELECT COUNT(*) FROM usage_records").fetchone()[0]
        totals = connection.execute("SELECT credential_id, requests, cost_ticks FROM usage_totals")
        per_row = connection.execute(
            "SELECT credential_id, COUNT(*), SUM(cost_ticks) FROM usage_records "
            "WHERE credential_id != '' GROUP BY credential_id"
        )
        assert sorted(totals) == sorted(per_row)


def figures(rows: list[dict[str, Any]]) -> Counter[tuple[int, ...]]:
    """Return tokens and cost of rows whose usage upstream told."""
    return Counter(
        (row["input_tokens"], row["output_tokens"], row["cost_ticks"])
        for row in rows
        if row["usage_source"] == "upstream"
    )


def told(sandbox: Sandbox) -> Counter[tuple[int, ...]]:
    """Return tokens and cost of the calls that upstream carried out."""
    return Counter(
        (call["usage"]["input_tokens"], call["usage"]["output_tokens"], call["usage"]["cost_in_usd_ticks"])
        for call in sandbox.calls()
        if call["usage"]
    )


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
        check_whole(gateway, crowd, sandbox, killed[0])
    finally:
        assert gateway.stop() == 0
    rows = ledger(tmp_path)
    assert not figures(rows) - told(sandbox)
    check_sums(tmp_path)


def check_whole(gateway: Gateway, crowd: Crowd, sandbox: Sandbox, killed: float) -> None:
    """Look whether only what one worker had not written for a second is missing, by every way of asking."""
    operator = Operator(gateway)

    def lost() -> set[str]:
        return crowd.answered.keys() - {row["request_id"] for row in ledger(gateway.directory)}

    eventually(
        lambda: all(killed - UNFLUSHED <= crowd.answered[each] <= killed + UNFLUSHED for each in lost()),
        "every row but those of the last second before the kill",
    )
    summary = operator.get("/usage/summary")["now"]
    rows = ledger(gateway.directory)
    assert summary["requests"] == len(rows)
    assert summary["cost_in_usd_ticks"] == sum(row["cost_ticks"] for row in rows)
    exported = operator.raw("/requests/export?format=jsonl").splitlines()
    assert len(exported) == len(rows)
    by_credential = operator.get("/usage?by=credential&step=day")["data"]
    assert sum(each["requests"] for each in by_credential) == len(rows)
