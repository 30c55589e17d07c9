"""Every metric by name: what it counts, and how the values of several workers become one.

Must never grow a label whose values a client can choose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Join = Literal["sum", "least", "most"]
Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric."""

    name: str
    help: str
    kind: Literal["counter", "gauge"]
    join: Join = "sum"
    """How living workers' values are joined; a counter also keeps those of workers that have ended."""


HTTP_REQUESTS: Final = Family(
    "grok2api_http_requests_total", "Requests that were answered, by status; 499: the client left.", "counter"
)
HTTP_RUNNING: Final = Family("grok2api_http_requests_running", "Requests that run now.", "gauge")
WORKERS: Final = Family("grok2api_workers", "Workers of this host that are alive.", "gauge")
CALLS_RUNNING: Final = Family("grok2api_pool_calls_running", "Calls to xAI that run now.", "gauge")
WAITING: Final = Family("grok2api_pool_requests_waiting", "Requests that wait for a credential now.", "gauge")
USABLE: Final = Family(
    "grok2api_pool_credentials_usable",
    "Credentials that can serve now, as the worker sees it that counts most.",
    "gauge",
    "most",
)
SHARED_UP: Final = Family(
    "grok2api_shared_state_up",
    "Whether every worker shares limits through Redis: 0 while one of them goes by its share; absent without "
    "Redis.",
    "gauge",
    "least",
)
FLEET: Final = Family(
    "grok2api_shared_state_workers", "Workers of all hosts that share limits.", "gauge", "most"
)
PLACES: Final = Family("grok2api_shared_places_held", "Places of limited credentials that are held.", "gauge")
REFUSED: Final = Family(
    "grok2api_shared_places_refused_total",
    "How often all places of a credential or key were taken.",
    "counter",
)
UNSHARED: Final = Family(
    "grok2api_shared_state_fallbacks_total", "Calls that were decided by a worker's own share.", "counter"
)
FAMILIES: Final = {
    family.name: family
    for family in (
        *(HTTP_REQUESTS, HTTP_RUNNING, WORKERS, CALLS_RUNNING, WAITING, USABLE),
        *(SHARED_UP, FLEET, PLACES, REFUSED, UNSHARED),
    )
}
