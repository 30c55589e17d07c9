"""`grok2api models`: the catalogue, and beside it what upstream says."""

from __future__ import annotations

import pytest

from support.command_line import KEY, CommandLine

FIELDS = {"id", "kind", "upstream", "fallbacks", "tier", "source", "visibility", "available", "created"}


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


def test_a_name_is_given_a_meaning_and_loses_it(run: CommandLine) -> None:
    said = run("models", "set", "gpt-4o", "--target", "grok-4", "--fallback", "grok-3=low", "--note", "team")
    assert (
        said.stdout
        == "gpt-4o stands for grok-4.7, grok-4.6, grok-4.5, grok-4.3, grok-4.20-0309-non-reasoning (low)\n"
    )
    rows = {row["id"]: row for row in run.json("models")}
    assert (rows["gpt-4o"]["upstream"], rows["gpt-4o"]["source"]) == ("grok-4.7", "operator")
    assert run("models", "set", "grok-3", "--visibility", "off").stdout == "grok-3 is off\n"
    assert {row["id"]: row["visibility"] for row in run.json("models")}["grok-3"] == "off"
    assert run("models", "unset", "gpt-4o").exit_code == 0
    assert "gpt-4o" not in {row["id"] for row in run.json("models")}


def test_a_name_that_cannot_have_this_meaning_is_refused(run: CommandLine) -> None:
    refused = run("models", "set", "mine", "--target", "mine", exits=1)
    assert refused.stderr == "error: 'mine' would stand for itself.\n"
    assert run("models", "set", "mine", "--target", "x", "--fallback", "grok-3=much", exits=2).exit_code == 2
    assert run("models", "unset", "mine", exits=1).exit_code == 1
    unknown = run("models", "set", "mine", "--target", "grok-99")
    assert unknown.stderr == "warning: this program does not know 'grok-99'; it may be newer\n"
