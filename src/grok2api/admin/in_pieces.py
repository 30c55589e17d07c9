"""A long list as JSON, written in small pieces, so that nobody on the loop waits for the whole of it.

Must never change the answer: it is what the framework would have written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from grok2api.kit.pace import Pace

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

    from grok2api.admin.shapes import Told


async def written_in_pieces(whole: Told, field: str, rows: AsyncIterable[Told]) -> Response:
    """Return an answer whose list is made and written row by row.

    Args:
        whole: The answer without its rows.
        field: The name of the list.
        rows: What it holds.
    """
    pace, written = Pace(), list[str]()
    async for row in rows:
        written.append(row.model_dump_json())
        if pace.due:
            await pace.rest()
    head = whole.model_dump_json(exclude={field}).removesuffix("}")
    content = f'{head},"{field}":[{",".join(written)}]}}'
    return Response(content, media_type="application/json")
