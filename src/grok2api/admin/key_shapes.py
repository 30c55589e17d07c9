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
    """Exact decimal text."""
    ticks: int
    """1 USD is 10^10."""


class WindowView(Told):
    """What a key has spent in one day or month in UTC, and what is set aside for requests that run."""

    window: str
    """A day, such as `2027-01-31`, or a month, such as `2027-01`."""
    spent: Money
    """Spent on requests that have ended."""
    reserved: Money
    """Set aside for requests that run."""
    limit: Money | None
    """Null where there is no budget for it."""


class LiveKeyView(Told):
    """How a key stands at this moment."""

    running: int | None
    """Requests that this worker serves for it now."""
    requests_left: int | None
    """Requests that it may send at once; null without such a limit."""
    tokens_left: int | None
    """Tokens that it may use at once; null without such a limit."""


class KeyView(Told):
    """A client key; times are UTC in ISO 8601. Empty lists mean all; null and 0 mean no limit."""

    id: str
    """Its id."""
    name: str
    """What people call it."""
    hint: str
    """The part of the key that may be shown."""
    state: KeyState
    """`active`, `disabled` by an operator, or `expired`."""
    enabled: bool
    """`false` while an operator has it refused."""
    models: list[str]
    """Public models it may ask for."""
    endpoints: list[str]
    """Families of routes it may use."""
    networks: list[str]
    """Where its client must be: addresses or CIDR notation."""
    strict: bool
    """Whether what cannot be honoured is refused instead of dropped."""
    pool_tags: list[str]
    """Only credentials with one of these tags serve it."""
    pool_tier: str | None
    """Only credentials of this tier serve it."""
    rescue_seconds: float
    """How long its conversations are kept, so that they go on elsewhere; 0 keeps nothing."""
    rpm: int
    """Requests a minute."""
    tpm: int
    """Tokens a minute."""
    max_concurrency: int
    """Requests at a time."""
    budget_day: Money | None
    """For a day in UTC."""
    budget_month: Money | None
    """For a month in UTC."""
    never_log: bool
    """Whether nothing of its requests is kept but their rows in the ledger."""
    record_content: bool
    """Whether prompts and answers are to be kept."""
    content_hours: int
    """How long prompts and answers are kept, as the key says; 0 is as long as the settings say."""
    content_kept_hours: int
    """How long they are as things stand; 0 if they are not kept."""
    note: str
    """For people; empty if there is none."""
    spending: list[WindowView]
    """This day, then this month; counted for keys that have a budget, and as long as they have it."""
    live: LiveKeyView | None = None
    """Told of one key only."""
    former_until: str | None
    """Until when the key before the last renewal is valid as well."""
    expires_at: str | None
    """From when on it is refused, UTC in ISO 8601; null is never."""
    created_at: str | None
    """When it was made, UTC in ISO 8601; null only for a time that no calendar holds."""
    updated_at: str | None
    """When it was last changed, UTC in ISO 8601; null only for a time that no calendar holds."""


class KeyMade(KeyView):
    """A key that was just made."""

    key: str = Field(repr=False)
    """Told this once."""


class KeyPage(Told):
    """A page of client keys, the oldest first."""

    data: list[KeyView]
    """The client keys of this page, the oldest first."""
    total: int
    """How many fit the filters."""
    next_cursor: str | None
    """Where the next page begins; null on the last one."""


class KeyQuery(Asked):
    """Which keys a list shows."""

    text: str = Field(default="", max_length=200)
    """Part of an id, name, hint, note, model or tag; case does not matter."""
    state: list[KeyState] = Field(default=[])
    """May be given several times; left out is any."""
    limit: int = Field(default=100, ge=1, le=500)
    cursor: str = Field(default="", max_length=400)
    """The last page's `next_cursor`; empty for the first page."""


class KeyBody(Sent):
    """What is to be changed; what is left out, or null, stays. An empty list or text, or 0, ends a limit."""

    name: str | None = None
    """At most 200 characters; not empty."""
    models: list[str] | None = None
    """Public models it may ask for; empty is all."""
    endpoints: list[Family] | None = None
    """Families of routes it may use; empty is all."""
    networks: list[str] | None = None
    """Where its client must be: addresses or CIDR notation; empty is anywhere."""
    strict: bool | None = None
    """Whether what cannot be honoured is refused instead of dropped."""
    pool_tags: list[str] | None = None
    """Only credentials with one of these tags serve it; empty is all."""
    pool_tier: Literal["basic", "super", ""] | None = None
    """Only credentials of this tier serve it; empty is all."""
    rescue_seconds: float | None = None
    """How long its conversations are kept, so that they go on elsewhere; 0 keeps nothing, 366 days is the
    most."""
    rpm: int | None = None
    """Requests a minute, up to 1,000,000; 0 is no limit."""
    tpm: int | None = None
    """Tokens a minute, up to 10,000,000; 0 is no limit."""
    max_concurrency: int | None = None
    """Requests at a time, up to 100,000; 0 is no limit."""
    budget_day_usd: str | None = Field(default=None, max_length=40)
    """US dollars for a day in UTC, as text such as `2.50`, up to 500,000; `0` is no limit."""
    budget_month_usd: str | None = Field(default=None, max_length=40)
    """US dollars for a month in UTC, as text such as `2.50`, up to 500,000; `0` is no limit."""
    never_log: bool | None = None
    """Keeps nothing of its requests but their rows in the ledger; not together with `record_content`."""
    record_content: bool | None = None
    """Keeps prompts and answers, sealed. Tell the people who use the key."""
    content_hours: int | None = None
    """For how many hours, up to 8,760; 0 is as long as the settings say."""
    note: str | None = None
    """For people; at most 4,000 characters."""
    enabled: bool | None = None
    """`false` refuses the key until it is enabled again."""
    expires_at: str | None = Field(default=None, max_length=40)
    """A moment to come, in ISO 8601 with its zone; an empty text is never."""

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
    """At most 200 characters; not empty."""


class RotateBody(Sent):
    """How a key is renewed."""

    overlap_seconds: float = Field(default=86_400.0, ge=0)
    """For how long the present key stays valid beside the new one; at most 90 days."""


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
