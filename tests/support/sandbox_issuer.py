"""The sandbox's sign-in service, as a drill steers it from outside."""

from __future__ import annotations

import urllib.request
from typing import Any, cast

import msgspec


class Issuer:
    """The sandbox's sign-in service, as a drill steers it."""

    def __init__(self, base_url: str) -> None:
        self.url = base_url.removesuffix("/v1")

    def post(self, path: str, **fields: object) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310  our own server
            f"{self.url}/sandbox/oauth{path}",
            data=msgspec.json.encode(fields),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310
            return cast(dict[str, Any], msgspec.json.decode(reply.read()))
