"""The page that Prometheus reads: the values of all workers, joined and written down. Must never do I/O."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from grok2api.observability.metrics.board import Key
from grok2api.observability.metrics.families import BUCKET, COUNT, FAMILIES, SUM, WORKERS, Family, Labels

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
        shown = [line for name in _samples(family) for line in _lines(family, name, values)]
        if shown:
            lines += [*_head(family), *shown]
    return "\n".join(lines) + "\n"


def _samples(family: Family) -> tuple[str, ...]:
    """Return the names under which the values of a metric stand on the page, in their order."""
    if family.kind != "histogram":
        return (family.name,)
    return tuple(family.name + ending for ending in (BUCKET, SUM, COUNT))


def _lines(family: Family, name: str, values: Mapping[Key, list[float]]) -> list[str]:
    found = [(labels, those) for (named, labels), those in values.items() if named == name]
    found.sort(key=lambda each: _order(each[0]))
    return [f"{name}{_shown(labels)} {_number(_join(family, those))}" for labels, those in found]


def _order(labels: Labels) -> tuple[float, Labels]:
    """Sort buckets by their bounds, which are texts, and everything else by its labels."""
    return float(dict(labels).get("le", "0")), labels


def _join(family: Family, values: list[float]) -> float:
    return float(_JOINS[family.join](values))


def _head(family: Family) -> list[str]:
    return [f"# HELP {family.name} {family.help}", f"# TYPE {family.name} {family.kind}"]


def _shown(labels: Labels) -> str:
    said = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{said}}}" if said else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
