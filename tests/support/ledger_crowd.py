"""Clients that send mixed requests to a real gateway, and what its ledger has to hold of them."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

from support.observing import Caller, database, eventually, ledger
from support.operator import Operator
from support.processes import Gateway, Sandbox

SUMS = ("input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens", "cost_ticks", "saved_ticks")
SLACK = 2.0
"""Seconds by which a client may note its answer late."""


@dataclass
class Crowd:
    """Clients that send mixed requests and note which were answered, and when."""

    gateway: Gateway
    answered: dict[str, float] = field(default_factory=dict)

    def one(self, number: int) -> None:
        text = f"say exactly: {'word ' * (number % 17)}{number}"
        body: dict[str, Any] = {"model": "grok-3", "input": text}
        path = "/responses"
        if number % 2:
            messages = [{"role": "user", "content": text}]
            path, body = "/chat/completions", {"model": "grok-4.1-fast", "messages": messages}
        try:
            status, headers, _ = self.gateway.post(path, {**body, "stream": number % 3 == 0})
        except (OSError, HTTPException):
            return  # the worker was killed
        if status == 200:
            self.answered[headers["x-request-id"]] = time.time()

    def leave(self, number: int) -> None:
        body = {"model": "grok-3", "input": f"count to {500 + number}", "stream": True}
        with Caller(self.gateway, "/responses", body) as caller:
            caller.read_until(b"output_text.delta")

    def all(
        self, work: Callable[[int], None], numbers: range, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
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


def wait_for_rest(directory: Path) -> None:
    """Wait until nobody writes any more rows."""

    def at_rest() -> bool:
        before = len(ledger(directory))
        time.sleep(SLACK)
        return len(ledger(directory)) == before

    eventually(at_rest, "an end of new rows", tries=30)


def lost_rows(crowd: Crowd, killed: list[float]) -> dict[str, float]:
    """Return the answered requests without a row, once all rows are written, and seconds until the next kill.

    What was answered when no kill came afterwards has a row, soon; who was killed cannot write any more.
    """

    def lost() -> dict[str, float]:
        rows = {row["request_id"] for row in ledger(crowd.gateway.directory)}
        away = {each: at for each, at in crowd.answered.items() if each not in rows}
        return {
            each: min((kill - at for kill in killed if kill > at - SLACK), default=float("inf"))
            for each, at in away.items()
        }

    eventually(lambda: float("inf") not in lost().values(), "the rows of those who live", tries=2_000)
    wait_for_rest(crowd.gateway.directory)
    return lost()


def check_whole(crowd: Crowd) -> None:
    """Ask for everything in every way, and compare it with the rows."""
    gateway = crowd.gateway
    operator = Operator(gateway)
    summary = operator.get("/usage/summary")["now"]
    rows = ledger(gateway.directory)
    assert summary["requests"] == len(rows)
    assert summary["cost_in_usd_ticks"] == sum(row["cost_ticks"] for row in rows)
    exported = operator.raw("/requests/export?format=jsonl").splitlines()
    assert len(exported) == len(rows)
    by_credential = operator.get("/usage?by=credential&step=day")["data"]
    assert sum(each["requests"] for each in by_credential) == len(rows)
