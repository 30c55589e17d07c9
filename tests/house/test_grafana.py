"""The dashboard asks for metrics that exist, by labels that they have, and leaves none out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from grok2api.observability.metrics.families import FAMILIES, SERIES

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "grok2api.json").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs" / "shared-state.md").read_text(encoding="utf-8")
METRIC = re.compile(r"grok2api_\w+")
GROUPED = re.compile(r"by \(([^)]*)\) \(?(?:rate\()?(grok2api_\w+)")
OF_PROMETHEUS = {"le", "instance"}


def targets() -> list[dict[str, Any]]:
    return [target for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]


def labels_of(name: str) -> set[str]:
    """Return the labels of a metric, by the documents."""
    family = SERIES[name].name
    row = re.search(rf"`{family}(?:\{{([\w,]+)\}})?`", PAGE)
    assert row is not None
    return set((row[1] or "").split(",")) - {""}


def test_every_metric_of_the_dashboard_exists_and_every_metric_is_on_it() -> None:
    asked = {name for target in targets() for name in METRIC.findall(target["expr"])}
    assert asked <= SERIES.keys()
    assert {SERIES[name].name for name in asked} == FAMILIES.keys()


def test_it_groups_by_labels_that_are_there() -> None:
    grouped = [found for target in targets() for found in GROUPED.findall(target["expr"])]
    assert len(grouped) > 10
    for names, metric in grouped:
        assert {name.strip() for name in names.split(",")} - OF_PROMETHEUS <= labels_of(metric), metric


def test_panels_have_places_of_their_own() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]]
    assert len(set(places)) == len(places)
