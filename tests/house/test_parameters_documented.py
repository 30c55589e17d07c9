"""The parameter pages are the tables that the gateway obeys, in both languages; so is the table of sizes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grok2api.api.v1.parameters import DOCUMENTS, SURFACES, render
from grok2api.api.v1.parameters_chinese import WORDS
from grok2api.dialects.images import document as sizes

ROOT = Path(__file__).resolve().parents[2]
REFRESH = (
    "out of date; run: PYTHONPATH=src python -c "
    "'import pathlib; from grok2api.api.v1 import parameters; parameters.write_documents(pathlib.Path())'"
)
NOTES = {row.note for _, table in SURFACES for row in table.rows if row.note}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_committed_page_equals_its_rendering(document: str) -> None:
    assert (ROOT / document).read_text(encoding="utf-8") == render(document), f"{document} is {REFRESH}"


def test_every_note_is_there_in_chinese_and_nothing_else_is() -> None:
    assert set(WORDS.notes) == NOTES, "the dictionary is in src/grok2api/api/v1/parameters_chinese.py"
    assert all(re.search(r"[\u4e00-\u9fff]", said) for said in WORDS.notes.values())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_field_has_a_row_under_its_surface(document: str) -> None:
    page = render(document)
    for title, table in SURFACES:
        section = page.partition(f"## {title}\n")[2].partition("\n## ")[0]
        assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [row.name for row in table.rows]


@pytest.mark.parametrize("document", sizes.DOCUMENTS)
def test_the_table_of_sizes_is_the_list_that_is_obeyed(document: str) -> None:
    page = (ROOT / document).read_text(encoding="utf-8")
    assert page == sizes.with_sizes(page), (
        "out of date; run: PYTHONPATH=src python -c 'import pathlib; "
        "from grok2api.dialects.images import document; document.write_documents(pathlib.Path())'"
    )
