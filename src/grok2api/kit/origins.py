"""Which host a browser says that a page is from.

An `Origin` is whatever somebody sent: one that is none in form is nobody's, and must never raise.
Source: RFC 6454 §7.
"""

from __future__ import annotations

from urllib.parse import urlsplit


def origin_host(origin: str) -> str:
    """Return host and port of an `Origin`, in lower case; empty if it names none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
