"""What the dialects that write a body of their own do alike with it.

Must never keep what was read of a request that is large: it would be held twice while it is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from grok2api.errors import InvalidRequest

MOST_KEPT_BYTES: Final = 1 << 20
"""A longer body (pictures) is read again by each attempt."""


def encoded(body: Mapping[str, object]) -> bytes:
    """Return a body as JSON text.

    Raises:
        InvalidRequest: it is nested too deeply.
    """
    try:
        return msgspec.json.encode(body)
    except RecursionError:
        raise InvalidRequest("The request body is nested too deeply.", code="invalid_json") from None
