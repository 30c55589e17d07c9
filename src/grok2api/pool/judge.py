"""What becomes of a credential after a call: blame, rest, bars, a new token, and word to the store.

The rules themselves are pure (`pool.health`); here they are applied to the members of a roster. Must never
punish more than one failure can speak for, and must never wait.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from grok2api.canonical.dispatch import Lease
from grok2api.canonical.fault import Fault, FaultKind, FaultScope
from grok2api.canonical.plan import Demand
from grok2api.kit.clock import Clock
from grok2api.pool.blast import BlastRadius
from grok2api.pool.health import (
    BLAMED_ONCE,
    BOUNDED,
    MANUAL,
    SHARED,
    CooldownRules,
    Health,
    Scope,
    Status,
    lasting,
    restrict,
    step,
    succeed,
)
from grok2api.pool.health_writer import HealthChange
from grok2api.pool.hearsay import Bar, Rest, Word, take_in, word_of_rest
from grok2api.pool.member import Member
from grok2api.pool.roster import Roster

_REMEMBERED_REQUESTS: Final = 8192


@dataclass(frozen=True, slots=True)
class Held:
    """A lease that was not given back yet. Holding it keeps its identity from being used again."""

    lease: Lease
    member: Member
    demand: Demand
    roster: Roster
    ticket: str | None = None
    """Its place among those that all workers share, if the credential has a limit."""
    counted: bool = True
    """Whether it counts as a call under way, as a question about the credential does not."""


def keep_quiet(_word: Word) -> None:
    """Take a word that there is nobody to tell."""


class Judge:
    """Applies the rules of health.

    Args:
        clock: Where time comes from.
        persist: Takes a change of health that should outlive the process; must not wait.
        want_token: Told of a sign-in that needs a new token, and of the token set that xAI refused.
        spread: Tells the other workers of a rest or a bar; must not wait.
    """

    def __init__(
        self,
        clock: Clock,
        persist: Callable[[HealthChange], None],
        want_token: Callable[[str, int | None], None],
        spread: Callable[[Word], None] = keep_quiet,
    ) -> None:
        self._clock = clock
        self._persist = persist
        self._want_token = want_token
        self._spread = spread
        self._blamed: OrderedDict[str, None] = OrderedDict()
        self._blast = BlastRadius(clock)

    def judge(
        self, held: Held, fault: Fault, rules: CooldownRules, *, request_id: str, last: Callable[[], bool]
    ) -> None:
        """Take in that a call failed.

        Args:
            held: On what.
            fault: How.
            rules: How long it may make anybody rest.
            request_id: Whose call; a request may make one credential rest for what nobody can read.
            last: Tells whether nobody else could have served.
        """
        if fault.kind is FaultKind.TOKEN_EXPIRED and held.member.kind == "api_key":
            fault = replace(fault, kind=FaultKind.NOT_AUTHENTICATED)  # nobody can sign a key in again
        elif fault.kind is FaultKind.TOKEN_EXPIRED and self._rescues(held, rules):
            return
        self._bar(held, fault, rules)
        if fault.kind in BLAMED_ONCE and not self._first_blame(request_id):
            return
        if fault.kind in BOUNDED and not self._admits(held, fault, rules):
            return
        now, alone = self._clock.monotonic(), last()
        signature = fault.signature if fault.kind in BOUNDED else ""
        for member in self._hit(held, fault):
            health = step(member.health, fault, now, rules, last_usable=alone)
            self.move(held.roster, member, health, signature=signature)

    def hear(self, roster: Roster, word: Word, rules: CooldownRules) -> None:
        """Believe what another worker says, as far as this one would have let the same failure reach."""
        now = self._clock.monotonic()
        if isinstance(word, Rest) and word.signature:
            who, size = word.credential_id, len(roster.members)
            if not self._blast.admits(word.signature, who, share=rules.blast_share, size=size):
                return
            if not any(each.health.usable(now) and each.id != who for each in roster.live):
                word = msgspec.structs.replace(word, seconds=min(word.seconds, rules.last_usable))
        take_in(roster, word, now, rules)

    def acquit(self, held: Held) -> None:
        """Take in that upstream answered; an older token says nothing of the present one."""
        member = held.member
        if held.lease.generation >= member.generation:
            member.rejections = 0
        if member.health != Health():
            self.move(held.roster, member, succeed(member.health, self._clock.monotonic()))

    def move(self, roster: Roster, member: Member, health: Health, *, signature: str = "") -> None:
        """Give a member its new health, and tell the store and the other workers if they should know.

        Args:
            roster: Its roster.
            member: Whose.
            health: The new one.
            signature: The failure behind it, if that may not be the credential's own.
        """
        before, member.health = member.health, health
        if Status.EXHAUSTED in {before.status, health.status}:
            member.quota = 0.0 if health.status is Status.EXHAUSTED else None
        if (before.status in MANUAL) != (health.status in MANUAL):
            roster.changed()
        if roster.sandbox or roster.members.get(member.id) is not member:
            return
        if (health.status, health.until) == (before.status, before.until):
            return
        now = self._clock.monotonic()
        if (word := word_of_rest(member.id, health, now, signature)) is not None:
            self._spread(word)
        if not lasting(health, now):
            kept = (member.written or member.stored)[0]
            if kept == "active" or not health.usable(now):
                return
            health = Health()
        triple = (health.status.value, health.reason, self._wall(health, now))
        if triple != member.written:
            member.written = triple
            self._persist(HealthChange(member.id, *triple, at=self._clock.now()))

    def _rescues(self, held: Held, rules: CooldownRules) -> bool:
        """Deal with a token that xAI refused; tell whether a new one may come.

        Calls that were under way with an older token say nothing about the present one.
        """
        lease, member = held.lease, held.member
        if lease.generation < member.generation or member.rejected == lease.generation:
            return True
        if not member.refreshable or member.rejections + 1 >= rules.fail_threshold:
            return False
        member.rejections += 1
        member.rejected = lease.generation
        if member.rejections == 1:
            self._want_token(member.id, lease.generation)
        else:
            self._rest_from_rejections(held, rules)
        return True

    def _rest_from_rejections(self, held: Held, rules: CooldownRules) -> None:
        """Let a sign-in rest whose fresh token was refused too; then another one is asked for.

        Only after several such tokens is it given up: whether it is lost is for the sign-in service to say.
        """
        member, now = held.member, self._clock.monotonic()
        rest = min(rules.denied, rules.unreadable * 2.0 ** min(member.rejections - 2, 16))
        if member.health.until >= now + rest:
            return
        said = f"xAI refused {member.rejections} tokens of this sign-in in a row, fresh ones too"
        self.move(held.roster, member, Health(Status.COOLING, said, now + rest))

    def _bar(self, held: Held, fault: Fault, rules: CooldownRules) -> None:
        """Bar the sender from what the fault says it may not use for a while."""
        now, demand, member = self._clock.monotonic(), held.demand, held.member
        bar = restrict(fault, now, rules, model=demand.counted_as, surface=demand.surface)
        if bar is None or not (demand.upstream_id or bar.scope is not Scope.CREDENTIAL_MODEL):
            return
        what = demand.surface if bar.scope is Scope.CREDENTIAL_SURFACE else demand.counted_as
        who = member.account_id if bar.scope is Scope.ACCOUNT_MODEL else member.id
        held.roster.restrictions.add(what, who, bar, now)
        if not held.roster.sandbox:
            self._spread(Bar(bar.scope, what, who, bar.reason, bar.until - now))

    def _admits(self, held: Held, fault: Fault, rules: CooldownRules) -> bool:
        share, size = rules.blast_share, len(held.roster.members)
        return self._blast.admits(fault.signature, held.member.id, share=share, size=size)

    def _first_blame(self, request_id: str) -> bool:
        """Remember that this request made somebody rest; tell whether it is the first time."""
        if request_id in self._blamed:
            return False
        self._blamed[request_id] = None
        if len(self._blamed) > _REMEMBERED_REQUESTS:
            self._blamed.popitem(last=False)
        return True

    @staticmethod
    def _hit(held: Held, fault: Fault) -> Iterable[Member]:
        """Return the credentials that a fault speaks of."""
        if fault.kind in SHARED and fault.scope is FaultScope.ACCOUNT:
            return held.roster.of_account(held.member.account_hashes[0]) or (held.member,)
        return (held.member,)

    def _wall(self, health: Health, now: float) -> float | None:
        """Return when a rest ends on the wall clock, to the millisecond; None if it names no end."""
        if math.isinf(health.until) or health.until <= now:
            return None
        return round(self._clock.now() + health.until - now, 3)
