"""Names that the console shows in the words of people: what the server can send has some, in both languages.

A name without words would be shown as it is, which nobody notices while the page is looked at in a test.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from grok2api.admin.roles import RULES
from grok2api.canonical.fault import FaultKind
from grok2api.config.settings import Settings

LANGUAGES: Final = Path(__file__).parents[2] / "ui/src/i18n"
ACTIONS: Final = {rule.action for rule in RULES if rule.action}


def words(language: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((LANGUAGES / language / f"{name}.json").read_text(encoding="utf-8"))
    return found


def flat(tree: dict[str, Any], before: str = "") -> Iterator[str]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from flat(value, f"{before}{name}.")
        else:
            yield before + name


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_fault_has_words(language: str) -> None:
    assert set(words(language, "requests")["fault"]) == {kind.value for kind in FaultKind}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_deed_of_the_audit_has_words_and_can_be_filtered_for(language: str) -> None:
    said = words(language, "audit")
    assert set(flat(said["action"])) >= ACTIONS
    subjects = {action.partition(".")[0] for action in ACTIONS}
    assert set(said["subject"]) >= subjects
    offered = (LANGUAGES.parent / "features/audit/search.ts").read_text(encoding="utf-8")
    assert {subject for subject in subjects if f'"{subject}"' not in offered} == set()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_section_of_the_settings_has_words(language: str) -> None:
    assert set(words(language, "settings")["section"]) == set(Settings.__struct_fields__)
