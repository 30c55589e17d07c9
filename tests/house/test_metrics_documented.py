"""Every metric is in both pages, with its kind, and no other is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grok2api.observability.metrics.families import FAMILIES

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `(grok2api_\w+)(?:\{[\w,]+\})?` \| (counter|gauge|histogram) \|", re.MULTILINE)


@pytest.mark.parametrize("page", ["docs/shared-state.md", "docs/shared-state.zh-CN.md"])
def test_a_page_names_every_metric_and_no_other(page: str) -> None:
    rows = ROW.findall((ROOT / page).read_text(encoding="utf-8"))
    assert rows == [(family.name, family.kind) for family in FAMILIES.values()]
