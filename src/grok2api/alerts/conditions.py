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


def pool_alerts(
    credentials: Collection[Seen], *, practising: bool = False, emptied: bool = False
) -> Iterator[Alert]:
    """Yield what is wrong with the pool: too few left, secrets that do not open, sign-ins that have ended.

    That nobody can serve is the same to clients whether credentials broke, were disabled by hand or deleted.

    Args:
        credentials: The whole pool.
        practising: Whether the sandbox answers in its place, so that nobody misses it.
        emptied: Whether there were some before, where there are none.
    """
    enabled = [each for each in credentials if each.enabled]
    if not practising and (credentials or emptied):
        yield from _too_few(len(credentials), enabled)
    for each in enabled:
        if not each.opens:
            yield Alert("credential.unreadable", each.id, {"name": each.name})
        elif each.kind == "oauth" and each.status == _EXPIRED:
            yield Alert("sign_in.expired", each.id, {"name": each.name, "reason": each.reason})


def pool_unknown(
    credentials: Collection[Seen], *, practising: bool = False, emptied: bool = False
) -> frozenset[Kind]:
    """Return the kinds of which a pool tells nothing.

    One that has been empty ever since is no trouble of its own, for so begins every server; nor does it say
    that what stood before this server came is over.
    """
    return frozenset() if credentials or practising or emptied else frozenset({"pool.none_usable"})


def _too_few(all_of_them: int, enabled: Collection[Seen]) -> Iterator[Alert]:
    serving = [each for each in enabled if each.opens and each.status in _IN_SERVICE]
    count = {
        "all": str(all_of_them),
        "disabled": str(all_of_them - len(enabled)),
        "enabled": str(len(enabled)),
        "usable": str(len(serving)),
    }
    if not serving:
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
