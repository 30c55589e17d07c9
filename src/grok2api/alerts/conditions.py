"""What is wrong now, by what is known of the pool and the stores.

Pure. Must never count a short rest as a loss: rate limits come and go, and nobody needs to get up for them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from grok2api.alerts.alert import Alert, Kind

_IN_SERVICE: Final = frozenset({"active", "cooling"})
_EXPIRED: Final = "expired"


@dataclass(frozen=True, slots=True)
class Seen:
    """What an alert needs to know of a credential."""

    id: str
    name: str
    kind: str
    enabled: bool
    status: str
    reason: str
    opens: bool = True
    """Whether what the store keeps of its secret opens with this server's key."""


def pool_alerts(credentials: Collection[Seen], *, practising: bool = False) -> Iterator[Alert]:
    """Yield what is wrong with the pool: too few left, secrets that do not open, sign-ins that have ended.

    That nobody can serve is the same to clients whether credentials broke or were disabled by hand.

    Args:
        credentials: The whole pool.
        practising: Whether the sandbox answers in its place, so that nobody misses it.
    """
    enabled = [each for each in credentials if each.enabled]
    if not practising:
        yield from _too_few(len(credentials), enabled)
    for each in enabled:
        if not each.opens:
            yield Alert("credential.unreadable", each.id, {"name": each.name})
        elif each.kind == "oauth" and each.status == _EXPIRED:
            yield Alert("sign_in.expired", each.id, {"name": each.name, "reason": each.reason})


def pool_unknown(credentials: Collection[Seen], *, practising: bool = False) -> frozenset[Kind]:
    """Return the kinds of which a pool tells nothing.

    A pool that is empty is no trouble of its own, for so begins every server; but that the last credential
    which could not serve is deleted makes nobody serve.
    """
    return frozenset() if credentials or practising else frozenset({"pool.none_usable"})


def _too_few(all_of_them: int, enabled: Collection[Seen]) -> Iterator[Alert]:
    serving = [each for each in enabled if each.opens and each.status in _IN_SERVICE]
    count = {
        "all": str(all_of_them),
        "disabled": str(all_of_them - len(enabled)),
        "enabled": str(len(enabled)),
        "usable": str(len(serving)),
    }
    if all_of_them and not serving:
        yield Alert("pool.none_usable", facts=count)
    elif len(enabled) > 1 and len(serving) == 1:
        yield Alert("pool.last_usable", facts=count | {"name": serving[0].name})


def store_alerts(lacking: Iterable[str]) -> Iterator[Alert]:
    """Yield what is wrong with what the server works with.

    Args:
        lacking: What is away, in the words of `/ready`.
    """
    for name in lacking:
        yield Alert("store.degraded", name, {"what": name})
