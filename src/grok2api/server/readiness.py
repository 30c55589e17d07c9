"""What a worker may have to do without, by the names that `/ready` and the alerts use.

Must never ask anybody: it tells what was noticed last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grok2api.server.services import Services


def lacking(services: Services) -> Mapping[str, Callable[[], bool]]:
    """Return what tells of each thing whether it is away."""
    return {
        "store": lambda: services.view.lost or services.ledger.away,
        "shared_state": lambda: services.sharing.degraded,
    }
