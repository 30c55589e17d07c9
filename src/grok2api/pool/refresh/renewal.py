"""One refresh of one sign-in, from the look at the store to the stored tokens.

The order is the point: claim, look again, write down the intent, ask the service, store, and only then use.
Whatever is written is written under the claim and over the generation that the refresh began with, so that
a process that slept through its claim can undo nothing. Must never use or hand on tokens that the store
does not have, and must never call a sign-in lost for anything but the service's own final word.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from grok2api.canonical.tokens import Refusal, SignInRefused, TokenSet
from grok2api.errors import StorageError
from grok2api.pool.proxy_seal import open_proxy
from grok2api.pool.refresh.journal import Intent, begin, open_intent, unanswered, why_dead, written
from grok2api.pool.refresh.keeping import Keeping
from grok2api.pool.refresh.outcome import Outcome, Result
from grok2api.pool.refresh.rules import due, over, pause_between_tries
from grok2api.pool.refresh.tools import Order, Tools
from grok2api.pool.tokens import SignInTokens, open_tokens
from grok2api.storage.records import Claim, ClaimLost, Conflict, Credential, Missing

_TIER_DENIED: Final = (Result.DENIED, "tier denied: the account's subscription does not allow the API")
_FRUITLESS: Final[Mapping[Refusal, tuple[Result, str]]] = {
    Refusal.TIER: _TIER_DENIED,
    Refusal.DENIED: _TIER_DENIED,  # nobody is asked during a refresh: `access_denied` is the service's own no
    Refusal.BLOCKED: (Result.DENIED, "xAI blocked the account"),
    Refusal.CLIENT: (Result.CLIENT, "the sign-in service does not accept the client id (oauth.client_id)"),
}
_TROUBLE: Final = (Result.TROUBLE, "the sign-in service gave no answer that could be used")
_EXPIRED: Final = "expired"
_NO_TOKEN: Final = "the sign-in came without a refresh token: sign in again"  # noqa: S105


class Renewal:
    """One refresh.

    Args:
        order: What is asked for.
        tools: What it works with.
        tell: Hears an outcome before the end: tokens that came and cannot be stored yet.
    """

    def __init__(self, order: Order, tools: Tools, tell: Callable[[Outcome], None]) -> None:
        self._order = order
        self._tools = tools
        self._tell = tell
        self._credentials = tools.stores.credentials
        self._first: Credential | None = None
        """The record at the first look."""
        self._waited = False
        self._patient_until = 0.0
        """Loop time until which somebody else may store what he was given."""
        self._intent = Intent(generation=0, holder="", at=0.0)

    async def run(self) -> Outcome:
        """Refresh, or find out that somebody else did or that it cannot be done."""
        try:
            while True:
                claim = await self._entitled()
                if isinstance(claim, Outcome):
                    return claim
                try:
                    return await self._under(claim)
                except (ClaimLost, Conflict):
                    self._waited = True
                finally:
                    with suppress(StorageError):
                        await self._tools.stores.claims.release(claim)
        except StorageError as error:
            return Outcome(Result.TROUBLE, reason=f"the store is away: {error.public_message}")
        except Missing:
            return Outcome(Result.GONE, reason="the sign-in was deleted")

    async def _entitled(self) -> Claim | Outcome:
        """Return the right to refresh, or an outcome as soon as somebody else's work makes it needless."""
        tools, claims, name = self._tools, self._tools.stores.claims, self._order.claim_name
        loop = asyncio.get_running_loop()
        deadline = loop.time() + tools.rules.wait
        while True:
            record = await self._credentials.get(self._order.credential_id)
            if (settled := self._settled(record)) is not None:
                return settled
            if tools.closing():
                return Outcome(Result.TROUBLE, record, "the server is shutting down")
            now = tools.clock.now()
            patient = loop.time() < self._patient_until
            if not patient and await claims.holder(name, now=now) in {None, tools.holder}:
                seconds = tools.rules.claim_seconds
                claim = await claims.acquire(name, holder=tools.holder, seconds=seconds, now=now)
                if claim is not None:
                    return claim
            if loop.time() >= deadline:
                return Outcome(Result.TROUBLE, record, "another process has been refreshing it for too long")
            self._waited = True
            await tools.pause(tools.rules.poll * random.uniform(0.7, 1.6))  # noqa: S311  jitter is no secret

    def _settled(self, record: Credential | None) -> Outcome | None:
        """Return the outcome if the record as it is now leaves nothing to ask the service for."""
        order, tools = self._order, self._tools
        if record is None or record.kind != "oauth":
            return Outcome(Result.GONE, reason="there is no such sign-in")
        self._first = first = self._first or record
        newer_than = first.generation if order.rejected is None else order.rejected
        if record.generation > newer_than:
            return Outcome(Result.ADOPTED, record)
        if record.refresh_dead:
            untold = self._useless(record) and record.status != _EXPIRED
            return None if untold else Outcome(Result.DEAD, record, record.refresh_error)
        if order.force:
            return None
        now = tools.clock.now()
        if order.rejected is None and not due(record, now, tools.rules) and not over(record, now):
            return Outcome(Result.ADOPTED, record)
        return tools.resting(record)

    async def _under(self, claim: Claim) -> Outcome:
        """Refresh under the claim, after another look at what is stored."""
        tools, identifier = self._tools, self._order.credential_id
        record = await self._credentials.get(identifier)
        if (settled := self._settled(record)) is not None or record is None:
            return settled or Outcome(Result.GONE, reason="there is no such sign-in")
        if record.refresh_dead:
            return await self._bury(record, claim, record.refresh_error)
        if self._waited and record.refresh_error and self._first != record:
            return Outcome(Result.TROUBLE, record, record.refresh_error)
        tokens = open_tokens(record, tools.box)
        if tokens is None:
            said = "its tokens do not open with this server's secret key"
            return Outcome(Result.UNREADABLE, record, said)
        if not tokens.refresh_token:
            return await self._bury(record, claim, _NO_TOKEN)
        self._leave_time_to_the_former(record)
        self._intent = begin(record, tools.holder, tools.clock.now())
        await self._write(record, claim, {"refresh_intent": written(self._intent)})
        try:
            fresh = await self._ask(record, tokens, claim)
        except SignInRefused as refused:
            return await self._refused(record, claim, refused)
        return await Keeping(self._order, tools, self._tell).keep(claim, record, tokens, fresh)

    def _leave_time_to_the_former(self, record: Credential) -> None:
        """Let go of the claim once, if somebody else may still hold tokens that the store does not have.

        A store that was away for longer than a claim lasts comes back to all processes at once; the old
        token may not be spent before the one who has the new one was there.
        """
        former = open_intent(record)
        if former is not None and former.holder != self._tools.holder and not self._patient_until:
            self._patient_until = asyncio.get_running_loop().time() + self._tools.rules.heir_pause
            raise ClaimLost(self._order.claim_name)

    async def _ask(self, record: Credential, tokens: SignInTokens, claim: Claim) -> TokenSet:
        """Ask the service, a few times in a row if it is in trouble; the claim outlives each call."""
        tools = self._tools
        proxy = self._order.proxy or open_proxy(record, tools.box) or tools.proxy()
        claims, seconds, attempt = tools.stores.claims, tools.rules.claim_seconds, 0
        while True:
            attempt += 1
            try:
                async with asyncio.timeout(tools.rules.call_seconds):
                    return await tools.issuer.refresh(
                        tokens.refresh_token, client_id=tokens.client_id or None, proxy=proxy
                    )
            except TimeoutError:
                refused = SignInRefused(Refusal.TRANSIENT, "no answer in time")
            except SignInRefused as error:
                refused = error
            if refused.refusal is Refusal.TRANSIENT and refused.sent:
                self._intent = unanswered(self._intent)
            await self._pause_or_raise(refused, attempt)
            if await claims.renew(claim, seconds=seconds, now=tools.clock.now()) is None:
                raise ClaimLost(claim.name)

    async def _pause_or_raise(self, refused: SignInRefused, attempt: int) -> None:
        """Wait before the next try, or raise `refused` if none makes sense now."""
        rules = self._tools.rules
        pause = pause_between_tries(attempt, random.random(), rules)  # noqa: S311  jitter is no secret
        asked = refused.retry_after or 0.0
        final = refused.refusal is not Refusal.TRANSIENT or attempt >= rules.tries
        if final or asked > rules.longest_pause or self._tools.closing():
            raise refused
        await self._tools.pause(max(pause, asked))

    async def _refused(self, record: Credential, claim: Claim, refused: SignInRefused) -> Outcome:
        """Store why there are no new tokens."""
        if refused.refusal is Refusal.DEAD:
            present = await self._credentials.get(record.id)
            if present is not None and present.generation != record.generation:
                return Outcome(Result.ADOPTED, present)
            return await self._bury(record, claim, why_dead(self._intent, refused.detail))
        result, words = _FRUITLESS.get(refused.refusal, _TROUBLE)
        reason = f"{words} ({refused.detail})"
        lost = self._intent.unanswered_at is not None
        changes: dict[str, object] = {
            "refresh_error": reason,
            "refresh_intent": written(self._intent) if lost else "",
        }
        if result is Result.DENIED and self._useless(record):
            changes.update(status="blocked", reason=reason, cooldown_until=None)
        kept = await self._write(record, claim, changes)
        return Outcome(result, kept, reason, refused.retry_after)

    async def _bury(self, record: Credential, claim: Claim, reason: str) -> Outcome:
        """Store that only a new sign-in helps; the access token serves as long as it lives."""
        changes: dict[str, object] = {"refresh_dead": True, "refresh_error": reason, "refresh_intent": ""}
        if self._useless(record):
            changes.update(status=_EXPIRED, reason=reason, cooldown_until=None)
        return Outcome(Result.DEAD, await self._write(record, claim, changes), reason)

    def _useless(self, record: Credential) -> bool:
        """Tell whether the stored access token serves no more."""
        return over(record, self._tools.clock.now()) or self._order.rejected == record.generation

    async def _write(self, record: Credential, claim: Claim, changes: Mapping[str, object]) -> Credential:
        now = self._tools.clock.now()
        return await self._credentials.change(
            record.id, {**changes, "updated_at": now}, claim=claim, generation=record.generation
        )
