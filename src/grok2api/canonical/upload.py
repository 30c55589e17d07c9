"""A body that is too large to be held: what a multipart request carries, as chunks that can be had again.

Must never know where its bytes lie; a retry asks for them anew.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol


class Upload(Protocol):
    """A body of known length."""

    @property
    def content_type(self) -> str:
        """Return the body's own content type, its boundary included."""
        ...

    @property
    def length(self) -> int:
        """Return its length in bytes."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body from its beginning, as often as it is asked for."""
        ...
