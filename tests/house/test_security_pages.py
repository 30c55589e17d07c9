"""The pages on security name tests: each is there, and no abuse case or chapter is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("docs/threat-model.md", "docs/asvs.md", "SECURITY.md")
NAMED = re.compile(r"`(tests/[\w/.-]+\.py)(?:::(\w+))?`")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_is_named_is_there(page: str) -> None:
    missing = [
        f"{file}::{name}" if name else file
        for file, name in NAMED.findall(read(page))
        if not (ROOT / file).is_file() or (name and f"def {name}(" not in read(file))
    ]
    assert not missing


def test_every_abuse_case_has_an_answer_that_a_test_shows() -> None:
    rows = [line for line in read("docs/threat-model.md").splitlines() if re.match(r"\| S\d+ ", line)]
    assert [row.split()[1] for row in rows] == [f"S{number}" for number in range(1, 26)]
    assert all(NAMED.search(row) for row in rows)


def test_every_chapter_and_risk_is_spoken_of() -> None:
    page = read("docs/asvs.md")
    chapters = {int(number) for number in re.findall(r"^\| V(\d+)", page, re.MULTILINE)}
    assert chapters == set(range(1, 18))
    assert re.findall(r"^\| API(\d+) ", page, re.MULTILINE) == [str(number) for number in range(1, 11)]


def test_every_file_of_attacks_is_named_in_the_threat_model() -> None:
    page = read("docs/threat-model.md")
    files = [path.name for path in (ROOT / "tests" / "abuse").glob("test_*.py")]
    assert not [name for name in files if f"tests/abuse/{name}" not in page]
