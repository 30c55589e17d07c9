"""Formulas never leave as formulas, and what was shielded comes back as it was."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from grok2api.kit.cells import SIGNS, shielded, unshielded

SIGN = st.sampled_from(SIGNS)


@given(st.text("=+-@\t\r\n|% '\"a1,;\uff1d", max_size=8))
def test_a_cell_begins_no_formula_and_comes_back_exactly(text: str) -> None:
    cell = shielded(text)
    assert isinstance(cell, str)
    assert not cell.lstrip(" ").startswith(SIGNS[:-1])
    assert unshielded(cell) == text
    table = io.StringIO(newline="")
    csv.writer(table).writerow([cell, "end"])
    (row,) = csv.reader(io.StringIO(table.getvalue(), newline=""))
    assert unshielded(row[0]) == text


def test_numbers_and_typed_texts_stay() -> None:
    assert [shielded(each) for each in (-1, None, True, 2.5)] == [-1, None, True, 2.5]
    assert unshielded("'tis") == "'tis"
    assert shielded("grok-4") == "grok-4"
