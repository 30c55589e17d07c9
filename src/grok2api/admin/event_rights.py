"""Which events somebody may hear: those about what he could ask for himself, and no others.

Each event names the route that tells the same, and that route's row in the table of roles decides. Must never
let an event through that is not named here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from grok2api.admin.roles import find_rule, may
from grok2api.storage.access import Role

ROUTES: Final[Mapping[str, str]] = {
    "hello": "/pool",
    "pool": "/pool",
    "store": "/system",
    "live": "/requests/live",
    "job": "/jobs",
    "credentials": "/credentials",
    "keys": "/keys",
    "models": "/models",
    "prices": "/prices",
    "settings": "/settings",
    "alerts": "/alerts",
    "usage": "/usage",
}
"""The path at which what an event is about can be asked for, by the event's name."""


def may_hear(role: Role, name: str) -> bool:
    """Tell whether a role is enough for an event."""
    path = ROUTES.get(name)
    found = None if path is None else find_rule("GET", path)
    return found is not None and may(role, found[0].least)
