"""`requests` and `usage` tell from the store what was asked, how it ended and what it came to."""

from __future__ import annotations

import asyncio
import time

import pytest

from grok2api.storage.open import open_records
from grok2api.storage.records import UsageRecord
from support.command_line import CommandLine

NOW = time.time()


def row(number: int, **fields: object) -> UsageRecord:
    values: dict[str, object] = {
        "request_id": f"req_{number:032x}",
        "started_at": NOW - 10 * number,
        "key_id": f"key_{number % 2}",
        "operation": "chat",
        "model": "grok-4",
        "upstream_model": "grok-4.7",
        "status": 200,
        "end": "completed",
        "attempts": 1,
        "input_tokens": 10,
        "output_tokens": 5,
        "cost_ticks": 10**9,
        "cost_source": "upstream",
        "total_ms": 12.5,
    }
    return UsageRecord(**{**values, **fields})  # type: ignore[arg-type]


@pytest.fixture
def told(run: CommandLine) -> CommandLine:
    """A store with five requests of two keys; one failed, one was three days ago."""
    run("db", "upgrade")

    async def store() -> None:
        records = await open_records("local", "", run.data)
        rows = [row(number) for number in range(3)]
        rows += [row(3, end="failed", status=503, error_code="overloaded", cost_ticks=0)]
        rows += [row(4, started_at=NOW - 3 * 86_400, request_id="mine#0a1b")]
        await records.usage.append(rows, [])
        await records.close()

    asyncio.run(store())
    return run


def test_requests_are_listed_newest_first_and_filtered_as_in_the_admin_api(told: CommandLine) -> None:
    listed = told.json("requests", "list")
    assert [each["key_id"] for each in listed] == ["key_0", "key_1", "key_0", "key_1", "key_0"]
    assert listed[0]["cost_usd"] == "0.10"
    shown = told("requests", "list", "--status", "5xx").stdout
    assert "overloaded" in shown
    assert shown.count("\n") == 2
    for words, count in (
        (("--key", "key_0"), 3),
        (("--from", "24h"), 4),
        (("--to", "2020-01-01"), 0),
        (("--end", "failed"), 1),
        (("--id", "mine"), 1),
        (("--cost-over", "1"), 4),
        (("--slower-than", "13"), 0),
        (("--limit", "2"), 2),
    ):
        assert len(told.json("requests", "list", *words)) == count, words
    assert "--limit" in told("requests", "list", "--limit", "2").stderr
    assert "no requests fit" in told("requests", "list", "--model", "none").stderr


def test_one_request_is_shown_by_the_id_that_its_client_chose(told: CommandLine) -> None:
    assert told.json("requests", "show", "mine")["id"] == "mine#0a1b"
    shown = told("requests", "show", "mine").stdout
    assert "received" in shown
    assert "ended" in shown
    assert "ledger.keep_days" in told.error("requests", "show", "nobody")


def test_usage_is_summed_as_in_the_admin_api(told: CommandLine) -> None:
    (whole,) = told.json("usage", "--step", "all", "--from", "7d")
    assert (whole["requests"], whole["failed"], whole["cost_usd"]) == (5, 1, "0.40")
    by_key = told.json("usage", "--by", "key", "--step", "all", "--from", "7d")
    assert {each["name"]: each["requests"] for each in by_key} == {"key_0": 3, "key_1": 2}
    (top, others) = told.json("usage", "--by", "key", "--top", "1", "--step", "all", "--from", "7d")
    assert (top["name"], others["others"], others["requests"]) == ("key_0", True, 2)
    assert told.json("usage", "--key", "key_1", "--step", "all")[0]["requests"] == 2
    assert len(told.json("usage", "--from", "7d")) == 2, "by the day"
    assert "cost_usd" in told("usage").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("usage", "--from", "1h", "--to", "2h"),
        ("usage", "--from", "yesterday"),
        ("requests", "list", "--from", "soon"),
        ("requests", "list", "--end", "badly"),
        ("usage", "--step", "hour", "--from", "2020-01-01"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_can(told: CommandLine, words: tuple[str, ...]) -> None:
    assert "Error" in told(*words, exits=2).stderr
