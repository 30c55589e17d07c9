"""Whether an account may have one more answer now: blocks, entitlement, credit, the week, the rate.

Rates are per team and model and are measured on the monotonic clock. Must refuse before it counts, so that
a refused request costs nothing.
"""

from __future__ import annotations

from collections import defaultdict, deque

from grok2api.kit.clock import Clock
from grok2api.sandbox import refusals
from grok2api.sandbox.accounts import TIERS, Account
from grok2api.sandbox.directory import TICKS_PER_DOLLAR, Directory, Profile, Rates, Record
from grok2api.sandbox.models import MediaModel, TextModel

LIMITED_PER_MINUTE = 2
WINDOWS = {"Second": 1.0, "Minute": 60.0}


class Quotas:
    """Counts requests per team and model, and against what was ordered about accounts."""

    def __init__(self, clock: Clock, directory: Directory) -> None:
        self._clock = clock
        self._directory = directory
        self._seen: defaultdict[tuple[str, str, str], deque[float]] = defaultdict(deque)

    def admit(self, account: Account, model: TextModel | MediaModel) -> None:
        """Count one request, or refuse it with 403, 402 or 429."""
        refuse_blocked(account)
        if not account.infers:
            raise refusals.chat_denied()
        _refuse_by_trait(account)
        records = self._directory.records(account)
        for record in records:
            self._refuse_exhausted(record, account)
        profile = self._directory.profile(account.name, account.team)
        limits = _limits(account, model, profile)
        for unit, limit in limits.items():
            self._refuse_rate(account, model, unit, limit, profile)
        now = self._clock.monotonic()
        for unit in limits:
            self._seen[account.team_id, model.id, unit].append(now)
        for record in records:
            record.used += 1

    def _refuse_exhausted(self, record: Record, account: Account) -> None:
        profile, how = record.profile, record.profile.exhausted
        if profile.credit is not None and record.spent_ticks >= profile.credit * TICKS_PER_DOLLAR:
            if record.spent_ticks == 0:
                raise refusals.no_credits_yet(account.team_id, how.status or 403)
            raise refusals.out_of_credits(account.team_id, how.status or 403)
        spent = profile.weekly_quota is not None and record.used >= profile.weekly_quota
        if spent or (profile.weekly_ticks is not None and record.used_ticks >= profile.weekly_ticks):
            resets = record.resets_at() - self._clock.now() if how.retry_after else None
            raise refusals.spending_limit(how.status or 429, how.form, resets)

    def _refuse_rate(
        self, account: Account, model: TextModel | MediaModel, unit: str, limit: int, profile: Profile
    ) -> None:
        now, window = self._clock.monotonic(), WINDOWS[unit]
        seen = self._seen[account.team_id, model.id, unit]
        while seen and seen[0] <= now - window:
            seen.popleft()
        if len(seen) < limit:
            return
        resets = seen[0] + window - now if seen else window
        shown = resets if unit == "Minute" and profile.resets_in else None
        after = resets if profile.retry_after else None
        raise refusals.too_many_requests(
            account.team_id, model.id, f"{unit} (actual/limit): {len(seen) + 1}/{limit}", shown, after
        )


def refuse_blocked(account: Account) -> None:
    """Refuse an account that is blocked as a user, a team or a key, or whose key is disabled."""
    if "user" in account.blocked:
        raise refusals.blocked()
    if "team" in account.blocked:
        raise refusals.team_blocked(account.team_id)
    if account.client_id is None and ("key" in account.blocked or account.disabled):
        raise refusals.key_blocked(account.key, "blocked" if "key" in account.blocked else "disabled")


def _refuse_by_trait(account: Account) -> None:
    for trait, refusal in (
        ("broke", refusals.out_of_credits(account.team_id)),
        ("spent", refusals.spending_limit()),
        ("billing", refusals.balance_exhausted()),
        ("free", refusals.free_usage_exhausted()),
    ):
        if trait in account.traits:
            raise refusal


def _limits(account: Account, model: TextModel | MediaModel, profile: Profile) -> dict[str, int]:
    """Return the requests allowed per unit; what was ordered goes before what the name says."""
    ordered = {
        "Second": _rate(profile.rate_per_second, model),
        "Minute": _rate(profile.rate_per_minute, model),
    }
    limits = {unit: limit for unit, limit in ordered.items() if limit is not None}
    if limits:
        return limits
    if "limited" in account.traits:
        return {"Minute": LIMITED_PER_MINUTE}
    tier = next((index for index, name in enumerate(TIERS) if name in account.traits), None)
    return {} if tier is None else {"Second": model.rates[tier]}


def _rate(rates: Rates | None, model: TextModel | MediaModel) -> int | None:
    if not isinstance(rates, dict):
        return rates
    return rates.get(model.id, rates.get("*"))
