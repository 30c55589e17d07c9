"""The pool's one door: lease a credential, say how it went, give it back.

A choice is made in memory; the only thing that is waited for is a free credential, in a bounded queue.
Lasting changes of health are handed to `persist`, and sign-ins without a usable token to `want_token`;
neither may wait. Calls are counted from lease to release, and a lease is released once however often it is
said. Must never give a credential out that cannot serve, and never the sandbox's beside a real one.
"""

from __future__ import annotations

import math
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from grok2api.canonical.dispatch import Lease
from grok2api.canonical.fault import Fault, FaultScope
from grok2api.canonical.plan import Demand, PoolScope
from grok2api.canonical.trace import Decision
from grok2api.errors import NotFound, PoolError
from grok2api.kit.clock import Clock
from grok2api.pool.health import CooldownRules, Health, Status
from grok2api.pool.health_writer import HealthChange
from grok2api.pool.hearsay import Word
from grok2api.pool.judge import Held, Judge, keep_quiet
from grok2api.pool.member import Member
from grok2api.pool.obstacles import BUSY
from grok2api.pool.proxies import Proxies
from grok2api.pool.refusals import refusal
from grok2api.pool.roster import Roster
from grok2api.pool.selection import Chosen, Draw, Nothing, Strategy, choose, has_open
from grok2api.pool.slots import Slots
from grok2api.pool.waiting import Place, WaitingRoom

_ANY_MOMENT: Final = frozenset({BUSY.rule, "awaits a token"})
"""What may be over long before it is worth another look by itself."""

_MOST_TRIES: Final = 32
"""Credentials that are asked for a place in a row before a request waits, or is told to."""
_LOOK_AGAIN: Final = 1.0

Note = Callable[[Decision], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRules:
    """The settings that the pool goes by; replaced as a whole when they change."""

    strategy: Strategy = "least_busy"
    cooldown: CooldownRules = field(default_factory=CooldownRules)
    queue_length: int = 256
    queue_wait: float = 0.0
    """Longest wait for a credential, in seconds."""
    queue_rest: float = math.inf
    """Longest rest of a credential that is waited for; for a longer one the client is told at once."""


def _nobody_listens(_decision: Decision) -> None:
    """Take a decision that nobody wants to know."""


def _line(demand: Demand, exclude: Collection[str]) -> tuple[Demand, frozenset[str]]:
    """Return the line in which a request waits: of those that the same credentials could serve."""
    return replace(demand, affinity=None, preferred_account=None), frozenset(exclude)


def _no_tokens(_credential_id: str, _rejected: int | None) -> None:
    """Take the wish for a token where there are no sign-ins."""


class Pool:
    """Leases credentials.

    Args:
        roster: The real credentials, kept in step with the store by a `View`.
        clock: Where time comes from.
        persist: Takes a change of health that should outlive the process; must not wait.
        rules: The settings to begin with.
        draw: Random numbers for the weighted strategy.
        want_token: Told of a sign-in that needs a new token, and of the token set that xAI refused.
        slots: Places that all workers share; None where limits are this worker's own.
        spread: Tells the other workers of a rest or a bar; must not wait.
    """

    def __init__(
        self,
        roster: Roster,
        *,
        clock: Clock,
        persist: Callable[[HealthChange], None],
        rules: PoolRules | None = None,
        draw: Draw | None = None,
        want_token: Callable[[str, int | None], None] = _no_tokens,
        slots: Slots | None = None,
        spread: Callable[[Word], None] = keep_quiet,
    ) -> None:
        self.rules = rules or PoolRules()
        self.proxies = Proxies(clock)
        self._real = roster
        self._practice: Roster | None = None
        self._clock = clock
        self._draw = draw or secrets.SystemRandom().random
        self._want_token = want_token
        self._held: dict[int, Held] = {}
        self._slots = slots
        self._judge = Judge(clock, persist, want_token, spread)
        self._room = WaitingRoom()

    async def lease(
        self,
        demand: Demand,
        *,
        exclude: Collection[str] = (),
        note: Note | None = None,
        patience: float | None = None,
    ) -> Lease:
        """Return the right to use the credential whose turn it is; give it back with `release`.

        If nobody can serve right now but somebody soon can, it waits in the queue.

        Args:
            demand: What the credential must offer.
            exclude: Ids of credentials that this request has tried.
            note: Told what was decided, also when nobody can serve.
            patience: Seconds that it waits at most, if that is less than anybody may.

        Raises:
            NoCredential: nothing in the pool can serve this, and waiting helps nobody.
            AllCoolingDown: what can serve rests or is busy; `retry_after` says for how long.
            OutOfCredit: all that can serve is out of credit.
            NotFound: the account that the demand is pinned to has left the pool.
        """
        note = note or _nobody_listens
        wait = self.rules.queue_wait if patience is None else min(patience, self.rules.queue_wait)
        line = _line(demand, exclude) if self._room else None
        if line is None or not self._room.has_line(line):
            found = await self._attempt(demand, exclude, note, 0.0)
            if isinstance(found, Lease):
                return found
            self._refuse_unless_soon(demand, found, note, wait, 0.0)
        if len(self._room) >= self.rules.queue_length or not wait:
            found = await self._attempt(demand, exclude, note, 0.0)
            if isinstance(found, Lease):
                return found
            raise self._refused(demand, found, note, 0.0)
        with self._room.line_up(line or _line(demand, exclude)) as place:
            return await self._wait(demand, exclude, note, place, wait)

    def has_other(self, demand: Demand, *, exclude: Collection[str] = ()) -> bool:
        """Tell whether a credential that is not excluded could serve this right now."""
        return self._anybody(self._roster, demand, exclude)

    def verdict(self, demand: Demand) -> PoolError | NotFound | None:
        """Return why nobody can serve a demand right now; None if somebody can."""
        try:
            chosen = self._choose(demand, ())
        except NotFound as error:
            return error
        return refusal(chosen) if isinstance(chosen, Nothing) else None

    @property
    def size(self) -> int:
        """How many credentials can serve sooner or later without anybody acting."""
        return len(self._roster.live)

    def renews(self, lease: Lease) -> bool:
        """Tell whether the credential of a lease is a sign-in that is being given a new token."""
        member = self._roster.members.get(lease.credential_id)
        if member is None or not member.live:
            return False
        renewed = lease.generation < member.generation
        return renewed or (
            member.rejected == member.generation and member.health.usable(self._clock.monotonic())
        )

    def release(self, lease: Lease, ok: bool) -> None:
        """Give a lease back; `ok` when upstream answered on it. Saying it again changes nothing."""
        held = self._held.pop(id(lease), None)
        if held is None:
            return
        held.member.in_flight -= held.counted
        if held.ticket is not None and self._slots is not None:
            self._slots.give_back(held.member, held.ticket)
        if ok:
            self._well(held)
        self._room.call_first()

    def answered(self, lease: Lease, allowance: float | None = None) -> None:
        """Say that an answer has begun on a held lease: its credential and its proxy work.

        Args:
            lease: What it began on.
            allowance: Share of the account's allowance that is left, if upstream told.
        """
        held = self._held.get(id(lease))
        if held is not None:
            self._well(held)
            if allowance is not None:
                held.member.quota = allowance

    def report(self, lease: Lease, fault: Fault, *, request_id: str) -> None:
        """Say that a call on a held lease failed. Must come before its release."""
        held = self._held.get(id(lease))
        if held is None:
            return
        rules = self.rules.cooldown
        if fault.scope is FaultScope.PROXY:
            self.proxies.failed(lease.proxy, fault.detail, rest=rules.proxy, cap=rules.proxy_cap)
            return

        def last() -> bool:
            return not self._anybody(held.roster, held.demand, (held.member.id,))

        self._judge.judge(held, fault, rules, request_id=request_id, last=last)

    def usable(self) -> int:
        """Return how many credentials could serve something right now."""
        now = self._clock.monotonic()
        return sum(member.health.usable(now) for member in self._roster.live)

    def states(self) -> dict[str, int]:
        """Return how many credentials are in each state, those of which there is none included."""
        counts = Counter(member.health.status for member in self._roster.members.values())
        return {status.value: counts[status] for status in Status}

    @property
    def empty(self) -> bool:
        """Whether nothing here will ever serve unless somebody acts."""
        return not self._roster.live

    def empty_for(self, scope: PoolScope) -> bool:
        """Tell whether nothing in a part of the pool will ever serve unless somebody acts."""
        return not any(
            (scope.tags is None or not scope.tags.isdisjoint(member.tags))
            and (scope.tier is None or scope.tier == member.tier)
            for member in self._roster.live
        )

    @property
    def in_flight(self) -> int:
        """How many leases are out."""
        return len(self._held)

    @property
    def waiting(self) -> int:
        """How many requests wait for a credential."""
        return len(self._room)

    @property
    def practising(self) -> bool:
        """Whether requests go to the sandbox."""
        return self._roster.sandbox

    @property
    def roster(self) -> Roster:
        """The credentials in use, for those who look and change nothing."""
        return self._roster

    @property
    def limited(self) -> Iterator[str]:
        """The credentials that may have only so many calls at a time."""
        return (member.id for member in self._real.live if member.max_concurrency)

    def may_serve(self, demand: Demand) -> bool:
        """Tell whether some credential may serve this, be it now or after a rest."""
        return self._roster.may_serve(demand, self._clock.monotonic())

    def set_sandbox(self, base_url: str, keys: Sequence[str]) -> None:
        """Serve from the sandbox at `base_url` for as long as there is no real credential."""
        practice = Roster(base_url, sandbox=True)
        practice.put(
            Member(
                id=f"cred_sandbox_{place}",
                name=f"sandbox {place}",
                account_id=f"acct_sandbox_{place}",
                token=key,
            )
            for place, key in enumerate(keys, start=1)
        )
        self._practice = practice

    def borrow(self, member: Member) -> Lease:
        """Return a lease on one credential, to ask something about it; give it back with `release`.

        It takes none of its places: nobody is refused because the gateway itself has a question.
        """
        return self._hold(self._roster, member, Demand(""), counted=False)

    def learn_models(self, account_id: str, upstream_ids: Collection[str] | None) -> None:
        """Limit an account to the models that upstream lists for it; None lifts the limit."""
        for roster in filter(None, (self._real, self._practice)):
            roster.learn_models(account_id, upstream_ids)

    def clear(self, credential_id: str) -> bool:
        """End every rest and bar of one credential; tell whether it is there."""
        roster = self._roster
        member = roster.members.get(credential_id)
        if member is None:
            return False
        self._judge.move(roster, member, Health())
        roster.forgive(member)
        self.stir()
        return True

    def token_delayed(self, credential_id: str, seconds: float) -> None:
        """Note that a sign-in gets no new token for a while, if that is longer than a request waits."""
        member = self._roster.members.get(credential_id)
        if member is not None and seconds > self.rules.queue_wait:
            member.token_at = self._clock.monotonic() + seconds
            self._roster.wake(member)
            self.stir()

    def proxy_well(self, proxy: str | None) -> None:
        """Note that a proxy works again."""
        if self.proxies.well(proxy):
            self._roster.wake_all()
            self.stir()

    def hear(self, word: Word) -> None:
        """Believe what another worker says of a rest or a bar."""
        self._judge.hear(self._real, word, self.rules.cooldown)

    def freed(self, credential_id: str) -> None:
        """Note that another worker gave a place of a credential back."""
        member = self._real.members.get(credential_id)
        if member is not None and member.full_until:
            member.full_until = 0.0
            self.stir()

    def stir(self) -> None:
        """Let the queue look again, because something about the credentials has changed."""
        self._room.call_first()

    @property
    def _roster(self) -> Roster:
        """The credentials in use: the sandbox's only while there is no real one."""
        if self._practice is not None and not self._real.members:
            return self._practice
        return self._real

    async def _wait(
        self, demand: Demand, exclude: Collection[str], note: Note, place: Place, wait: float
    ) -> Lease:
        """Try whenever it is this request's turn, until it is served or has waited long enough.

        Only the first of a line looks: what does not serve him serves nobody behind him.
        """
        begun = self._clock.monotonic()
        while True:
            waited = self._clock.monotonic() - begun
            left = wait - waited
            if place.first or left <= 0:
                found = await self._attempt(demand, exclude, note, waited)
                if isinstance(found, Lease):
                    return found
                left = min(left, self._refuse_unless_soon(demand, found, note, left, waited))
            await place.called(max(0.001, left))

    def _refuse_unless_soon(
        self, demand: Demand, nothing: Nothing, note: Note, left: float, waited: float
    ) -> float:
        """Return the seconds after which a look makes sense; raise the refusal if there is none in time."""
        soon = nothing.retry_after
        if soon is not None and not _ANY_MOMENT.isdisjoint(nothing.reasons):
            soon = min(soon, left)
        if soon is None or left <= 0 or soon > min(left, self.rules.queue_rest):
            raise self._refused(demand, nothing, note, waited)
        return soon

    def _choose(self, demand: Demand, exclude: Collection[str]) -> Chosen | Nothing:
        roster, now = self._roster, self._clock.monotonic()
        pin = demand.account_pin
        if pin is not None and not roster.of_account(pin):
            raise NotFound("The account that holds this object is no longer in the pool.")
        barriers = roster.barriers(demand, now, exclude, self.proxies.until)
        eligible = roster.eligible(demand)
        chosen = choose(
            eligible.ranks,
            barriers,
            self.rules.strategy,
            self._draw,
            demand.affinity,
            eligible.removed,
            roster.preferred(demand),
        )
        for member in barriers.tokenless:
            self._want_token(member.id, member.rejected if member.rejected == member.generation else None)
        return chosen

    async def _attempt(
        self, demand: Demand, exclude: Collection[str], note: Note, waited: float
    ) -> Lease | Nothing:
        """Return a lease on the credential whose turn it is, and that has a place; else why there is none.

        Only a credential with a limit that is shared is asked about; one that turns out to be full is not
        chosen again for a moment.
        """
        for _ in range(_MOST_TRIES):
            roster, chosen = self._roster, self._choose(demand, exclude)
            if not isinstance(chosen, Chosen):
                return chosen
            if self._slots is None or not chosen.member.max_concurrency or roster.sandbox:
                return self._serve(roster, demand, chosen, note, waited)
            chosen.member.in_flight += 1  # so that those who choose meanwhile see it
            try:
                ticket = await self._slots.take(chosen.member)
            finally:
                chosen.member.in_flight -= 1
            if ticket is not None:
                return self._serve(roster, demand, chosen, note, waited, ticket)
        return Nothing({BUSY.rule: _MOST_TRIES}, _LOOK_AGAIN, all_out_of_credit=False)

    def _serve(
        self,
        roster: Roster,
        demand: Demand,
        chosen: Chosen,
        note: Note,
        waited: float,
        ticket: str | None = None,
    ) -> Lease:
        """Take the chosen credential, and tell how it was chosen."""
        note(
            Decision(
                strategy=self.rules.strategy,
                members=len(roster.members),
                removed=chosen.removed,
                considered=chosen.considered,
                looked_at=chosen.looked_at,
                chosen=chosen.member.id,
                because=chosen.because if demand.account_pin is None else "pinned account",
                waited=waited,
            )
        )
        chosen.member.in_flight += 1
        return self._hold(roster, chosen.member, demand, ticket=ticket)

    def _refused(self, demand: Demand, nothing: Nothing, note: Note, waited: float) -> PoolError:
        roster = self._roster
        removed = {**roster.eligible(demand).removed, **nothing.reasons}
        note(Decision(self.rules.strategy, len(roster.members), removed, (), 0, waited=waited))
        return refusal(nothing)

    def _well(self, held: Held) -> None:
        """Take in that upstream answered."""
        self._judge.acquit(held)
        if self.proxies.resting:
            self.proxy_well(held.lease.proxy)

    def _hold(
        self,
        roster: Roster,
        member: Member,
        demand: Demand,
        *,
        ticket: str | None = None,
        counted: bool = True,
    ) -> Lease:
        """Return a lease on a member, and remember it until it is given back."""
        lease = Lease(
            credential_id=member.id,
            account_id=member.account_id,
            token=member.token or "",
            base_url=roster.base_url,
            proxy=member.proxy,
            kind=member.kind,
            generation=member.generation,
            sandbox=roster.sandbox,
            former_accounts=member.former_accounts,
        )
        self._held[id(lease)] = Held(lease, member, demand, roster, ticket, counted)
        return lease

    def _anybody(self, roster: Roster, demand: Demand, excluded: Collection[str]) -> bool:
        """Tell whether anybody else could serve this demand now."""
        barriers = roster.barriers(demand, self._clock.monotonic(), excluded, self.proxies.until)
        return has_open(roster.eligible(demand).ranks, barriers)

    def accounts(self) -> Iterator[Member]:
        """Yield one usable credential of each account."""
        seen, now = set[str](), self._clock.monotonic()
        for member in self._roster.live:
            if member.account_id not in seen and member.health.usable(now) and not member.awaits_token(now):
                seen.add(member.account_id)
                yield member
