"""Cross-origin headers: none unless an operator names origins, and never with credentials.

Must never be asked about /admin: the console is same-origin only.
Source: https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from __future__ import annotations

import re

from grok2api.api.context import RequestContext
from grok2api.config.live import Live
from grok2api.kit.origins import origin_host

_LOOPBACK = re.compile(r"(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?\Z")
Headers = list[tuple[bytes, bytes]]

_METHODS = b"GET, POST, DELETE, OPTIONS"
_EXPOSED = ", ".join(
    (
        *("x-request-id", "request-id", "retry-after", "x-should-retry", "openai-processing-ms"),
        *("server-timing", "content-disposition", "content-range"),
        *("x-grok2api-dropped-params", "x-grok2api-upstream-model", "x-grok2api-token-count"),
        *("x-grok2api-rescued", "x-grok2api-sandbox"),
        *(f"x-grok2api-images-{each}" for each in ("blocked", "inline", "lost")),
        *(f"x-ratelimit-{each}-requests" for each in ("limit", "remaining", "reset")),
        *(f"x-ratelimit-{each}-tokens" for each in ("limit", "remaining", "reset")),
    )
).encode()
"""What answers tell in headers: a page that may not read them would not know that something was dropped."""
_DEFAULT_ALLOWED = b"authorization, content-type, x-api-key"
_TWO_HOURS = b"7200"


class CorsPolicy:
    """Decides per request, from the settings in force.

    Args:
        live: The settings.
    """

    def __init__(self, live: Live) -> None:
        self._live = live

    def admits_socket(self, context: RequestContext) -> bool:
        """Whether a WebSocket may be opened: by programs, by our own host's pages, and by origins named.

        Browsers open sockets to any host and ask nobody, so the origin has to be looked at here. A name that
        an attacker points at this machine is its own page's host; it is not believed where no key is asked.
        """
        origin = context.header(b"origin")
        settings = self._live.current
        allowed = settings.cors.allow_origins
        if not origin or "*" in allowed or origin in allowed:
            return True
        host = origin_host(origin)
        own = bool(host) and host == context.header(b"host").lower()
        return own and (settings.app.auth != "none" or _is_this_machine(host))

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


def _is_this_machine(host: str) -> bool:
    return _LOOPBACK.match(host) is not None
