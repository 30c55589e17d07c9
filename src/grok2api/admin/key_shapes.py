"""What the admin API takes and gives about client keys.

Must never tell a key but once, by whatever made it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from grok2api.accounting.budgets import Spending
from grok2api.admin.shapes import Asked, Sent, Told
from grok2api.canonical.limits import Family
from grok2api.config.sections.storing import Ledger
from grok2api.errors import InvalidRequest
from grok2api.gateway.limits.gate import Standing
from grok2api.operations.client_keys import KeyState, key_state
from grok2api.operations.contents import kept_hours
from grok2api.operations.key_editing import NEVER, KeyEdit, ticks_of
from grok2api.operations.notation import moment, usd
from grok2api.storage.budgets import BudgetWindow
from grok2api.storage.records import ClientKey


class Money(Told):
    """An amount: exact text in US dollars, and whole ticks, of which 10^10 are one dollar."""

    usd: str
    ticks: int


class WindowView(Told):
    """What a key has spent in one day or month in UTC, and what is set aside for requests that run."""

    window: str
    spent: Money
    reserved: Money
    limit: Money | None
    """None where there is no budget for it."""


class LiveKeyView(Told):
    """How a key stands at this moment; null where it has no such limit."""

    running: int | None
    """Requests that this worker serves for it now."""
    requests_left: int | None
    tokens_left: int | None


class KeyView(Told):
    """A client key; times are UTC in ISO 8601. Empty lists mean all, null and 0 no limit."""

    id: str
    name: str
    hint: str
    state: KeyState
    enabled: bool
    models: list[str]
    endpoints: list[str]
    networks: list[str]
    strict: bool
    pool_tags: list[str]
    pool_tier: str | None
    rescue_seconds: float
    rpm: int
    tpm: int
    max_concurrency: int
    budget_day: Money | None
    budget_month: Money | None
    never_log: bool
    record_content: bool
    content_hours: int
    """How long prompts and answers are kept, as the key says; 0 is as long as the settings say."""
    content_kept_hours: int
    """How long they are as things stand; 0 if they are not kept."""
    note: str
    spending: list[WindowView]
    """This day, then this month; counted for keys that have a budget, and as long as they have it."""
    live: LiveKeyView | None = None
    """Told of one key only."""
    former_until: str | None
    """Until when the key before the last renewal is valid as well."""
    expires_at: str | None
    created_at: str | None
    updated_at: str | None


class KeyMade(KeyView):
    """A key that was just made; `key` is told this once."""

    key: str = Field(repr=False)


class KeyPage(Told):
    """A page of client keys, the oldest first; `total` is how many fit the filters."""

    data: list[KeyView]
    total: int
    next_cursor: str | None


class KeyQuery(Asked):
    """Which keys a list shows."""

    text: str = Field(default="", max_length=200)
    """Part of an id, name, hint, note, model or tag; case does not matter."""
    state: list[KeyState] = Field(default=[])
    limit: int = Field(default=100, ge=1, le=500)
    cursor: str = Field(default="", max_length=400)


class KeyBody(Sent):
    """What is to be changed; what is left out, or null, stays. An empty list, text or 0 takes a limit away.

    Budgets are US dollars as text, such as "2.50". `expires_at` is ISO 8601; an empty text is never.
    """

    name: str | None = None
    models: list[str] | None = None
    endpoints: list[Family] | None = None
    networks: list[str] | None = None
    strict: bool | None = None
    pool_tags: list[str] | None = None
    pool_tier: Literal["basic", "super", ""] | None = None
    rescue_seconds: float | None = None
    rpm: int | None = None
    tpm: int | None = None
    max_concurrency: int | None = None
    budget_day_usd: str | None = Field(default=None, max_length=40)
    budget_month_usd: str | None = Field(default=None, max_length=40)
    never_log: bool | None = None
    record_content: bool | None = None
    content_hours: int | None = None
    note: str | None = None
    enabled: bool | None = None
    expires_at: str | None = Field(default=None, max_length=40)

    def edit(self) -> KeyEdit:
        """Return it as the operations take it.

        Raises:
            InvalidRequest: an amount or a moment cannot be read.
        """
        return KeyEdit(
            name=self.name,
            models=_texts(self.models),
            endpoints=_texts(self.endpoints),
            networks=_texts(self.networks),
            strict=self.strict,
            pool_tags=_texts(self.pool_tags),
            pool_tier=self.pool_tier,
            rescue_seconds=self.rescue_seconds,
            rpm=self.rpm,
            tpm=self.tpm,
            max_concurrency=self.max_concurrency,
            budget_day_ticks=_ticks(self.budget_day_usd, "budget_day_usd"),
            budget_month_ticks=_ticks(self.budget_month_usd, "budget_month_usd"),
            never_log=self.never_log,
            record_content=self.record_content,
            content_hours=self.content_hours,
            note=self.note,
            enabled=self.enabled,
            expires_at=_moment(self.expires_at),
        )


class NewKeyBody(KeyBody):
    """A key that is to be made."""

    name: str


class RotateBody(Sent):
    """How a key is renewed."""

    overlap_seconds: float = Field(default=86_400.0, ge=0)
    """For how long the present key stays valid beside the new one."""


def key_shape(
    key: ClientKey,
    now: float,
    *,
    spending: Spending | None,
    ledger: Ledger,
    standing: Standing | None = None,
) -> KeyView:
    """Return how a key looks.

    Args:
        key: The record.
        now: Wall time in seconds.
        spending: What it has spent; None where that is not counted.
        ledger: The settings that say how long words are kept.
        standing: How it stands at this moment, if that is to be told.
    """
    former = key.former_until if key.former_until is not None and key.former_until > now else None
    return KeyView(
        id=key.id,
        name=key.name,
        hint=key.hint,
        state=key_state(key, now),
        enabled=key.enabled,
        models=list(key.models),
        endpoints=list(key.endpoints),
        networks=list(key.networks),
        strict=key.strict,
        pool_tags=list(key.pool_tags),
        pool_tier=key.pool_tier or None,
        rescue_seconds=key.rescue_seconds,
        rpm=key.rpm,
        tpm=key.tpm,
        max_concurrency=key.max_concurrency,
        budget_day=_limit(key.budget_day_ticks),
        budget_month=_limit(key.budget_month_ticks),
        never_log=key.never_log,
        record_content=key.record_content,
        content_hours=key.content_hours,
        content_kept_hours=kept_hours(key, ledger),
        note=key.note,
        spending=_windows(key, spending),
        live=None if standing is None else _live(standing),
        former_until=moment(former),
        expires_at=moment(key.expires_at),
        created_at=moment(key.created_at),
        updated_at=moment(key.updated_at),
    )


def _live(standing: Standing) -> LiveKeyView:
    return LiveKeyView(
        running=standing.running,
        requests_left=standing.requests_left,
        tokens_left=standing.tokens_left,
    )


def _windows(key: ClientKey, spending: Spending | None) -> list[WindowView]:
    if spending is None:
        return []
    return [_window(spending.day, key.budget_day_ticks), _window(spending.month, key.budget_month_ticks)]


def _window(window: BudgetWindow, limit: int) -> WindowView:
    return WindowView(
        window=window.name, spent=_money(window.spent), reserved=_money(window.reserved), limit=_limit(limit)
    )


def _money(ticks: int) -> Money:
    return Money(usd=usd(ticks), ticks=ticks)


def _limit(ticks: int) -> Money | None:
    return _money(ticks) if ticks else None


def _texts(values: list[str] | list[Family] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


def _ticks(amount: str | None, param: str) -> int | None:
    return None if amount is None else ticks_of(amount or "0", param=param)


def _moment(text: str | None) -> float | None:
    if text is None:
        return None
    if not text:
        return NEVER
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        when = None
    if when is None or when.tzinfo is None:
        raise InvalidRequest(
            "expires_at must be a moment with its zone in ISO 8601, such as 2027-01-31T00:00:00Z; "
            "an empty text is never.",
            param="expires_at",
        )
    return when.timestamp()
