"""Clients that send mixed requests to a real gateway, and what its ledger has to hold of them."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.observing import Caller, database, eventually, ledger
from support.operator import Operator
from support.processes import Gateway, Sandbox

SUMS = ("input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens", "cost_ticks", "saved_ticks")
UNFLUSHED = 1.0


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
        except OSError:
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


def check_whole(gateway: Gateway, crowd: Crowd, killed: list[float]) -> None:
    """Look whether only what one worker had not written for a second is missing, by every way of asking."""
    operator = Operator(gateway)

    def lost() -> set[str]:
        return crowd.answered.keys() - {row["request_id"] for row in ledger(gateway.directory)}

    eventually(
        lambda: all(any(abs(crowd.answered[each] - at) <= UNFLUSHED for at in killed) for each in lost()),
        "every row but those of the last second before a kill",
    )
    summary = operator.get("/usage/summary")["now"]
    rows = ledger(gateway.directory)
    assert summary["requests"] == len(rows)
    assert summary["cost_in_usd_ticks"] == sum(row["cost_ticks"] for row in rows)
    exported = operator.raw("/requests/export?format=jsonl").splitlines()
    assert len(exported) == len(rows)
    by_credential = operator.get("/usage?by=credential&step=day")["data"]
    assert sum(each["requests"] for each in by_credential) == len(rows)
