"""Who is calling: any key of the form `xai-sandbox-<name>`, and what its name says it may do.

A name may end in traits, and in `--<word>` for another key of the same team: the traits before the
dashes belong to the team, those after them to the key alone. Everything about an account is derived
from its key, so nothing is stored but the requests that count against a quota.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from dataclasses import dataclass

from grok2api.kit.clock import Clock
from grok2api.sandbox import refusals
from grok2api.sandbox.mint import derived_uuid
from grok2api.sandbox.models import TextModel

TIERS = ("t0", "t1", "t2", "t3", "t4")
TRAITS = frozenset(
    {"blocked", "broke", "limited", "nochat", "acl", "zdr", "spent", "billing", "free", *TIERS}
)
LIMITED_PER_MINUTE = 2
ACL_MODEL = "grok-4.3"

_KEY = re.compile(r"xai-sandbox-([a-z0-9-]+)")


@dataclass(frozen=True, slots=True)
class Account:
    """One API key and the team it belongs to."""

    key: str
    name: str
    team_id: str
    user_id: str
    key_id: str
    traits: frozenset[str]

    @property
    def acls(self) -> tuple[str, ...]:
        """Return the key's access list in xAI's notation."""
        model = ACL_MODEL if "acl" in self.traits else "*"
        return (f"api-key:model:{model}", "api-key:endpoint:*")

    def may_use(self, model_id: str) -> bool:
        """Tell whether the key's access list lets it use a model."""
        return "acl" not in self.traits or model_id == ACL_MODEL


def identify(token: str | None) -> Account:
    """Return the account of a bearer token.

    Raises: Refusal 401 without a token, 400 for a key that is not the sandbox's.
    """
    if token is None:
        raise refusals.no_credentials()
    match = _KEY.fullmatch(token)
    if match is None:
        raise refusals.incorrect_key(token)
    team, _, suffix = match[1].partition("--")
    return Account(
        key=token,
        name=match[1],
        team_id=derived_uuid("team", team),
        user_id=derived_uuid("user", team),
        key_id=derived_uuid("key", match[1]),
        traits=_traits(team) | _traits(suffix),
    )


def _traits(name: str) -> frozenset[str]:
    found = set()
    for word in reversed(name.split("-")):
        if word not in TRAITS:
            break
        found.add(word)
    return frozenset(found)


class Quotas:
    """Counts requests per team and model."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def admit(self, account: Account, model: TextModel) -> None:
        """Count one request, or refuse it with 403, 402 or 429 as the account's traits say."""
        if "blocked" in account.traits:
            raise refusals.blocked()
        for trait, refusal in (
            ("broke", refusals.out_of_credits(account.team_id)),
            ("spent", refusals.spending_limit()),
            ("billing", refusals.balance_exhausted()),
            ("free", refusals.free_usage_exhausted()),
        ):
            if trait in account.traits:
                raise refusal
        limit = _limit(account, model)
        if limit is not None:
            self._count(account.team_id, model.id, *limit)

    def _count(self, team_id: str, model_id: str, limit: int, unit: str, window: float) -> None:
        now = self._clock.monotonic()
        seen = self._seen[team_id, model_id]
        while seen and seen[0] <= now - window:
            seen.popleft()
        if len(seen) >= limit:
            resets = seen[0] + window - now
            raise refusals.too_many_requests(team_id, model_id, unit, len(seen) + 1, limit, resets)
        seen.append(now)


def _limit(account: Account, model: TextModel) -> tuple[int, str, float] | None:
    if "limited" in account.traits:
        return LIMITED_PER_MINUTE, "Minute", 60.0
    tier = next((index for index, name in enumerate(TIERS) if name in account.traits), None)
    return None if tier is None else (model.rates[tier], "Second", 1.0)
