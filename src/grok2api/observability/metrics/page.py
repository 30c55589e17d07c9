"""The page that Prometheus reads: the values of all workers, joined and written down. Must never do I/O."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
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
        found = [(name, labels) for name, labels in values if name in family.series]
        if found:
            lines += _head(family)
            for name, labels in sorted(found, key=lambda each: _place(family, *each)):
                value = _join(family, values[name, labels])
                lines.append(f"{name}{_shown(labels)} {_number(value)}")
    return "\n".join(lines) + "\n"


def _join(family: Family, values: list[float]) -> float:
    return float(_JOINS[family.join](values))


def _place(family: Family, name: str, labels: Labels) -> tuple[object, ...]:
    """Return where a value stands: the classes of a histogram in their order, then its sum and its count."""
    if family.kind != "histogram":
        return (labels,)
    own = [each for each in labels if each[0] != "le"]
    bound = next((float(value) for label, value in labels if label == "le"), math.inf)
    return (own, family.series.index(name), bound)


def _head(family: Family) -> list[str]:
    return [f"# HELP {family.name} {family.help}", f"# TYPE {family.name} {family.kind}"]


def _shown(labels: Labels) -> str:
    said = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{said}}}" if said else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
