"""`grok2api models`: the catalogue, and beside it what upstream says."""

from __future__ import annotations

import pytest

from support.command_line import KEY, CommandLine

FIELDS = {"id", "kind", "upstream", "fallbacks", "tier", "source", "available", "created"}


def test_an_empty_pool_shows_the_catalogue(run: CommandLine) -> None:
    rows = {row["id"]: row for row in run.json("models")}
    assert all(row.keys() == FIELDS for row in rows.values())
    assert rows["grok-4-heavy"]["tier"] == "super"
    assert {row["available"] for row in rows.values()} == {None}
    assert {row["source"] for row in rows.values()} == {"catalogue"}
    assert run("models").stdout.splitlines()[0].split()[0] == "id"


@pytest.mark.usefixtures("upstream")
def test_a_pool_is_asked_what_it_may_use(run: CommandLine) -> None:
    run.add("xai-sandbox-canary-acl")
    rows = {row["id"]: row for row in run.json("models")}
    assert rows["grok-3"]["available"] is True
    assert rows["grok-4.20-multi-agent-0309"]["available"] is False
    assert {row["available"] for row in run.json("models", "--offline")} == {None}


def test_an_upstream_that_is_away_is_a_warning(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROK2API_GROK__BASE_URL", "http://127.0.0.1:9/v1")
    run.add(KEY, "--name", "one")
    result = run("models")
    assert result.stderr.startswith("warning: one: xAI cannot be reached")
    assert "grok-4" in result.stdout
