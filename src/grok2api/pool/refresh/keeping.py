"""Stores tokens that have come, however long the store is away.

The old refresh token is used up, so these are the only good ones. They are tried to be stored until the
process ends, and once more then; if that fails too, the intent in the store tells the next process what
happened. A claim that was lost meanwhile is taken anew: the generation in the record decides whether these
tokens are still the newest. Must never hand them on before they are stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from grok2api.canonical.tokens import TokenSet
from grok2api.errors import StorageError
from grok2api.observability.logging import get_logger
from grok2api.pool.refresh.outcome import Outcome, Result
from grok2api.pool.refresh.tools import Order, Tools
from grok2api.pool.tokens import SignInTokens, renewed
from grok2api.storage.records import Claim, ClaimLost, Conflict, Credential, Missing

_log = get_logger("grok2api.refresh")

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0
"""Others wait a little longer than this for us: `RefreshRules.heir_pause`."""
_LAST_SECONDS: Final = 5.0
_TWIN: Final = "the same xAI account is in the pool as another sign-in: delete one of them"


@dataclass(slots=True)
class _Pending:
    """Tokens that the store does not have yet."""

    record: Credential
    former: SignInTokens = field(repr=False)
    fresh: TokenSet = field(repr=False)
    came_at: float
    claim: Claim | None
    twin: bool = False
    """Whether the account, known only now, is in the pool already as another sign-in."""


class Keeping:
    """Stores the tokens of one refresh.

    Args:
        order: The refresh.
        tools: What it works with.
        tell: Hears that the store is away, while this goes on.
    """

    def __init__(self, order: Order, tools: Tools, tell: Callable[[Outcome], None]) -> None:
        self._order = order
        self._tools = tools
        self._tell = tell

    async def keep(self, claim: Claim, record: Credential, former: SignInTokens, fresh: TokenSet) -> Outcome:
        """Store new tokens over `record`; return once they are stored, or newer ones were, or it is hopeless.

        Args:
            claim: The claim under which they were asked for.
            record: The record they were asked for.
            former: Its tokens.
            fresh: The new ones.
        """
        pending = _Pending(record, former, fresh, self._tools.clock.now(), claim)
        try:
            return await self._insist(pending)
        except asyncio.CancelledError:
            with suppress(StorageError, TimeoutError):
                async with asyncio.timeout(_LAST_SECONDS):
                    await self._try(pending)
            raise

    async def _insist(self, pending: _Pending) -> Outcome:
        pause, identifier = _FIRST_PAUSE, self._order.credential_id
        while True:
            last = self._tools.closing()
            try:
                if (outcome := await self._try(pending)) is not None:
                    return outcome
                reason = "another process holds the right to store them"
            except StorageError as error:
                reason = f"the store is away: {error.public_message}"
            told = Outcome(Result.UNSTORED, pending.record, f"new tokens wait to be stored: {reason}")
            if last:
                _log.error("new tokens could not be stored", credential=identifier, reason=reason)
                return told
            if pause == _FIRST_PAUSE:
                _log.warning("new tokens wait to be stored", credential=identifier, reason=reason)
            self._tell(told)
            await self._tools.pause(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _try(self, pending: _Pending) -> Outcome | None:
        """Store the tokens, or return the newer ones that are stored; None if the claim cannot be had yet."""
        tools, credentials = self._tools, self._tools.stores.credentials
        claimed_here = pending.claim is None
        if claimed_here and not await self._reclaim(pending):
            return None
        record = pending.record
        changes = renewed(
            record,
            pending.fresh,
            former=pending.former,
            box=tools.box,
            now=pending.came_at,
            pepper=None if pending.twin else tools.pepper,
        )
        if pending.twin:
            changes["note"] = record.note or _TWIN
        try:
            kept = await credentials.change(
                record.id, changes, claim=pending.claim, generation=record.generation
            )
        except ClaimLost:
            pending.claim = None
            return await self._look(pending)
        except Conflict:
            return await self._after_conflict(pending)
        except Missing:
            return Outcome(Result.GONE, reason="the sign-in was deleted while it was refreshed")
        tools.taken(kept)
        if claimed_here:
            await self._release(pending)
        return Outcome(Result.RENEWED, kept)

    async def _reclaim(self, pending: _Pending) -> bool:
        """Take the claim anew and look at the record again; tell whether it was to be had."""
        tools = self._tools
        pending.claim = await tools.stores.claims.acquire(
            self._order.claim_name,
            holder=tools.holder,
            seconds=tools.rules.claim_seconds,
            now=tools.clock.now(),
        )
        return pending.claim is not None

    async def _look(self, pending: _Pending) -> Outcome | None:
        """Return what is stored if it is newer; else remember the record as it is now and return None."""
        present = await self._tools.stores.credentials.get(self._order.credential_id)
        if present is None:
            return Outcome(Result.GONE, reason="the sign-in was deleted while it was refreshed")
        if present.generation != pending.record.generation:
            return Outcome(Result.ADOPTED, present)
        pending.record = present
        return None

    async def _after_conflict(self, pending: _Pending) -> Outcome | None:
        """Return what is stored if it is newer; else it was the fingerprint, which another sign-in has."""
        outcome = await self._look(pending)
        if outcome is None and not pending.twin:
            pending.twin = True
            _log.warning("an account is in the pool twice", credential=pending.record.id)
            return await self._try(pending)
        return outcome

    async def _release(self, pending: _Pending) -> None:
        if pending.claim is not None:
            with suppress(StorageError):
                await self._tools.stores.claims.release(pending.claim)
