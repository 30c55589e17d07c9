"""`grok2api keys`: the one secret that is printed, once, and what becomes of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from grok2api.accounting.client_keys import KeyDirectory
from grok2api.config.settings import Settings
from grok2api.kit.clock import SystemClock
from grok2api.kit.secretbox import KeyRing
from grok2api.server.prepare import PEPPER_PURPOSE
from grok2api.storage.open import open_records
from grok2api.storage.records import Transcript
from support.command_line import SECRET_KEY, CommandLine

FIELDS = {
    *("id", "name", "hint", "state", "limits", "models", "endpoints", "networks", "rpm", "tpm"),
    *("max_concurrency", "budget_day_usd", "budget_month_usd", "pool_tags", "pool_tier", "strict"),
    *("never_log", "record_content", "content_hours", "rescue", "note", "former_until", "expires", "created"),
}


def test_create_prints_the_key_alone_and_it_works(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROK2API_SECRET_KEY", SECRET_KEY)
    result = run("keys", "create", "--name", "laptop", "--model", "grok-4", "--strict")
    key = result.stdout.strip()
    assert key.startswith("sk-")
    assert result.stdout == f"{key}\n"
    assert result.stderr == ""

    async def caller() -> object:
        records = await open_records("local", "", run.data)
        directory = KeyDirectory(pepper=KeyRing(SECRET_KEY).derive(PEPPER_PURPOSE), clock=SystemClock())
        directory.apply(await records.changes_since(0))
        await records.close()
        return directory.authenticate(key)

    found = asyncio.run(caller())
    assert (getattr(found, "name", None), getattr(found, "strict", None)) == ("laptop", True)
    run.secrets.append(key)
    (row,) = run.json("keys", "list")
    assert row.keys() == FIELDS
    assert (row["name"], row["models"], row["strict"], row["state"]) == ("laptop", ["grok-4"], True, "active")
    assert row["expires"] is None
    assert "laptop" in run("keys", "list").stdout


@pytest.mark.parametrize(
    ("given", "span"), [("12h", timedelta(hours=12)), ("30d", timedelta(days=30)), ("2w", timedelta(weeks=2))]
)
def test_a_span_counts_from_now(run: CommandLine, given: str, span: timedelta) -> None:
    run("keys", "create", "--name", "n", "--expires", given)
    ends = datetime.fromisoformat(run.json("keys", "list")[0]["expires"])
    assert abs(ends - datetime.now(UTC) - span) < timedelta(minutes=5)


def test_a_date_is_a_day_in_utc(run: CommandLine) -> None:
    run("keys", "create", "--name", "n", "--expires", "2199-01-31")
    assert run.json("keys", "list")[0]["expires"] == "2199-01-31T00:00:00Z"


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--name", " "),
        ("--name", "n", "--expires", "soon"),
        ("--name", "n", "--expires", "2001-01-01"),
        ("--name", "n", "--expires", "0d"),
        ("--name", "n", "--rescue", "soon"),
        ("--name", "n", "--rescue", "2y"),
    ],
)
def test_wrong_use_makes_no_key(run: CommandLine, words: tuple[str, ...]) -> None:
    assert run("keys", "create", *words, exits=2).stdout == ""
    assert run.json("keys", "list") == []


def test_an_unknown_model_is_warned_of(run: CommandLine) -> None:
    result = run("keys", "create", "--name", "n", "--model", "grok-9000", "--model", "grok-4")
    assert "grok-9000" in result.stderr
    assert result.stdout.startswith("sk-")


def test_revoke_takes_the_key_away(run: CommandLine) -> None:
    run("keys", "create", "--name", "one")
    run("keys", "create", "--name", "two")
    identifier = run.json("keys", "list")[0]["id"]
    assert run("keys", "revoke", "one").stdout == f"revoked {identifier} (one)\n"
    assert [row["name"] for row in run.json("keys", "list")] == ["two"]
    assert run.error("keys", "revoke", "one", "two") == "error: no key 'one'; see: grok2api keys list\n"
    assert [row["name"] for row in run.json("keys", "list")] == ["two"]


def test_keys_of_the_settings_are_counted(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    run.secrets.append("sk-of-the-settings")
    monkeypatch.setenv("GROK2API_APP__API_KEY", "sk-of-the-settings")
    assert Settings().app.api_key == ()
    result = run("keys", "list")
    assert "1 from the setting app.api_key" in result.stderr
    assert run.json("keys", "list") == []


def test_a_key_may_be_bound_to_a_part_of_the_pool(run: CommandLine) -> None:
    words = ("--pool-tag", "eu", "--pool-tag", "night", "--pool-tag", "eu", "--pool-tier", "super")
    run.secrets.append(run("keys", "create", "--name", "scoped", *words).stdout.strip())
    run.secrets.append(run("keys", "create", "--name", "free").stdout.strip())
    scoped, free = run.json("keys", "list")
    assert (scoped["pool_tags"], scoped["pool_tier"]) == (["eu", "night"], "super")
    assert (free["pool_tags"], free["pool_tier"]) == ([], None)
    assert run("keys", "create", "--name", "n", "--pool-tier", "heavy", exits=2).stdout == ""


@pytest.mark.parametrize(
    ("given", "shown"), [("36h", "36h"), ("24h", "1d"), ("7d", "7d"), ("2w", "14d"), ("off", None)]
)
def test_a_key_may_have_its_conversations_kept(run: CommandLine, given: str, shown: str | None) -> None:
    run.secrets.append(run("keys", "create", "--name", "one", "--rescue", given).stdout.strip())
    run.secrets.append(run("keys", "create", "--name", "two").stdout.strip())
    identifier = run.json("keys", "list")[1]["id"]
    assert run("keys", "edit", "two", "--rescue", given).stdout == f"changed {identifier} (two)\n"
    assert [row["rescue"] for row in run.json("keys", "list")] == [shown, shown]


def test_switching_it_off_or_revoking_forgets_what_is_kept(run: CommandLine) -> None:
    async def kept(*put: str) -> list[str]:
        records = await open_records("local", "", run.data)
        rows = [
            Transcript(id=f"row of {key}", key_id=key, content="v1", created_at=0, expires_at=1)
            for key in put
        ]
        await records.transcripts.put(rows)
        found = [key for key in identifiers if await records.transcripts.get(f"row of {key}")]
        await records.close()
        return found

    for name in ("one", "two", "three"):
        run.secrets.append(run("keys", "create", "--name", name, "--rescue", "7d").stdout.strip())
    identifiers = [row["id"] for row in run.json("keys", "list")]
    assert asyncio.run(kept(*identifiers)) == identifiers
    run("keys", "edit", "one", "--rescue", "1d")
    assert asyncio.run(kept()) == identifiers
    run("keys", "edit", "one", "--rescue", "off")
    run("keys", "revoke", "three")
    assert asyncio.run(kept()) == identifiers[1:2]


def test_edit_wants_to_know_what(run: CommandLine) -> None:
    run.secrets.append(run("keys", "create", "--name", "one").stdout.strip())
    run("keys", "edit", "one", exits=2)
    said = "error: no key 'nobody'; see: grok2api keys list\n"
    assert run.error("keys", "edit", "nobody", "--rescue", "7d") == said


LIMITS = (
    *("--endpoint", "chat", "--endpoint", "models", "--network", "10.0.0.0/8", "--network", "203.0.113.7"),
    *("--rpm", "60", "--tpm", "100000", "--max-concurrency", "4", "--budget-day", "2.5"),
    *("--budget-month", "$40", "--tag", "eu", "--tier", "super", "--never-log", "--note", "of Ann's"),
)


def test_a_key_may_have_limits_and_loses_them_again(run: CommandLine) -> None:
    run.secrets.append(run("keys", "create", "--name", "one", *LIMITS).stdout.strip())
    (row,) = run.json("keys", "list")
    assert (row["endpoints"], row["networks"]) == (["chat", "models"], ["10.0.0.0/8", "203.0.113.7/32"])
    assert (row["rpm"], row["tpm"], row["max_concurrency"]) == (60, 100_000, 4)
    assert (row["budget_day_usd"], row["budget_month_usd"]) == ("2.50", "40.00")
    assert (row["pool_tags"], row["pool_tier"], row["never_log"]) == (["eu"], "super", True)
    assert "60 rpm" in run("keys", "list").stdout
    shown = run.json("keys", "show", "one")
    assert (shown["note"], shown["spent_day_usd"]) == ("of Ann's", "0.00")
    assert "spent_month_usd" in run("keys", "show", "one").stdout
    run("keys", "edit", "one", "--rpm", "0", "--network", "", "--budget-day", "0", "--tier", "any", "--log")
    (row,) = run.json("keys", "list")
    assert (row["rpm"], row["networks"], row["budget_day_usd"], row["pool_tier"]) == (None, [], None, None)
    assert (row["tpm"], row["never_log"]) == (100_000, False)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--rpm", "-1"), "rpm"),
        (("--tpm", "many"), "--tpm"),
        (("--budget-day", "much"), "US dollars"),
        (("--budget-month", "500001"), "500000"),
        (("--endpoint", "telephone"), "telephone"),
        (("--network", "10.0.0.1/8"), "10.0.0.1/8"),
        (("--never-log", "--rescue", "7d"), "do not go together"),
    ],
)
def test_a_wrong_limit_is_told_and_makes_no_key(run: CommandLine, words: tuple[str, ...], told: str) -> None:
    result = run("keys", "create", "--name", "n", *words, exits=2)
    assert told in result.stderr
    assert run.json("keys", "list") == []


def test_a_key_that_is_never_logged_cannot_have_its_conversations_kept(run: CommandLine) -> None:
    run.secrets.append(run("keys", "create", "--name", "one", "--never-log").stdout.strip())
    assert "never_log" in run("keys", "edit", "one", "--rescue", "7d", exits=2).stderr


def test_keys_are_switched_off_and_on(run: CommandLine) -> None:
    run.secrets.append(run("keys", "create", "--name", "one").stdout.strip())
    identifier = run.json("keys", "list")[0]["id"]
    assert run("keys", "disable", "one").stdout == f"disabled {identifier} (one)\n"
    assert run.json("keys", "list")[0]["state"] == "disabled"
    assert run("keys", "enable", "one").stdout == f"enabled {identifier} (one)\n"
    assert run.json("keys", "list")[0]["state"] == "active"


def test_a_key_is_renewed_and_the_old_one_lasts_a_while(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROK2API_SECRET_KEY", SECRET_KEY)
    first = run("keys", "create", "--name", "one").stdout.strip()
    second = run("keys", "rotate", "one", "--overlap", "12h")
    assert second.stdout.startswith("sk-")
    assert second.stdout.count("\n") == 1
    run.secrets.extend([first, second.stdout.strip()])
    (row,) = run.json("keys", "list")
    ends = datetime.fromisoformat(row["former_until"])
    assert abs(ends - datetime.now(UTC) - timedelta(hours=12)) < timedelta(minutes=5)
    third = run("keys", "rotate", "one", "--overlap", "none").stdout.strip()
    run.secrets.append(third)
    assert run.json("keys", "list")[0]["former_until"] is None
    assert run("keys", "rotate", "one", "--overlap", "2y", exits=2).stdout == ""

    async def valid() -> list[bool]:
        records = await open_records("local", "", run.data)
        directory = KeyDirectory(pepper=KeyRing(SECRET_KEY).derive(PEPPER_PURPOSE), clock=SystemClock())
        directory.apply(await records.changes_since(0))
        await records.close()
        keys = (first, second.stdout.strip(), third)
        return [directory.authenticate(each) is not None for each in keys]

    assert asyncio.run(valid()) == [False, False, True]
