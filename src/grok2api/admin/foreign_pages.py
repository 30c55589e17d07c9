"""Whether another site's page is behind a request: what a browser says of it, and what that allows.

A cookie alone does not allow a change: the request has to come from this server's own pages, or carry a
header that no foreign page can set; and no foreign page can sign somebody in. Source: OWASP's sheet on CSRF.
Must never look at who asks: that is the gate's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.kit.origins import origin_host

if TYPE_CHECKING:
    from collections.abc import Mapping

HARMLESS: Final = frozenset({"GET", "HEAD"})
"""Methods that change nothing."""
_OWN_SITES: Final = frozenset({"same-origin", "none"})


def may_sign_in(headers: Mapping[str, str], app_url: str) -> bool:
    """Tell whether somebody may be signed in by a request: not by a foreign page, perhaps as somebody else.

    Args:
        headers: Of the request; names in lower case.
        app_url: Where browsers reach this server, if the settings say so.
    """
    told = "sec-fetch-site" in headers or "origin" in headers
    return not told or _is_ours(headers, app_url)


def may_use_cookie(method: str, headers: Mapping[str, str], app_url: str) -> bool:
    """Tell whether a request with a session's cookie counts.

    Args:
        method: Of the request.
        headers: As for `may_sign_in`.
        app_url: Likewise.
    """
    if method not in HARMLESS:
        return _is_ours(headers, app_url)
    if (site := headers.get("sec-fetch-site")) is not None:
        return site in _OWN_SITES
    return "origin" not in headers or _is_ours(headers, app_url)


def _is_ours(headers: Mapping[str, str], app_url: str) -> bool:
    """Tell whether a browser says that our own page asks."""
    if (site := headers.get("sec-fetch-site")) is not None:
        return site == "same-origin"
    if "x-requested-with" in headers:
        return True
    own = {headers.get("host", "").lower(), origin_host(app_url)} - {""}
    return origin_host(headers.get("origin", "")) in own
