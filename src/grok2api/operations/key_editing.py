"""What an operator may say about a client key, checked, and the record that comes of it.

The command line and the admin API share these rules, so that neither lets in what the other refuses. Must
never touch the key itself: its hash changes by renewal alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from ipaddress import ip_network
from typing import Any, Final, Literal

from grok2api.canonical.limits import FAMILIES
from grok2api.canonical.usage import TICK_PLACES, TICKS_PER_DOLLAR
from grok2api.errors import InvalidRequest
from grok2api.operations.editing import TIERS
from grok2api.operations.texts import listed, trimmed
from grok2api.storage.records import ClientKey, Tier

MOST_RPM: Final = 1_000_000
MOST_TPM: Final = 10_000_000
"""Above this a token would cost less than six microseconds, and rounding would take more than a tenth."""
MOST_CONCURRENCY: Final = 100_000
MOST_USD: Final = 500_000
"""Largest budget: its ticks, and a request's on top, are whole numbers for every store."""
LONGEST_RESCUE: Final = 366 * 86_400.0
MOST_CONTENT_HOURS: Final = 8760
LONGEST_OVERLAP: Final = 90 * 86_400.0
NEVER: Final = 0.0
"""As an expiry: there is none."""
_LONGEST_NAME: Final = 200
_LONGEST_NOTE: Final = 4000
_LONGEST_ENTRY: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEdit:
    """What was said; None where nothing was. Empty lists and texts, and 0, take a limit away.

    Attributes:
        name: What people call it.
        models: Public models it may ask for; empty is all.
        endpoints: Families of routes it may use; empty is all.
        networks: Networks in CIDR notation, or addresses; empty is anywhere.
        pool_tags: Only credentials with one of these tags serve it; empty is all.
        pool_tier: Only credentials of this tier serve it; empty is all.
        rescue_seconds: How long its conversations are kept; 0 keeps nothing.
        rpm: Requests a minute.
        tpm: Tokens a minute.
        max_concurrency: Requests at a time.
        budget_day_ticks: Money for a day in UTC, in ticks.
        budget_month_ticks: Money for a month in UTC, in ticks.
        never_log: Whether nothing of its requests is kept but their rows in the ledger.
        record_content: Whether the words of its requests are kept: what was asked and answered.
        content_hours: How long they are; 0 is as long as the settings say.
        expires_at: Wall time in seconds after which it is refused; `NEVER` for none.
    """

    name: str | None = None
    models: tuple[str, ...] | None = None
    endpoints: tuple[str, ...] | None = None
    networks: tuple[str, ...] | None = None
    strict: bool | None = None
    pool_tags: tuple[str, ...] | None = None
    pool_tier: Tier | Literal[""] | None = None
    rescue_seconds: float | None = None
    rpm: int | None = None
    tpm: int | None = None
    max_concurrency: int | None = None
    budget_day_ticks: int | None = None
    budget_month_ticks: int | None = None
    never_log: bool | None = None
    record_content: bool | None = None
    content_hours: int | None = None
    note: str | None = None
    enabled: bool | None = None
    expires_at: float | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing was said."""
        return self == KeyEdit()

    def checked(self, *, now: float) -> KeyEdit:
        """Return it with texts trimmed, doubles dropped and networks in their settled form.

        Args:
            now: Wall time in seconds.

        Raises:
            InvalidRequest: a value cannot be used; `param` names the field.
        """
        if self.name is not None and not self.name.strip():
            raise InvalidRequest("name: the name is empty.", param="name")
        if self.pool_tier is not None and self.pool_tier not in {"", *TIERS}:
            raise InvalidRequest(f"pool_tier must be one of {', '.join(TIERS)}, or empty.", param="pool_tier")
        if self.expires_at is not None and self.expires_at != NEVER and self.expires_at <= now:
            raise InvalidRequest("expires_at is in the past.", param="expires_at")
        _check_range("rpm", self.rpm, MOST_RPM)
        _check_range("tpm", self.tpm, MOST_TPM)
        _check_range("max_concurrency", self.max_concurrency, MOST_CONCURRENCY)
        _check_range("content_hours", self.content_hours, MOST_CONTENT_HOURS)
        _check_range("rescue_seconds", self.rescue_seconds, LONGEST_RESCUE)
        for name in ("budget_day_ticks", "budget_month_ticks"):
            _check_range(name, getattr(self, name), MOST_USD * TICKS_PER_DOLLAR)
        return replace(
            self,
            name=trimmed("name", self.name, _LONGEST_NAME),
            note=trimmed("note", self.note, _LONGEST_NOTE),
            models=listed("models", self.models, _LONGEST_ENTRY),
            pool_tags=listed("pool_tags", self.pool_tags, _LONGEST_ENTRY),
            endpoints=_endpoints(listed("endpoints", self.endpoints, _LONGEST_ENTRY)),
            networks=_networks(listed("networks", self.networks, _LONGEST_ENTRY)),
        )

    def applied(self, key: ClientKey, *, now: float) -> ClientKey:
        """Return the record as it is after this; call it on a checked edit.

        Args:
            key: The record as it was.
            now: Wall time in seconds.

        Raises:
            InvalidRequest: what was said does not go with what is there.
        """
        said: dict[str, Any] = {name: value for name in _FIELDS if (value := getattr(self, name)) is not None}
        if said.get("expires_at") == NEVER:
            said["expires_at"] = None
        if said.get("never_log"):
            said.setdefault("record_content", False)
        changed = replace(key, **said)
        if changed.never_log and changed.record_content:
            raise InvalidRequest(
                "A key of whose requests nothing is kept cannot have its prompts and answers kept. "
                "Set record_content to false, or never_log to false.",
                param="record_content",
            )
        if changed.never_log and changed.rescue_seconds:
            raise InvalidRequest(
                "A key of whose requests nothing is kept cannot have its conversations kept. "
                "Set rescue_seconds to 0, or never_log to false.",
                param="never_log",
            )
        return changed if changed == key else replace(changed, updated_at=now)


_FIELDS: Final = tuple(KeyEdit.__dataclass_fields__)


def ticks_of(usd: str, *, param: str) -> int:
    """Return an amount in US dollars, such as `2.50`, as whole ticks.

    Raises:
        InvalidRequest: it is no amount, is finer than a tick, or is more than a budget may be.
    """
    try:
        amount = Decimal(usd.strip().removeprefix("$"))
    except InvalidOperation:
        raise InvalidRequest(
            f"{param} must be an amount in US dollars, such as 2.50; 0 is no limit.", param=param
        ) from None
    if not amount.is_finite() or not 0 <= amount <= MOST_USD:
        raise InvalidRequest(f"{param} must be from 0 to {MOST_USD} US dollars.", param=param)
    ticks = amount.scaleb(TICK_PLACES)
    if ticks != ticks.to_integral_value():
        raise InvalidRequest(f"{param} may have {TICK_PLACES} decimal places at most.", param=param)
    return int(ticks)


def _check_range(name: str, value: float | None, most: float) -> None:
    if value is not None and not 0 <= value <= most:
        raise InvalidRequest(f"{name} must be a number from 0 to {most:.0f}; 0 is none.", param=name)


def _endpoints(values: tuple[str, ...] | None) -> tuple[str, ...] | None:
    for value in values or ():
        if value not in FAMILIES:
            raise InvalidRequest(
                f"endpoints: {value[:40]} is none of {', '.join(FAMILIES)}.", param="endpoints"
            )
    return values


def _networks(values: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Return networks as the standard writes them; an address is a network of one."""
    if values is None:
        return None
    settled = []
    for value in values:
        try:
            network = ip_network(value, strict=True)
        except ValueError as error:
            raise InvalidRequest(
                f"networks: {value[:60]} is no network; write an address or CIDR notation, such as "
                f"203.0.113.7, 10.0.0.0/8 or 2001:db8::/32 ({_why(error)}).",
                param="networks",
            ) from None
        settled.append(str(network))
    return tuple(dict.fromkeys(settled))


def _why(error: ValueError) -> str:
    return "bits are set behind its length" if "host bits" in str(error) else "it cannot be read"
