"""Everything that a page of the admin API can be asked, asked in the words of somebody who means harm."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from support.operator import Operator
from support.processes import request

TEXTS = (
    "' OR '1'='1' --",
    '"; DROP TABLE credentials; --',
    "%",
    "_",
    "\\",
    "\u0000",
    "1); SELECT 1 --",
    "a" * 4000,
)


def answers_to(owner: Operator, document: dict[str, Any]) -> dict[str, int]:
    """Return what each query of each page was answered, by its address.

    Args:
        document: Describes the API; of a stream of events nothing is asked.
    """
    told: dict[str, int] = {}
    for path, methods in document["paths"].items():
        if "get" not in methods or path.endswith("/events"):
            continue
        names = [each["name"] for each in methods["get"].get("parameters", []) if each["in"] == "query"]
        filled = path.replace("{", "").replace("}", "")
        for name in names:
            text = TEXTS[len(told) % len(TEXTS)]
            url = f"{owner.base}{filled}?{name}={quote(text, safe='')}"
            told[url] = request("GET", url, headers=owner.headers)[0]
    return told
