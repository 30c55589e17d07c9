"""What an answer about a credential's identity changes, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok2api.canonical.identity import Identity
from grok2api.operations.examining import examine
from support.operator_pool import RECORD

NOW = 1_795_000_000.0
ANN = Identity(team_id="9", user_id="u-9", acls=("api-key:model:*",))


def test_the_account_follows_the_team_and_the_former_one_is_kept() -> None:
    assert examine(RECORD, ANN, NOW) == {
        "account_id": "team_9",
        "former_accounts": ("acct_old", "team_7"),
        "team_id": "9",
        "user_id": "u-9",
        "acls": ("api-key:model:*",),
        "probed_at": NOW,
    }


def test_coming_back_to_a_former_account_does_not_double_it() -> None:
    record = replace(RECORD, former_accounts=("team_9", "acct_old"))
    assert examine(record, ANN, NOW)["former_accounts"] == ("acct_old", "team_7")


def test_what_is_known_already_changes_only_when_it_was_asked() -> None:
    record = replace(RECORD, team_id="9", user_id="u-9", account_id="team_9", acls=ANN.acls)
    assert examine(record, ANN, NOW) == {"probed_at": NOW}


@pytest.mark.parametrize("identity", [Identity(), Identity(user_id="u-1"), Identity(team_id="a b/c")])
def test_an_answer_without_a_usable_team_leaves_the_account(identity: Identity) -> None:
    assert "account_id" not in examine(RECORD, identity, NOW)


def test_a_flag_blocks_and_its_end_unblocks() -> None:
    changes = examine(RECORD, replace(ANN, blocked="xAI blocked the team"), NOW)
    assert changes["status"] == "blocked"
    assert "xAI blocked the team" in str(changes["reason"])
    blocked = replace(RECORD, status="blocked", reason=str(changes["reason"]))
    assert examine(blocked, ANN, NOW)["status"] == "active"
    assert "status" not in examine(blocked, Identity(), NOW)


@pytest.mark.parametrize(
    ("status", "reason"),
    [("blocked", "5 unclear refusals in a row"), ("cooling", "rate limit"), ("expired", "r"), ("active", "")],
)
def test_what_something_else_imposed_stays(status: str, reason: str) -> None:
    record = replace(RECORD, status=status, reason=reason, cooldown_until=9e9)
    assert not examine(record, ANN, NOW).keys() & {"status", "reason", "cooldown_until", "updated_at"}
