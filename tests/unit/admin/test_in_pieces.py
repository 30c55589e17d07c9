"""A list that is written in pieces is the answer that the framework would have written."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from grok2api.admin.in_pieces import written_in_pieces
from grok2api.admin.shapes import Told


class Row(Told):
    name: str
    amount: float | None = None


class Book(Told):
    title: str
    rows: list[Row]
    pages: int | None


@pytest.mark.parametrize("count", [0, 1, 2, 500])
async def test_the_bytes_are_those_of_the_whole(count: int) -> None:
    rows = [Row(name=f'"{number}" – 测试\u2028', amount=number / 3 or None) for number in range(count)]

    async def given() -> AsyncIterator[Row]:
        for row in rows:
            yield row

    book = Book(title='a "list"', rows=[], pages=None)
    told = await written_in_pieces(book, "rows", given())
    assert told.headers["content-type"] == "application/json"
    assert int(told.headers["content-length"]) == len(told.body)
    assert Book.model_validate_json(bytes(told.body)) == book.model_copy(update={"rows": rows})
