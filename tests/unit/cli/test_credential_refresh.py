"""`grok2api credentials refresh`, and what else the commands do with sign-ins."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from support.command_line import KEY, CommandLine
from support.sandbox_issuer import Issuer


def imported(run: CommandLine, issuer: Issuer, account: str, **issue: object) -> str:
    """Let the sandbox sign somebody in, import the tokens, and return the credential's id."""
    tokens: dict[str, Any] = issuer.post("/issue", account=account, **issue)
    run.secrets += [tokens["access_token"], tokens["refresh_token"]]
    file = run.directory / f"{account}.json"
    kept = {"type": "xai", "access_token": tokens["access_token"], "refresh_token": tokens["refresh_token"]}
    file.write_bytes(msgspec.json.encode(kept))
    (row,) = run.json("credentials", "import", str(file))["rows"]
    assert row["outcome"] == "added", row
    return str(row["id"])


def test_a_sign_in_gets_new_tokens(run: CommandLine, issuer: Issuer) -> None:
    identifier = imported(run, issuer, "ann")
    before = run.json("credentials", "show", identifier)
    (row,) = run.json("credentials", "refresh", identifier)
    assert (row["id"], row["ok"]) == (identifier, True)
    assert row["message"].startswith("refreshed; good until ")
    after = run.json("credentials", "show", identifier)
    assert (before["generation"], after["generation"]) == (1, 2)


def test_an_imported_refresh_token_is_exchanged_and_then_works(run: CommandLine, issuer: Issuer) -> None:
    identifier = imported(run, issuer, "bob", expires_in=0)
    (row,) = run.json("credentials", "test", identifier, exits=1)
    assert "refresh it" in row["message"]
    run("credentials", "refresh", "--all")
    (row,) = run.json("credentials", "test", identifier)
    assert row["ok"] is True


def test_a_revoked_sign_in_says_what_to_do(run: CommandLine, issuer: Issuer) -> None:
    identifier = imported(run, issuer, "cy")
    issuer.post("/revoke", account="cy")
    (row,) = run.json("credentials", "refresh", identifier, exits=1)
    assert "sign in again" in row["message"]
    assert run.json("credentials", "show", identifier)["needs_sign_in"] is True
    assert "grok2api login" in run("credentials", "clear-cooldown", identifier).stderr


def test_an_api_key_has_nothing_to_refresh(run: CommandLine, issuer: Issuer) -> None:
    assert issuer.url
    key = run.add(KEY)
    (row,) = run.json("credentials", "refresh", key, exits=1)
    assert "API key" in row["message"]
    assert run.json("credentials", "refresh", "--all") == []


@pytest.mark.usefixtures("upstream")
def test_sign_ins_that_are_off_are_not_refreshed(run: CommandLine) -> None:
    run.add(KEY)
    assert "oauth.enabled = true" in run("credentials", "refresh", "--all", exits=2).stderr


def test_a_sign_in_is_listed_with_its_account(run: CommandLine, issuer: Issuer) -> None:
    identifier = imported(run, issuer, "dee")
    (row,) = run.json("credentials", "list")
    assert (row["id"], row["kind"]) == (identifier, "oauth")
    assert row["account_id"] == f"team_{row['team_id']}"
    assert run.json("credentials", "list", "--account", row["team_id"]) == [row]
    head, line = run("credentials", "list").stdout.splitlines()
    assert {"login", "team_id"} <= set(head.split())
    assert row["team_id"] in line
