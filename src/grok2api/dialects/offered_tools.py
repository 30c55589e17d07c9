"""What holds for the tools of a request whatever their kind, and whoever runs them.

Must never cut a list of tools short: the model would miss what its client counts on.
Source: xai-api.md §8 row 15.
"""

from __future__ import annotations

from typing import Final

from grok2api.errors import InvalidRequest

MOST_TOOLS: Final = 350
"""What xAI takes in one request."""


def check_number(tools: int, param: str) -> None:
    """Refuse more tools than xAI takes.

    Raises:
        InvalidRequest: there are too many; `param` is where.
    """
    if tools > MOST_TOOLS:
        raise InvalidRequest(f"At most {MOST_TOOLS} tools are possible; {tools} were sent.", param=param)
