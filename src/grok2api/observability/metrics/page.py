"""The page that Prometheus reads: the values of all workers, joined and written down. Must never do I/O."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from grok2api.observability.metrics.board import Key
from grok2api.observability.metrics.families import FAMILIES, WORKERS, Family, Labels

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_JOINS: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "sum": math.fsum,
    "least": min,
    "most": max,
}


def page(living: Iterable[Mapping[Key, float]], ended: Mapping[Key, float]) -> str:
    """Return the text of the page.

    Args:
        living: The values of each living worker.
        ended: What workers that have ended counted.
    """
    values: dict[Key, list[float]] = defaultdict(list)
    workers = 0
    for each in living:
        workers += 1
        for key, value in each.items():
            values[key].append(value)
    for key, value in ended.items():
        values[key].append(value)
    values[WORKERS.name, ()] = [workers]
    lines = list[str]()
    for family in FAMILIES.values():
        joined = {key: _join(family, each) for key, each in values.items() if key[0] in family.series}
        if joined:
            lines += _head(family)
            told = _histogram(family, joined) if family.kind == "histogram" else sorted(joined.items())
            lines += (f"{name}{_shown(labels)} {_number(value)}" for (name, labels), value in told)
    return "\n".join(lines) + "\n"


def _join(family: Family, values: list[float]) -> float:
    return float(_JOINS[family.join](values))


def _histogram(family: Family, joined: Mapping[Key, float]) -> Iterator[tuple[Key, float]]:
    """Yield every class with what is in it and in those below it, then the sum and the count.

    Source: Prometheus' text format, https://prometheus.io/docs/instrumenting/exposition_formats/#histograms.
    """
    bucket, total, count = family.series
    for labels in sorted(labels for name, labels in joined if name == total):
        number = 0.0
        for each in family.classes:
            number += joined.get((bucket, (*labels, each)), 0.0)
            yield (bucket, (*labels, each)), number
        yield (total, labels), joined[total, labels]
        yield (count, labels), number


def _head(family: Family) -> list[str]:
    return [f"# HELP {family.name} {family.help}", f"# TYPE {family.name} {family.kind}"]


def _shown(labels: Labels) -> str:
    said = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{said}}}" if said else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
