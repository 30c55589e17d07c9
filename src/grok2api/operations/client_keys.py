"""What operators do to client keys, for the command line and the admin API alike, and how keys are shown.

A key is told once, by whatever made it. Must never show a hash, and must never take a key away and leave
behind what was kept for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from grok2api.accounting.client_keys import new_client_key, renewed
from grok2api.errors import InvalidRequest, NotFound
from grok2api.operations.contents import forget_contents
from grok2api.operations.key_editing import LONGEST_OVERLAP, KeyEdit
from grok2api.operations.notation import moment, usd
from grok2api.storage.records import ClientKey, Missing
from grok2api.storage.stores import Records

KeyState = Literal["active", "disabled", "expired"]

_SPANS: Final = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made; `plain` is shown this once."""

    record: ClientKey
    plain: str = field(repr=False)


class KeyOperations:
    """Changes client keys.

    Args:
        records: The store.
        pepper: Key of the hashes of client keys.
    """

    def __init__(self, records: Records, *, pepper: bytes) -> None:
        self._keys = records.keys
        self._transcripts = records.transcripts
        self._contents = records.contents
        self._pepper = pepper

    async def list(self) -> list[ClientKey]:
        """Return all keys, the oldest first. Raises StorageError, as all verbs here."""
        return sorted(await self._keys.list(), key=lambda each: (each.created_at, each.id))

    async def one(self, identifier: str) -> ClientKey:
        """Return a key by its id; NotFound if there is none."""
        found = await self._keys.get(identifier)
        if found is None:
            raise NotFound(f"There is no client key '{identifier[:80]}'.", param="key_id")
        return found

    async def create(self, edit: KeyEdit, *, now: float) -> NewKey:
        """Make a key; InvalidRequest if it cannot be made so."""
        if edit.name is None:
            raise InvalidRequest("A key needs a name.", param="name")
        edit = edit.checked(now=now)
        record, plain = new_client_key(edit.name or "", pepper=self._pepper, now=now)
        return NewKey(await self._keys.add(edit.applied(record, now=now)), plain)

    async def edit(self, key: ClientKey, edit: KeyEdit, *, now: float) -> ClientKey:
        """Change what was said; what is kept of its conversations goes if no more shall be kept.

        Prompts and answers that were kept until now stay for their time when no more shall be, but go at
        once where nothing of the key is to be kept.
        """
        changed = edit.checked(now=now).applied(key, now=now)
        if changed == key:
            return key
        kept = await self._put(changed)
        if key.rescue_seconds and not kept.rescue_seconds:
            await self._transcripts.delete_of(key.id)
        if kept.never_log and not key.never_log:
            await forget_contents(self._contents, key.id)
        return kept

    async def rotate(self, key: ClientKey, *, overlap: float, now: float) -> NewKey:
        """Give a key a new secret; the present one stays valid for `overlap` seconds.

        Raises:
            InvalidRequest: the overlap is too long.
            NotFound: the key is gone.
        """
        if not 0 <= overlap <= LONGEST_OVERLAP:
            days = int(LONGEST_OVERLAP / 86_400)
            raise InvalidRequest(f"overlap must be from 0 seconds to {days} days.", param="overlap")
        changed, plain = renewed(key, pepper=self._pepper, now=now, overlap=overlap)
        return NewKey(await self._put(changed), plain)

    async def delete(self, key: ClientKey) -> None:
        """Delete a key for good, and what is kept for it."""
        await self._keys.delete(key.id)
        await self._transcripts.delete_of(key.id)
        await forget_contents(self._contents, key.id)

    async def _put(self, key: ClientKey) -> ClientKey:
        try:
            return await self._keys.put(key)
        except Missing:
            raise NotFound(f"There is no client key '{key.id}'.", param="key_id") from None


def key_state(key: ClientKey, now: float) -> KeyState:
    """Return a key's state as of wall time `now`."""
    if not key.enabled:
        return "disabled"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "active"


def shown_span(seconds: float) -> str:
    """Return a span such as 7d, 36h or 90s; empty for none."""
    whole = int(seconds)
    for letter, size in _SPANS:
        if whole >= size and whole % size == 0:
            return f"{whole // size}{letter}"
    return ""


def key_view(key: ClientKey, now: float) -> dict[str, object]:
    """Return all that may be shown of a key; money as exact text in US dollars, spans and moments as text."""
    former = key.former_until if key.former_until is not None and key.former_until > now else None
    return {
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "state": key_state(key, now),
        "limits": limits_text(key),
        "models": key.models,
        "endpoints": key.endpoints,
        "networks": key.networks,
        "rpm": key.rpm or None,
        "tpm": key.tpm or None,
        "max_concurrency": key.max_concurrency or None,
        "budget_day_usd": usd(key.budget_day_ticks) if key.budget_day_ticks else None,
        "budget_month_usd": usd(key.budget_month_ticks) if key.budget_month_ticks else None,
        "pool_tags": key.pool_tags,
        "pool_tier": key.pool_tier or None,
        "strict": key.strict,
        "never_log": key.never_log,
        "record_content": key.record_content,
        "content_hours": key.content_hours or None,
        "rescue": shown_span(key.rescue_seconds) or None,
        "note": key.note,
        "former_until": moment(former),
        "expires": moment(key.expires_at),
        "created": moment(key.created_at),
    }


def limits_text(key: ClientKey) -> str:
    """Return a key's limits in one line for a table; empty if it has none."""
    parts: Sequence[tuple[object, str]] = (
        (key.rpm, f"{key.rpm} rpm"),
        (key.tpm, f"{key.tpm} tpm"),
        (key.max_concurrency, f"{key.max_concurrency} at once"),
        (key.budget_day_ticks, f"${usd(key.budget_day_ticks)}/day"),
        (key.budget_month_ticks, f"${usd(key.budget_month_ticks)}/month"),
        (key.endpoints, "+".join(key.endpoints)),
        (key.networks, f"from {len(key.networks)} network{'s' * (len(key.networks) > 1)}"),
    )
    return ", ".join(text for value, text in parts if value)


def mentions(key: ClientKey, text: str) -> bool:
    """Tell whether a key's id, name, hint, note, a model or a tag holds a text; case does not matter."""
    wanted = text.casefold()
    shown = (key.id, key.name, key.hint, key.note, *key.models, *key.pool_tags)
    return any(wanted in each.casefold() for each in shown)
