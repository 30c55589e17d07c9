"""What the index has become is what sorting everybody out anew gives, whatever came in between."""

from __future__ import annotations

import random
from copy import copy
from dataclasses import replace

from grok2api.canonical.plan import Demand, PoolScope
from grok2api.pool.eligible import Eligible
from grok2api.pool.member import Member
from grok2api.pool.roster import Roster

DEMANDS = (
    Demand("grok-4.3"),
    Demand("grok-4.7", tier="super"),
    Demand("grok-4.3", scope=PoolScope(tags=frozenset({"a"}))),
)


def member(number: int, dice: random.Random) -> Member:
    return Member(
        id=f"cred_{number:03}",
        name=str(number),
        account_id=f"acct_{number % 7}",
        tier=dice.choice(("basic", "super")),
        tags=dice.choice((("a",), ("b",), ())),
        priority=dice.choice((0, 0, 0, 5, -1)),
        enabled=dice.random() < 0.7,
        token="xai-key",
    )


def told(eligible: Eligible) -> tuple[list[tuple[int, list[str]]], dict[str, int]]:
    ranks = [(rank.members[0].priority, [each.id for each in rank.members]) for rank in eligible.ranks]
    return ranks, {rule: count for rule, count in eligible.removed.items() if count}


def anew(roster: Roster) -> Roster:
    other = Roster(roster.base_url)
    for number in range(9):
        other.learn_models(f"acct_{number}", roster.listing(f"acct_{number}"))
    other.put(roster.members.values())
    return other


def listing(roster: Roster, number: int, dice: random.Random) -> None:
    listed = dice.choice((None, ("grok-4.3",), ("grok-4.7",), ("grok-4.3", "grok-4.7")))
    roster.learn_models(f"acct_{number}", listed)


def move(roster: Roster, number: int, dice: random.Random) -> None:
    present = roster.members[f"cred_{number:03}"]
    former, account = copy(present), f"acct_{dice.randrange(9)}"
    roster.moved(present.account_id, account)
    present.move(account, (former.account_id,))
    roster.moved_from(former)


def change(roster: Roster, number: int, dice: random.Random) -> None:
    present = roster.members[f"cred_{number:03}"]
    former, wanted = copy(present), member(number, dice)
    present.tier, present.tags = wanted.tier, wanted.tags
    present.priority, present.enabled = wanted.priority, wanted.enabled
    roster.moved_from(former)


def test_an_index_follows_whoever_comes_goes_and_changes() -> None:
    dice = random.Random(3)  # noqa: S311  no secret
    roster, known = Roster("https://upstream"), 40
    roster.put(member(number, dice) for number in range(known))
    for _ in range(200):
        for demand in DEMANDS:
            assert told(roster.eligible(demand)) == told(anew(roster).eligible(demand))
        for account in {each for member in roster.members.values() for each in member.account_hashes}:
            own = {each.id for each in roster.of_account(account)}
            assert own == {each.id for each in anew(roster).of_account(account)}
        for _ in range(dice.randrange(6)):
            deed, there = dice.random(), sorted(roster.members)
            if deed < 0.3:
                roster.put([member(known, dice)])
                known += 1
            elif deed < 0.5 and there:
                roster.remove([dice.choice(there)])
            elif deed < 0.6:
                listing(roster, dice.randrange(9), dice)
            elif deed < 0.7 and there:
                move(roster, int(dice.choice(there)[-3:]), dice)
            elif there:
                change(roster, int(dice.choice(there)[-3:]), dice)


def test_who_stays_keeps_his_turn() -> None:
    dice = random.Random(1)  # noqa: S311  no secret
    roster, demand = Roster("https://upstream"), DEMANDS[0]
    roster.put(replace(member(number, dice), enabled=True, priority=0) for number in range(3))
    (rank,) = roster.eligible(demand).ranks
    rank.pass_turn(rank.members[0])
    roster.put([replace(member(3, dice), enabled=True, priority=0)])
    roster.remove(["cred_001"])
    (rank,) = roster.eligible(demand).ranks
    assert [each.id for each in rank.ready] == ["cred_002", "cred_000", "cred_003"]


def test_accounts_are_found_while_credentials_come_and_go() -> None:
    dice = random.Random(2)  # noqa: S311  no secret
    roster = Roster("https://upstream")
    roster.put(member(number, dice) for number in range(3))
    first = roster.members["cred_000"]
    (account,) = first.account_hashes
    assert roster.of_account(account) == (first,)
    roster.put([member(7, dice)])
    assert [each.id for each in roster.of_account(account)] == ["cred_000", "cred_007"]
    roster.remove(["cred_000"])
    assert [each.id for each in roster.of_account(account)] == ["cred_007"]
