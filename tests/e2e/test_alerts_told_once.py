"""Every kind of trouble reaches a receiver, once, over restarts and while the store is away."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from support.alert_hook import Hook, alert_hook, hook_settings
from support.database_servers import TestDatabase, made_database, run
from support.fault_proxy import passing, refuse, threaded_fault_proxy
from support.limited_keys import SIGNED, KeyMaker
from support.observing import database, eventually, ledger_of
from support.processes import Gateway, Sandbox
from support.sign_ins import CHAT, HELLO, LOOKS, UPSTREAM, Service, end, record, settings, take_in

pytestmark = pytest.mark.timeout(400)  # a minute of being right has to pass, and a lead has to lapse

MODEL = "grok-4.3"
TURNS = 25
KINDS = ("price.drift", "budget.spent", "sign_in.expired")
DEARER = json.dumps([f"{MODEL} 1.375 0.22 2.75"])
"""The price list with a tenth added to each price."""
HOURS = 3 * 3600.0


@pytest.fixture
def hook() -> Iterator[Hook]:
    with alert_hook() as receiver:
        yield receiver
        assert receiver.wrong == []


@dataclass
class House:
    """A store on which gateways are started one after the other."""

    directory: Path
    service: Service
    hook: Hook

    @contextmanager
    def gateway(self) -> Iterator[Gateway]:
        """Run a gateway."""
        more = hook_settings(self.hook, ALLOW_PRIVATE="true") | {
            "GROK2API_LEDGER__PRICES": DEARER,
            "GROK2API_LEDGER__FLUSH_MS": "10",
        }
        gateway = Gateway.start(
            self.directory,
            upstream=self.service.sandbox.base_url,
            keys=("xai-sandbox-alice", "xai-sandbox-bob"),
            environment=settings(self.service, **SIGNED, **more),
        )
        try:
            yield gateway
        finally:
            end(gateway)

    @property
    def book(self) -> dict[str, dict[str, Any]]:
        """What the store holds of alerts, by kind."""
        with closing(self._store()) as connection:
            found = connection.execute("SELECT value FROM meta WHERE name = 'alerts'").fetchone()
        return {each["kind"]: each for each in json.loads(found[0] if found else "{}").values()}

    def wait_until_noted(self, *kinds: str) -> None:
        """Return once the store knows that these were told."""

        def noted() -> bool:
            book = self.book
            return all(kind in book and book[kind]["told"] for kind in kinds)

        eventually(noted, f"{kinds} noted as told", LOOKS)

    def let_hours_pass(self) -> None:
        """Let what stands be as old as after hours, in which a gateway does not write when it saw it last."""
        with closing(self._store()) as connection, connection:
            (text,) = connection.execute("SELECT value FROM meta WHERE name = 'alerts'").fetchone()
            book = json.loads(text)
            for each in book.values():
                each |= {name: each[name] - HOURS for name in ("since", "seen", "told") if each[name]}
            connection.execute("UPDATE meta SET value = ? WHERE name = 'alerts'", (json.dumps(book),))

    def _store(self) -> sqlite3.Connection:
        return sqlite3.connect(database(self.directory), timeout=10)


@pytest.fixture
def house(tmp_path: Path, hook: Hook) -> Iterator[House]:
    sandbox = Sandbox.start()
    yield House(tmp_path, Service(sandbox), hook)
    sandbox.stop()


def test_each_kind_is_told_once_over_restarts_and_called_off_once(house: House, hook: Hook) -> None:
    take_in(house.directory, house.service, "ann")
    with house.gateway() as gateway:
        check_prices_are_compared(house, gateway)
        spend_a_budget(gateway)
        lose_a_sign_in(house, gateway)
    with house.gateway():
        hook.wait_for_all(*(("raised", kind) for kind in KINDS))
        house.wait_until_noted(*KINDS)
    check_words(hook)
    house.let_hours_pass()
    with house.gateway() as gateway:
        operator = KeyMaker(gateway)
        pool = {row["id"]: row["kind"] for row in operator.send("GET", "/credentials?limit=500")["data"]}
        for each in pool:
            operator.send("POST", f"/credentials/{each}/disable")
        eventually(lambda: gateway.post(CHAT, HELLO)[0] == 503, "a refusal")
        hook.wait_for_all(("raised", "pool.none_usable"))
        for each, kind in pool.items():
            if kind == "api_key":
                operator.send("POST", f"/credentials/{each}/enable")
        hook.wait_for_all(("resolved", "pool.none_usable"), ("resolved", "sign_in.expired"))
        assert gateway.post(CHAT, HELLO)[0] == 200
    stories: dict[str, list[str]] = {}
    for event, kind in hook.told:
        stories.setdefault(kind, []).append(event)
    assert stories == {
        "price.drift": ["raised"],
        "budget.spent": ["raised"],
        "sign_in.expired": ["raised", "resolved"],
        "pool.none_usable": ["raised", "resolved"],
    }


def check_prices_are_compared(house: House, gateway: Gateway) -> None:
    """Ask often enough, and see that each row tells upstream's price beside that of the list."""
    for _ in range(TURNS):
        assert gateway.post(CHAT, HELLO)[0] == 200
    rows = ledger_of(house.directory, TURNS)
    calls = house.service.sandbox.calls(UPSTREAM)
    told = [call["usage"]["cost_in_usd_ticks"] for call in calls if call["status"] == 200]
    assert [row["cost_ticks"] for row in rows] == told
    for row in rows:
        assert (row["cost_source"], row["upstream_model"]) == ("upstream", MODEL)
        assert row["price_ticks"] * 10 == row["cost_ticks"] * 11 > 0
    (drift,) = KeyMaker(gateway).send("GET", "/usage/summary")["drift"]
    assert drift == {
        "model": MODEL,
        "requests": TURNS,
        "told_in_usd_ticks": sum(told),
        "price_in_usd_ticks": sum(told) * 11 // 10,
        "percent": -9.09,
    }


def spend_a_budget(gateway: Gateway) -> None:
    key = KeyMaker(gateway).make(name="spender", budget_month_usd="0.000001")

    def is_spent() -> bool:
        status, _, answer = key.post(CHAT, HELLO)
        return status == 429 and answer["error"]["code"] == "insufficient_quota"

    eventually(is_spent, "a spent budget")


def lose_a_sign_in(house: House, gateway: Gateway) -> None:
    house.service.set(fail={"status": 400, "error": "invalid_grant"})
    house.service.refuse_access("ann")

    def is_lost() -> bool:
        assert gateway.post(CHAT, HELLO)[0] == 200, "others serve"
        return bool(record(house.directory, "ann")["status"] == "expired")

    eventually(is_lost, "the end of the sign-in", LOOKS)


def check_words(hook: Hook) -> None:
    said = {each["kind"]: each for each in hook.heard}
    assert said["price.drift"]["subject"] == MODEL
    assert said["price.drift"]["facts"] == {"name": MODEL, "percent": "9.1 %"}
    assert said["budget.spent"]["facts"]["name"] == "spender"
    assert said["budget.spent"]["facts"]["period"] == "month"
    assert said["sign_in.expired"]["facts"]["name"] == "ann"
    assert {each["severity"] for each in said.values()} == {"warning"}


def test_that_the_store_is_away_is_told_once_when_nobody_can_lead_any_more(
    sandbox: Sandbox, tmp_path: Path, hook: Hook
) -> None:
    with made_database("pgsql") as store:
        address = make_url(store.url)
        with threaded_fault_proxy(f"http://{address.host}:{address.port}") as wire:
            through = address.set(port=int(wire.url.rpartition(":")[2]))
            gateway = Gateway.start(
                tmp_path,
                upstream=sandbox.base_url,
                keys=("xai-sandbox-alice", "xai-sandbox-bob--blocked"),
                arguments=("--workers", "2"),
                environment=hook_settings(hook, ALLOW_PRIVATE="true")
                | {"DATABASE_URL": through.render_as_string(hide_password=False)},
            )
            try:
                hook.wait_for_all(("raised", "pool.last_usable"))
                eventually(lambda: noted(store) == {"pool.last_usable"}, "the note of it", LOOKS)
                hook.refusals = 1_000_000
                wire.set(refuse(), now=True)
                eventually(lambda: hook.refused and lapsed(store), "a lead that lapsed", LOOKS)
                hook.refusals = 0
                hook.wait_for_all(("raised", "store.degraded"))
                wire.set(passing(), now=True)
                both = {"pool.last_usable", "store.degraded"}
                eventually(lambda: noted(store) == both, "the note of both", LOOKS)
                assert hook.told == [("raised", "pool.last_usable"), ("raised", "store.degraded")]
                assert hook.heard[-1]["severity"] == "critical"
            finally:
                wire.set(passing(), now=True)
                gateway.stop()


def noted(store: TestDatabase) -> set[str]:
    """Return the kinds of which the store knows that they were told."""
    rows = run(lambda: store.execute("SELECT value FROM meta WHERE name = 'alerts'"))
    return {each["kind"] for (text,) in rows for each in json.loads(text).values() if each["told"]}


def lapsed(store: TestDatabase) -> bool:
    """Tell whether nobody leads any more, and has not for a while."""
    ((until,),) = run(lambda: store.execute("SELECT until FROM claims WHERE name = 'leader'"))
    return bool(until + 1.0 < time.time())
