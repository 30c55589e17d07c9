"""Asks xAI about the credentials, slowly: whose they are, what they may do, which models they have.

Both questions cost nothing; still no more than a few are asked in a second, however large the pool is. What
identity says is stored by the leader alone and under its fence; model lists are each worker's own.
Must never spend quota, and must never judge a credential by anything but an unmistakable answer.
"""

from __future__ import annotations

import random
from typing import Final

from grok2api.canonical.fault import FaultKind
from grok2api.config.live import Live
from grok2api.errors import StorageError
from grok2api.gateway.models import Models
from grok2api.kit.clock import Clock
from grok2api.observability.logging import get_logger
from grok2api.operations.examining import examine
from grok2api.pool.member import Member
from grok2api.pool.pool import Pool
from grok2api.pool.view import View
from grok2api.server.leadership import Leadership
from grok2api.storage.records import Claim, ClaimLost, Conflict, Credential, Missing
from grok2api.storage.stores import CredentialStore
from grok2api.upstream.base import UpstreamFault
from grok2api.upstream.xai.client import XaiClient
from grok2api.upstream.xai.identity import identify

_log = get_logger("grok2api.examiner")

_MODELS_PERIOD: Final = 3600.0
_RETRY: Final = 15.0
_QUIET: Final = 5.0
"""Seconds for which nobody is looked at after nobody was due, unless the pool changes."""
_PROBE_RETRY: Final = 300.0
_HOUR: Final = 3600.0
_VERDICTS: Final = frozenset({FaultKind.BAD_KEY, FaultKind.BLOCKED})


class Examiner:
    """Asks one question at a time; `run` is called as often as questions may be asked.

    Args:
        pool: Whose credentials are asked about.
        view: Their records, as the store has them.
        models: Told which models accounts have.
        client: Asks.
        credentials: Where answers are stored.
        clock: Where time comes from.
        leadership: Who may store them.
        live: The settings.
    """

    def __init__(
        self,
        *,
        pool: Pool,
        view: View,
        models: Models,
        client: XaiClient,
        credentials: CredentialStore,
        clock: Clock,
        leadership: Leadership,
        live: Live,
    ) -> None:
        self._pool = pool
        self._view = view
        self._models = models
        self._client = client
        self._credentials = credentials
        self._clock = clock
        self._leadership = leadership
        self._live = live
        self._listed: dict[str, float] = {}
        self._asked: dict[str, float] = {}
        self._whose_first = True
        """Which question has its turn, so that neither waits for the other in a large pool."""
        self._seen: tuple[int, bool, bool] | None = None
        self._quiet_until = 0.0

    async def run(self) -> None:
        """Ask the next question, if one is due."""
        claim = self._leadership.claim
        now, seen = self._clock.monotonic(), (self._view.revision, self._pool.practising, claim is None)
        if seen == self._seen and now < self._quiet_until:
            return
        questions = (self._ask_whose, self._ask_models)
        for ask in questions if self._whose_first else reversed(questions):
            if await ask():
                self._whose_first = not self._whose_first
                return
        self._seen, self._quiet_until = seen, now + _QUIET
        self._listed = {account: due for account, due in self._listed.items() if due > now}
        self._asked = {identifier: due for identifier, due in self._asked.items() if due > now}

    async def _ask_models(self) -> bool:
        """Ask for the models of the next account; tell whether one was due."""
        now = self._clock.monotonic()
        member = next((each for each in self._pool.accounts() if self._lists_are_due(each, now)), None)
        if member is None:
            return False
        account = member.account_id
        found = await self._models.discover(self._pool.borrow(member))
        period = _MODELS_PERIOD if found else _RETRY
        self._listed[account] = self._clock.monotonic() + period * random.uniform(0.9, 1.1)  # noqa: S311  jitter
        return True

    def _lists_are_due(self, member: Member, now: float) -> bool:
        """Tell whether an account's models are to be listed; it may have been listed under another id."""
        known = (member.account_id, *member.former_accounts)
        return all(self._listed.get(account, 0.0) <= now for account in known)

    async def _ask_whose(self) -> bool:
        """Ask whose the next unknown credential is; tell whether there was one. Only the leader does."""
        claim = self._leadership.claim
        found = None if claim is None or self._pool.practising else self._next_unknown()
        if claim is None or found is None:
            return False
        await self._identify(*found, claim)
        return True

    def _next_unknown(self) -> tuple[Member, Credential] | None:
        """Return a credential that xAI was not asked about for long, with its record."""
        mono, wall = self._clock.monotonic(), self._clock.now()
        roster = self._pool.roster
        for record in self._view.records:
            if self._asked.get(record.id, 0.0) > mono or not record.enabled:
                continue
            if record.probed_at is not None and 0 <= wall - record.probed_at < self._period(record):
                continue
            member = roster.members.get(record.id)
            if member is not None and member.token and not member.awaits_token(mono):
                return member, record
        return None

    def _period(self, record: Credential) -> float:
        """Return the seconds between two questions; each credential has its own, so that they spread."""
        share = int.from_bytes(record.id.encode()[-2:]) % 200 / 1000
        return self._live.current.pool.probe_hours * _HOUR * (0.9 + share)

    async def _identify(self, member: Member, record: Credential, claim: Claim) -> None:
        self._asked[record.id] = self._clock.monotonic() + _PROBE_RETRY
        lease = self._pool.borrow(member)
        try:
            identity = await identify(self._client, lease, sign_in=record.kind == "oauth")
        except UpstreamFault as error:
            if error.fault.kind in _VERDICTS:
                self._pool.report(lease, error.fault, request_id="identity")
            return
        finally:
            self._pool.release(lease, ok=False)  # it says nothing of whether the credential can answer
        changes = examine(record, identity, self._clock.now())
        try:
            self._view.taken(await self._credentials.change(record.id, changes, claim=claim))
        except (Missing, Conflict, ClaimLost, StorageError) as error:
            _log.info("identity not stored", credential=record.id, reason=str(error))
