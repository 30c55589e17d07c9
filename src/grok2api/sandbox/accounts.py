"""Who is calling: what a name says its account may do.

A key is `xai-sandbox-<name>`; an OAuth account has a bare name. A name may end in traits, and in
`--<word>` for another member of the same team: the traits before the dashes belong to the team, those
after them to the member alone. Nothing is stored here; what was ordered from outside is in `directory`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from grok2api.sandbox import refusals
from grok2api.sandbox.mint import derived_uuid

TIERS = ("t0", "t1", "t2", "t3", "t4")
TRAITS = frozenset(
    {"blocked", "broke", "limited", "nochat", "acl", "zdr", "sd", "spent", "billing", "free", *TIERS}
)
TEXT_ENDPOINTS = ("chat", "responses")
ACL_MODEL = "grok-4.3"
ALL_BLOCKED = frozenset({"user", "team", "key"})
SUBSCRIPTIONS: Mapping[str, int] = MappingProxyType(
    {
        "free": 0,
        "supergrok": 1,
        "x_basic": 2,
        "x_premium": 3,
        "x_premium_plus": 4,
        "supergrok_heavy": 5,
        "supergrok_lite": 6,
    }
)
"""The subscriptions of OAuth accounts, with the number a token carries for each."""

_KEY = re.compile(r"xai-sandbox-([a-z0-9-]+)")


@dataclass(frozen=True, slots=True)
class Account:
    """One credential and the team it belongs to.

    `client_id` and `tier` are of OAuth accounts only; `api_access` is None where the tier decides.
    """

    key: str
    name: str
    team: str
    user_id: str
    traits: frozenset[str]
    blocked: frozenset[str] = frozenset()
    disabled: bool = False
    acls: tuple[str, ...] = ("api-key:model:*", "api-key:endpoint:*")
    api_access: bool | None = None
    client_id: str | None = None
    tier: str | None = None

    @property
    def team_id(self) -> str:
        """Return the team's UUID."""
        return derived_uuid("team", self.team)

    @property
    def key_id(self) -> str:
        """Return the key's UUID."""
        return derived_uuid("key", self.name)

    @property
    def infers(self) -> bool:
        """Tell whether the account may ask a model at all: the free tier may not, unless it was told so."""
        return self.tier != "free" if self.api_access is None else self.api_access

    def may_use(self, model_id: str) -> bool:
        """Tell whether the access list lets the account use a model."""
        return not {"api-key:model:*", f"api-key:model:{model_id}"}.isdisjoint(self.acls)

    def may_call(self, endpoint: str) -> bool:
        """Tell whether the access list lets the account use an endpoint; `chat` covers both text surfaces."""
        names = ("*", "chat", endpoint) if endpoint in TEXT_ENDPOINTS else ("*", endpoint)
        wanted = {f"api-key:endpoint:{name}" for name in names}
        return not wanted.isdisjoint(self.acls)


def identify(token: str | None) -> Account:
    """Return the account of an API key.

    Raises: Refusal 401 without a token, 400 for a key that is not the sandbox's.
    """
    if token is None:
        raise refusals.no_credentials()
    match = _KEY.fullmatch(token)
    if match is None:
        raise refusals.incorrect_key(token)
    team = team_of(match[1])
    return _named(Account(token, match[1], team, derived_uuid("user", team), _traits_of(match[1])))


def subscriber(token: str, name: str, team: str, tier: str, client_id: str) -> Account:
    """Return the OAuth account `name` of a team, seen through one of its access tokens."""
    traits = _traits_of(name) | _traits_of(team)
    return _named(Account(token, name, team, user_id_of(name), traits, client_id=client_id, tier=tier))


def team_of(name: str) -> str:
    """Return the team that a name belongs to unless told otherwise: what is before its dashes."""
    return name.partition("--")[0]


def user_id_of(name: str) -> str:
    """Return the user id of an OAuth account."""
    return derived_uuid("user", name)


def _named(account: Account) -> Account:
    if "blocked" in account.traits:
        account = replace(account, blocked=ALL_BLOCKED)
    if "acl" in account.traits:
        account = replace(account, acls=(f"api-key:model:{ACL_MODEL}", "api-key:endpoint:*"))
    return account


def _traits_of(name: str) -> frozenset[str]:
    team, _, suffix = name.partition("--")
    return _traits(team) | _traits(suffix)


def _traits(name: str) -> frozenset[str]:
    found = set()
    for word in reversed(name.split("-")):
        if word not in TRAITS:
            break
        found.add(word)
    return frozenset(found)
