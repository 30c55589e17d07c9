"""Where a package is missing, one place says how to get it, and it says what works."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import get_args

import pytest

from grok2api.config.extras import Extra, install_advice

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "src/grok2api"
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "optional-dependencies"
]


def test_every_extra_that_there_is_can_be_advised() -> None:
    assert set(get_args(Extra)) == set(EXTRAS) - {"all"}


@pytest.mark.parametrize("extra", get_args(Extra))
def test_the_advice_serves_a_checkout_and_a_package(extra: Extra) -> None:
    told = install_advice(extra)
    assert f"pip install '.[{extra}]'" in told
    assert f"pip install 'grok2api[{extra}]'" in told


def test_nothing_else_tells_how_to_install_something() -> None:
    told = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if "pip install" in path.read_text(encoding="utf-8")
    }
    assert told == {"config/extras.py"}


def test_what_make_sets_up_has_every_extra() -> None:
    locked = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for lines in (EXTRAS[each] for each in get_args(Extra)):
        for line in lines:
            name = line.partition(">")[0].partition("[")[0]
            assert f"\n{name}" in f"\n{locked}", line
