"""The table of sizes on the pages about pictures, made from the list that the gateway itself obeys.

It stands between two marks; everything else on the pages is written by hand. Must never be needed by a
request.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from grok2api.dialects.images.sizes import RATIOS, sizes

DOCUMENTS: Final = ("docs/images.md", "docs/images.zh-CN.md")
_BEGIN: Final = "<!-- sizes: generated -->"
_END: Final = "<!-- /sizes -->"


def with_sizes(page: str) -> str:
    """Return a page with the table as it is now.

    Raises:
        ValueError: the page has no marks.
    """
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"there must be {_BEGIN} and {_END} on the page")
    return "\n".join((before + begin, "", *_lines(), "", end + after))


def write_documents(root: Path) -> None:
    """Bring both pages below the root of a checkout up to date."""
    for document in DOCUMENTS:
        page = root / document
        page.write_text(with_sizes(page.read_text(encoding="utf-8")), encoding="utf-8")


def _lines() -> Iterator[str]:
    yield "| `aspect_ratio` | `size`, `1k` | `size`, `2k` |"
    yield "| --- | --- | --- |"
    for ratio in RATIOS:
        cells = (_named(ratio, resolution) for resolution in ("1k", "2k"))
        yield f"| `{ratio}` | {' | '.join(cells)} |"


def _named(ratio: str, resolution: str) -> str:
    meant = (name for name, shape in sizes() if (shape.aspect_ratio, shape.resolution) == (ratio, resolution))
    return ", ".join(f"`{name}`" for name in meant)
