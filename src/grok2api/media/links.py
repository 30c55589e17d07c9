"""Links to media that work without a key: signed, and for a while.

A link says for which asset and until when, and an HMAC over both says that it was made here. Its end is
rounded, so that the same picture has the same link for a while and caches can do their work. Must never say
by which of its parts a link fails, except that a genuine one has ended.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from enum import Enum
from typing import Final

from grok2api.kit import base64url
from grok2api.kit.secretbox import KeyRing

PURPOSE: Final = "media link"
PATH: Final = "/v1/media"
_HOUR: Final = 3600.0
_STEPS: Final = 8
"""Into so many parts a link's life is cut; it begins somewhere in the first."""

_MOMENT: Final = re.compile(r"[1-9][0-9]{0,11}\Z", re.ASCII)


class LinkState(Enum):
    """What a link is worth."""

    VALID = "valid"
    ENDED = "ended"
    FALSE = "false"


class Links:
    """Makes and checks links.

    Args:
        ring: Links are signed under its current key, and believed under every one.
        hours: How long a link works at most; at least seven eighths of that.
    """

    __slots__ = ("_hours", "_keys")

    def __init__(self, ring: KeyRing, *, hours: Callable[[], float]) -> None:
        self._keys = ring.derive_all(PURPOSE)
        self._hours = hours

    def link(self, base_url: str, asset_id: str, *, now: float) -> str:
        """Return an absolute link.

        Args:
            base_url: Where clients reach this server, without `/v1` and without a slash at the end.
            asset_id: What it leads to.
            now: Wall time in seconds.
        """
        return self.link_until(base_url, asset_id, self.expiry(now))

    def link_until(self, base_url: str, asset_id: str, end: int) -> str:
        """Return a link that works until a wall time, in whole seconds, however long links usually do."""
        expires = str(end)
        signature = _signature(self._keys[0], asset_id, expires)
        return f"{base_url}{PATH}/{asset_id}?expires={expires}&signature={signature}"

    def expiry(self, now: float) -> int:
        """Return the wall time, in whole seconds, until which a link made now works."""
        life = self._hours() * _HOUR
        step = life / _STEPS
        return int((now + life) // step * step)

    def verify(self, asset_id: str, expires: str, signature: str, now: float) -> bool:
        """Tell whether a link leads there now."""
        return self.state(asset_id, expires, signature, now) is LinkState.VALID

    def state(self, asset_id: str, expires: str, signature: str, now: float) -> LinkState:
        """Return what the parts of a link, as a stranger sent them, are worth. Every key is tried."""
        if _MOMENT.match(expires) is None:
            return LinkState.FALSE
        given = signature.encode("utf-8", "surrogatepass")
        genuine = False
        for key in self._keys:
            genuine |= hmac.compare_digest(_signature(key, asset_id, expires).encode(), given)
        if not genuine:
            return LinkState.FALSE
        return LinkState.VALID if now < int(expires) else LinkState.ENDED


def _signature(key: bytes, asset_id: str, expires: str) -> str:
    message = f"{asset_id}\n{expires}".encode("utf-8", "surrogatepass")
    return base64url.encode(hmac.digest(key, message, hashlib.sha256))
