"""Changes of the pool that an operator asks for, of one credential or of ten thousand.

A running server follows by itself: every write moves the store's revision. Only the fields that are meant
are written. Must never show a secret, and never hold up the event loop while it goes through a large pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from grok2api.errors import ClientError, InvalidRequest, NotFound
from grok2api.kit.clock import Clock
from grok2api.kit.pace import Pace
from grok2api.kit.secretbox import SecretBox
from grok2api.operations.editing import Edit, lost
from grok2api.operations.filters import Filter, matching
from grok2api.operations.views import credential_view, state_of
from grok2api.pool.health import HEALTHY
from grok2api.pool.importing import fingerprint, new_credential
from grok2api.pool.proxy_seal import with_sealed_proxy
from grok2api.pool.transfer.entry import Refused
from grok2api.pool.transfer.recognition import refuse_cookie
from grok2api.storage.records import Conflict, Credential
from grok2api.storage.stores import Records

Item = TypeVar("Item")

_AT_A_TIME: Final = 500
"""Credentials that are written in one go: few enough to leave the store to others in between."""
_FEW: Final = 20
"""Up to so many ids are fetched one by one instead of reading the whole pool."""
_NOTHING: Final = Edit()


class AlreadyInPool(ClientError):
    """What was to be added is there already, under `credential`."""

    status = 409
    default_code = "already_in_pool"

    def __init__(self, public_message: str, credential: Credential | None = None) -> None:
        super().__init__(public_message)
        self.credential = credential


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a change.

    Attributes:
        done: Those that are now as was asked, as they were before.
        gone: Those that somebody deleted meanwhile.
        needs_sign_in: Those that only a new sign-in brings back, for their refresh token is dead.
    """

    done: tuple[Credential, ...] = ()
    gone: tuple[Credential, ...] = ()
    needs_sign_in: tuple[Credential, ...] = ()


class PoolOperations:
    """What can be done to the pool.

    Args:
        records: The store.
        box: Seals secrets.
        pepper: Key of the fingerprints.
        clock: Where time comes from.
    """

    def __init__(self, records: Records, *, box: SecretBox, pepper: bytes, clock: Clock) -> None:
        self._records = records
        self._box = box
        self._pepper = pepper
        self._clock = clock

    async def choose(self, wanted: Filter) -> list[Credential]:
        """Return who is meant, the oldest first; an id that is not there means nobody."""
        if wanted.empty:
            return []
        now, chosen = self._clock.now(), list[Credential]()

        def status(credential: Credential) -> str:
            return state_of(credential, self._box, now)[0]

        meant = matching(wanted, status)
        candidates, pace = await self._candidates(wanted), Pace()
        for each in candidates:
            if meant(each):
                chosen.append(each)
            if pace.due:
                await pace.rest()
        return sorted(chosen, key=lambda each: (each.created_at, each.id))

    async def one(self, identifier: str) -> Credential:
        """Return a credential by its id.

        Raises:
            NotFound: there is none.
        """
        credential = await self._records.credentials.get(identifier)
        if credential is None:
            raise NotFound("There is no such credential.")
        return credential

    async def view(self, credential: Credential) -> dict[str, object]:
        """Return how one credential looks."""
        return (await self.views((credential,)))[0]

    async def views(self, chosen: Sequence[Credential]) -> list[dict[str, object]]:
        """Return how credentials look, with what each has served, in their order."""
        totals = {each.credential_id: each for each in await self._records.usage.totals()} if chosen else {}
        now, seen, pace = self._clock.now(), list[dict[str, object]](), Pace()
        for each in chosen:
            seen.append(credential_view(each, box=self._box, now=now, used=totals.get(each.id)))
            if pace.due:
                await pace.rest()
        return seen

    async def add_key(self, key: str, edit: Edit = _NOTHING) -> Credential:
        """Seal and keep a new API key, described by `edit`.

        Raises:
            InvalidRequest: it cannot be a key, or the description cannot be used.
            AlreadyInPool: it is there already.
        """
        told = edit.checked()
        try:
            refuse_cookie(key.strip())
        except Refused as refused:
            raise InvalidRequest(str(refused), param="key") from None
        made = new_credential(key, box=self._box, pepper=self._pepper, now=self._clock.now())
        try:
            described = with_sealed_proxy(told.changes(made), made.id, self._box)
            return await self._records.credentials.add(replace(made, **described))
        except Conflict:
            there = await self._records.credentials.with_fingerprint(fingerprint(key.strip(), self._pepper))
            said = "this key is already in the pool"
            raise AlreadyInPool(f"{said}: {there.id} ({there.name})" if there else said, there) from None

    async def edit(self, chosen: Sequence[Credential], edit: Edit) -> Outcome:
        """Change what was said, and only that.

        Raises:
            InvalidRequest: a value cannot be used; nothing was changed.
        """
        told = edit.checked()
        changes = [with_sealed_proxy(told.changes(each), each.id, self._box) for each in chosen]
        outcome = await self._apply(chosen, changes)
        return _with_sign_ins(outcome) if told.enabled else outcome

    async def enable(self, chosen: Sequence[Credential]) -> Outcome:
        """Put credentials back into service, also those that are blocked or expired; rests go on."""
        return await self.edit(chosen, Edit(enabled=True))

    async def disable(self, chosen: Sequence[Credential]) -> Outcome:
        """Take credentials out of service; calls that are under way end undisturbed."""
        return await self.edit(chosen, Edit(enabled=False))

    async def clear(self, chosen: Sequence[Credential]) -> Outcome:
        """End rests and other states at once: cooling, exhausted, expired and blocked become active.

        It is written even where the store shows nothing to clear: a running server may know of a short rest
        or of a bar that the store does not, and lifts them when it sees `cleared_at` move. A sign-in whose
        refresh token is dead and that has expired is left as it is.
        """
        cleared = [each for each in chosen if not lost(each)]
        changes = {**HEALTHY, "cleared_at": self._clock.now()}
        outcome = await self._apply(cleared, [changes] * len(cleared))
        left = tuple(each for each in chosen if lost(each))
        signing = tuple(each for each in (*outcome.done, *left) if each.refresh_dead)
        return replace(outcome, needs_sign_in=signing)

    async def delete(self, chosen: Sequence[Credential]) -> Outcome:
        """Delete credentials for good; one that is gone already counts as deleted."""
        for chunk in _pieces(chosen, _AT_A_TIME):
            await self._records.credentials.delete_many([each.id for each in chunk])
        return Outcome(done=tuple(chosen))

    async def _candidates(self, wanted: Filter) -> Sequence[Credential]:
        if not wanted.ids or len(wanted.ids) > _FEW:
            return await self._records.credentials.list()
        found = [await self._records.credentials.get(identifier) for identifier in sorted(wanted.ids)]
        return [each for each in found if each is not None]

    async def _apply(self, chosen: Sequence[Credential], changes: Sequence[Mapping[str, object]]) -> Outcome:
        """Write to each credential its changes, those with the same ones together."""
        now, groups = self._clock.now(), dict[tuple[tuple[str, object], ...], list[str]]()
        for credential, change in zip(chosen, changes, strict=True):
            if change:
                groups.setdefault(tuple(sorted(change.items())), []).append(credential.id)
        missing = 0
        for group, identifiers in groups.items():
            for chunk in _pieces(identifiers, _AT_A_TIME):
                written = {**dict(group), "updated_at": now}
                missing += len(chunk) - await self._records.credentials.change_many(chunk, written)
        if not missing:
            return Outcome(done=tuple(chosen))
        there = {each.id for each in await self._records.credentials.list()}
        return Outcome(
            done=tuple(each for each in chosen if each.id in there),
            gone=tuple(each for each in chosen if each.id not in there),
        )


def _with_sign_ins(outcome: Outcome) -> Outcome:
    return replace(outcome, needs_sign_in=tuple(each for each in outcome.done if each.refresh_dead))


def _pieces(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
