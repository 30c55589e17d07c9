"""How late the event loop of each worker of a host was, from the boards that they keep for its metrics."""

from __future__ import annotations

from pathlib import Path

from grok2api.observability.metrics import families
from grok2api.observability.metrics.places import look

Buckets = dict[float, float]
"""How often it was no later than so many seconds."""


def buckets_of_workers(data_dir: Path) -> list[Buckets]:
    """Return the histogram of each living worker."""
    (server,) = (each for each in (data_dir / "run" / "metrics").iterdir() if each.is_dir())
    name = families.LOOP_LAG.series[0]
    return [
        {float(dict(labels)["le"]): value for (named, labels), value in values.items() if named == name}
        for values in look(server).living
    ]


def lag(before: list[Buckets], after: list[Buckets], share: float) -> list[float]:
    """Return for each worker the bound that so large a share of its looks in between did not exceed."""
    found = []
    for first, last in zip(before, after, strict=True):
        counts = {bound: last[bound] - first.get(bound, 0.0) for bound in sorted(last)}
        found.append(next(bound for bound, count in counts.items() if count >= share * max(counts.values())))
    return found
