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
    kind: Literal["counter", "gauge", "histogram"]
    join: Join = "sum"
    """How living workers' values are joined; what is counted also keeps that of workers that have ended."""
    bounds: tuple[float, ...] = ()
    """Upper bounds of a histogram's buckets, without the infinite one."""


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
    "grok2api_shared_places_refused_total", "How often a credential was found full.", "counter"
)
UNSHARED: Final = Family(
    "grok2api_shared_state_fallbacks_total", "Calls that were decided by a worker's own share.", "counter"
)
LOOP_LAG: Final = Family(
    "grok2api_event_loop_lag_seconds",
    "How late a worker's event loop was, asked ten times a second: all its requests are late by that.",
    "histogram",
    bounds=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
FAMILIES: Final = {
    family.name: family
    for family in (
        *(HTTP_REQUESTS, HTTP_RUNNING, WORKERS, CALLS_RUNNING, WAITING, USABLE),
        *(SHARED_UP, FLEET, PLACES, REFUSED, UNSHARED),
        LOOP_LAG,
    )
}
BUCKET: Final = "_bucket"
SUM: Final = "_sum"
COUNT: Final = "_count"


def counted(name: str) -> bool:
    """Tell whether a sample of this name only ever grows, so that it outlives the worker that counted it."""
    family = FAMILIES.get(name)
    if family is not None:
        return family.kind == "counter"
    parts = (name.removesuffix(ending) for ending in (BUCKET, SUM, COUNT) if name.endswith(ending))
    return any(part in FAMILIES and FAMILIES[part].kind == "histogram" for part in parts)
