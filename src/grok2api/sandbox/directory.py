"""What was ordered from outside about accounts, and what each of them has used since.

An order is for a name (one key, or one OAuth account) or for a team, holds until it is cleared, and has
counters of its own. Where both speak, the name's order wins field by field; both quotas count.
Weeks are counted on the wall clock from the moment of the first order.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

import msgspec

from grok2api.kit.clock import Clock
from grok2api.sandbox.accounts import Account
from grok2api.sandbox.wire import Json

WEEK = 7 * 86_400.0
TICKS_PER_DOLLAR = 10_000_000_000

Tier = Literal[
    "free", "supergrok", "x_basic", "x_premium", "x_premium_plus", "supergrok_heavy", "supergrok_lite"
]
Count = Annotated[int, msgspec.Meta(ge=0)]
Amount = Annotated[float, msgspec.Meta(ge=0)]
Rates = Count | dict[str, Count]


class Exhaustion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How an account that has nothing left is refused; `status` None is 429 for a quota, 403 for credit."""

    status: Literal[402, 403, 429] | None = None
    form: Literal["numeric", "kebab", "nested"] = "numeric"
    retry_after: bool = False


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The facts that an order may state; what is absent stays as the name says. `credit` is in US dollars."""

    tier: Tier | None = None
    api_access: bool | None = None
    weekly_quota: Count | None = None
    weekly_ticks: Count | None = None
    credit: Amount | None = None
    exhausted: Exhaustion = Exhaustion()
    rate_per_second: Rates | None = None
    rate_per_minute: Rates | None = None
    retry_after: bool = False
    resets_in: bool = True
    blocked: frozenset[Literal["user", "team", "key"]] = frozenset()
    disabled: bool = False
    acls: tuple[str, ...] | None = None


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """The part of a posted order that is not a fact: for whom it is, and what counts as used already."""

    name: str | None = None
    team: str | None = None
    used: Count | None = None
    used_ticks: Count | None = None


@dataclass(slots=True)
class Record:
    """One order in force with its counters; `spent_ticks` is never reset, the others are every week."""

    kind: str
    subject: str
    since: float
    posted: Json = field(default_factory=dict)
    profile: Profile = field(default_factory=Profile)
    week: int = 0
    used: int = 0
    used_ticks: int = 0
    spent_ticks: int = 0

    def turn(self, now: float) -> None:
        """Start a new week of counting when one has begun by `now` (wall seconds)."""
        week = int((now - self.since) // WEEK)
        if week > self.week:
            self.week, self.used, self.used_ticks = week, 0, 0

    def resets_at(self) -> float:
        """Return when the running week ends, in wall seconds."""
        return self.since + (self.week + 1) * WEEK


class Directory:
    """The orders of one sandbox."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._records: dict[tuple[str, str], Record] = {}

    def post(self, posted: Any) -> Json:
        """Take an order from decoded JSON, on top of an earlier one for the same subject; return it whole.

        Raises: ValueError.
        """
        if not isinstance(posted, dict):
            raise ValueError("expected an object")
        heading = {name: posted[name] for name in Order.__struct_fields__ if name in posted}
        facts = {name: value for name, value in posted.items() if name not in heading}
        try:
            order = msgspec.convert(heading, Order)
            kind, subject = _subject(order)
            record = self._records.get((kind, subject)) or Record(kind, subject, self._clock.now())
            merged = {name: value for name, value in (record.posted | facts).items() if value is not None}
            record.profile = msgspec.convert(_listed(merged), Profile)
        except msgspec.ValidationError as error:
            raise ValueError(str(error)) from error
        record.posted = merged
        record.used = record.used if order.used is None else order.used
        record.used_ticks = record.used_ticks if order.used_ticks is None else order.used_ticks
        self._records[kind, subject] = record
        return self._row(record)

    def rows(self) -> list[Json]:
        """Return every order with its counters."""
        return [self._row(record) for record in self._records.values()]

    def clear(self) -> int:
        """Forget every order and return how many there were."""
        forgotten = len(self._records)
        self._records.clear()
        return forgotten

    def records(self, account: Account) -> list[Record]:
        """Return the orders for an account, its name's before its team's, counting in the present week."""
        found = [self._records.get(("name", account.name)), self._records.get(("team", account.team))]
        records = [record for record in found if record is not None]
        for record in records:
            record.turn(self._clock.now())
        return records

    def profile(self, name: str, team: str) -> Profile:
        """Return what was ordered about an account."""
        own, shared = self._records.get(("name", name)), self._records.get(("team", team))
        if own is None or shared is None:
            record = own or shared
            return Profile() if record is None else record.profile
        return msgspec.convert(_listed(shared.posted | own.posted), Profile)

    def apply(self, account: Account) -> Account:
        """Return an account as the orders in force leave it."""
        if not self._records:
            return account
        profile = self.profile(account.name, account.team)
        tier = account.tier
        return replace(
            account,
            blocked=account.blocked | profile.blocked,
            disabled=account.disabled or profile.disabled,
            acls=account.acls if profile.acls is None else profile.acls,
            api_access=profile.api_access,
            tier=None if tier is None else profile.tier or tier,
        )

    def charge(self, account: Account, ticks: int) -> None:
        """Count what a request cost (10^10 ticks are a US dollar)."""
        for record in self.records(account):
            record.used_ticks += ticks
            record.spent_ticks += ticks

    def _row(self, record: Record) -> Json:
        record.turn(self._clock.now())
        return {
            record.kind: record.subject,
            **record.posted,
            "used": record.used,
            "used_ticks": record.used_ticks,
            "spent_ticks": record.spent_ticks,
            "resets_at": record.resets_at(),
        }


def _subject(order: Order) -> tuple[str, str]:
    if order.name and order.team is None:
        return "name", order.name
    if order.team and order.name is None:
        return "team", order.team
    raise ValueError("give either name or team")


def _listed(facts: Json) -> Json:
    """Return facts with a single word under `blocked` made a list."""
    blocked = facts.get("blocked")
    return facts | {"blocked": [blocked]} if isinstance(blocked, str) else facts
