"""Cross-origin headers: none unless an operator names origins, and never with credentials.

Must never be asked about /admin: the console is same-origin only.
Source: https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from __future__ import annotations

from grok2api.api.context import RequestContext
from grok2api.config.live import Live

Headers = list[tuple[bytes, bytes]]

_METHODS = b"GET, POST, DELETE, OPTIONS"
_EXPOSED = b"x-request-id, request-id, retry-after"
_DEFAULT_ALLOWED = b"authorization, content-type, x-api-key"
_TWO_HOURS = b"7200"


class CorsPolicy:
    """Decides per request, from the settings in force."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def __call__(self, context: RequestContext) -> Headers:
        """Return the headers to add; empty for an origin that is not allowed."""
        allowed = self._live.current.cors.allow_origins
        if not allowed:
            return []
        origin = context.headers.get(b"origin", b"")
        if "*" in allowed:
            headers: Headers = [(b"access-control-allow-origin", b"*")]
        elif origin and origin.decode("latin-1") in allowed:
            headers = [(b"access-control-allow-origin", origin), (b"vary", b"origin")]
        else:
            return [(b"vary", b"origin")]
        asked = context.headers.get(b"access-control-request-headers", b"")
        return [
            *headers,
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", asked[:2000] or _DEFAULT_ALLOWED),
            (b"access-control-expose-headers", _EXPOSED),
            (b"access-control-max-age", _TWO_HOURS),
        ]
