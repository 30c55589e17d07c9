"""What is wrong now, by what is known of the pool and the stores.

Pure. Must never count a short rest as a loss: rate limits come and go, and nobody needs to get up for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from grok2api.alerts.alert import Alert

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


def pool_alerts(credentials: Iterable[Seen]) -> Iterator[Alert]:
    """Yield what is wrong with the pool: too few left, secrets that do not open, sign-ins that have ended."""
    enabled = [each for each in credentials if each.enabled]
    serving = [each for each in enabled if each.opens and each.status in _IN_SERVICE]
    count = {"enabled": str(len(enabled)), "usable": str(len(serving))}
    if enabled and not serving:
        yield Alert("pool.none_usable", facts=count)
    elif len(enabled) > 1 and len(serving) == 1:
        yield Alert("pool.last_usable", facts=count | {"name": serving[0].name})
    for each in enabled:
        if not each.opens:
            yield Alert("credential.unreadable", each.id, {"name": each.name})
        elif each.kind == "oauth" and each.status == _EXPIRED:
            yield Alert("sign_in.expired", each.id, {"name": each.name, "reason": each.reason})


def store_alerts(lacking: Iterable[str]) -> Iterator[Alert]:
    """Yield what is wrong with what the server works with.

    Args:
        lacking: What is away, in the words of `/ready`.
    """
    for name in lacking:
        yield Alert("store.degraded", name, {"what": name})
