"""Every metric by name: what it counts, and how the values of several workers become one.

Must never grow a label whose values a client can choose.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from grok2api.canonical.latency import LATENCY_BOUNDS

Join = Literal["sum", "least", "most"]
Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric."""

    name: str
    help: str
    kind: Literal["counter", "gauge", "histogram"]
    join: Join = "sum"
    """How living workers' values are joined; a counter also keeps those of workers that have ended."""
    bounds: tuple[float, ...] = ()
    """Of a histogram: the upper bounds of its classes, below the open one."""
    series: tuple[str, ...] = field(init=False)
    """The names under which its values are shown; the count of a histogram is what its classes add up to."""
    classes: tuple[tuple[str, str], ...] = field(init=False)
    """Of a histogram: the label of each class, the open one last."""

    def __post_init__(self) -> None:
        histogram = self.kind == "histogram"
        endings = ("_bucket", "_sum", "_count") if histogram else ("",)
        classes = (*(f"{bound:g}" for bound in self.bounds), "+Inf") if histogram else ()
        object.__setattr__(self, "series", tuple(self.name + each for each in endings))
        object.__setattr__(self, "classes", tuple(("le", each) for each in classes))

    @property
    def kept(self) -> bool:
        """Whether what an ended worker has counted stays counted."""
        return self.kind != "gauge"


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
REQUESTS: Final = Family(
    "grok2api_requests_total",
    "Requests that were settled, by operation, upstream model (empty: none was asked) and end.",
    "counter",
)
TOKENS: Final = Family(
    "grok2api_tokens_total",
    "Tokens by upstream model and kind; input holds cached, output reasoning.",
    "counter",
)
COST: Final = Family("grok2api_cost_usd_total", "What requests cost, by upstream model.", "counter")
SAVED: Final = Family(
    "grok2api_cache_savings_usd_total",
    "What the prompt cache saved by the price list, by upstream model.",
    "counter",
)
FAULTS: Final = Family(
    "grok2api_upstream_faults_total", "Calls to xAI that failed, by fault and upstream model.", "counter"
)
_SECONDS: Final = tuple(bound / 1000 for bound in LATENCY_BOUNDS)
FIRST_BYTE: Final = Family(
    "grok2api_first_byte_seconds",
    "Time until an answer began, by operation; streams only.",
    "histogram",
    bounds=_SECONDS,
)
DURATION: Final = Family(
    "grok2api_request_seconds",
    "Time until a request was settled, by operation.",
    "histogram",
    bounds=_SECONDS,
)
POOL: Final = Family(
    "grok2api_pool_credentials",
    "Credentials by state, as the worker sees it that counts most.",
    "gauge",
    "most",
)
LEDGER_WAITING: Final = Family(
    "grok2api_ledger_rows_waiting", "Usage rows that wait in memory for the store.", "gauge"
)
LEDGER_LAG: Final = Family(
    "grok2api_ledger_lag_seconds", "Age of the oldest usage row that waits in memory.", "gauge", "most"
)
LEDGER_WRITTEN: Final = Family(
    "grok2api_ledger_rows_written_total", "Usage rows that the store took.", "counter"
)
LEDGER_DROPPED: Final = Family(
    "grok2api_ledger_rows_dropped_total", "Usage rows that found no room and are lost.", "counter"
)
CONTENTS_DROPPED: Final = Family(
    "grok2api_contents_dropped_total",
    "Requests whose prompts and answers were to be kept, and are not: too many waited for the store.",
    "counter",
)
PRICE_DRIFT: Final = Family(
    "grok2api_price_drift_ratio",
    "By which part of it a model's price differs from what xAI asks; 0 while it is right.",
    "gauge",
    "most",
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
        *(HTTP_REQUESTS, HTTP_RUNNING, WORKERS, CALLS_RUNNING, WAITING, USABLE, POOL),
        *(SHARED_UP, FLEET, PLACES, REFUSED, UNSHARED),
        *(REQUESTS, TOKENS, COST, SAVED, FAULTS, FIRST_BYTE, DURATION),
        *(LEDGER_WAITING, LEDGER_LAG, LEDGER_WRITTEN, LEDGER_DROPPED),
        *(CONTENTS_DROPPED, PRICE_DRIFT, LOOP_LAG),
    )
}
SERIES: Final = {name: family for family in FAMILIES.values() for name in family.series}
"""Every family by the names under which its values are shown."""
