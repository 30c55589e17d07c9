"""With `ledger.strict` nothing is answered that cannot be recorded; without it, everything is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from support.database_servers import TestDatabase, made_database, run
from support.fault_proxy import ThreadedFaultProxy, passing, refuse, threaded_fault_proxy
from support.observing import Caller, eventually
from support.processes import Gateway, Sandbox, request

HELLO = {"model": "grok-3", "messages": [{"role": "user", "content": "hello"}]}
ANTHROPIC = {"model": "grok-3", "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
LONG = 1600


@contextmanager
def strict(
    directory: Path, sandbox: Sandbox, **settings: str
) -> Iterator[tuple[Gateway, ThreadedFaultProxy, TestDatabase]]:
    with made_database("pgsql") as database:
        address = make_url(database.url)
        with threaded_fault_proxy(f"http://{address.host}:{address.port}") as wire:
            url = address.set(port=int(wire.url.rpartition(":")[2]))
            environment = {
                "DATABASE_URL": url.render_as_string(hide_password=False),
                "GROK2API_LEDGER__STRICT": "true",
                "GROK2API_LEDGER__FLUSH_MS": "10",
                **{f"GROK2API_LEDGER__{name}": value for name, value in settings.items()},
            }
            gateway = Gateway.start(
                directory, upstream=sandbox.base_url, keys=("xai-sandbox-strict",), environment=environment
            )
            try:
                yield gateway, wire, database
            finally:
                wire.set(passing(), now=True)
                gateway.stop()


def ask(gateway: Gateway) -> tuple[int, str]:
    status, _, body = gateway.post("/chat/completions", HELLO)
    return status, "" if status == 200 else json.loads(body)["error"]["code"]


def rows(database: TestDatabase) -> int:
    ((count,),) = run(lambda: database.execute("SELECT count(*) FROM usage_records WHERE status = 200"))
    return int(count)


def test_what_cannot_be_recorded_is_refused_until_the_store_is_back(sandbox: Sandbox, tmp_path: Path) -> None:
    with strict(tmp_path, sandbox, SPOOL_MB="0") as (gateway, wire, database):
        assert ask(gateway) == (200, "")
        with Caller(gateway, "/chat/completions", HELLO | {"stream": True, "messages": COUNTING}) as begun:
            begun.read_until(b'"1"')
            wire.set(refuse(), now=True)
            answers = [ask(gateway)]
            eventually(lambda: ask(gateway) == (503, "ledger_unavailable"), "the refusal", LONG)
            assert b"[DONE]" in begun.read_until(b"[DONE]"), "what was let in goes on"
        status, _, body = gateway.post("/messages", ANTHROPIC)
        assert (status, json.loads(body)["error"]["type"]) == (503, "overloaded_error")
        status, headers, body = gateway.post("/chat/completions", HELLO)
        assert (status, headers["retry-after"]) == (503, "5")
        assert b"ledger.strict" in body
        assert gateway.get("/models")[0] == 200, "what costs nothing is answered"
        assert request("GET", gateway.url + "/health")[0] == 200
        served = gateway.log.read_text().count('"path": "/v1/chat/completions", "status": 200')
        wire.set(passing(), now=True)
        eventually(lambda: ask(gateway) == (200, ""), "service", LONG)
        eventually(lambda: rows(database) == served + 1, "a row of every answer", LONG)
        assert answers[0] in {(200, ""), (503, "ledger_unavailable")}


COUNTING = [{"role": "user", "content": "count to 60 !sandbox:trickle=0.05"}]


def test_as_long_as_the_disk_keeps_rows_nothing_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    with strict(tmp_path, sandbox) as (gateway, wire, database):
        wire.set(refuse(), now=True)
        assert {ask(gateway) for _ in range(20)} == {(200, "")}
        eventually(lambda: list((tmp_path / "data" / "spool").glob("*.jsonl")), "rows on disk", LONG)
        assert {ask(gateway) for _ in range(20)} == {(200, "")}
        wire.set(passing(), now=True)
        eventually(lambda: rows(database) == 40, "every row", LONG)
