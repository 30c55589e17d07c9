"""The document of the public API knows every route, and no other."""

from __future__ import annotations

import json
import re
from unittest.mock import Mock

from grok2api.api.v1.openapi.document import openapi_document
from grok2api.server.routes import routes

UNDESCRIBED = {("/v1/openapi.json", "get")}
"""The document itself."""
BY_SOCKET = {("/v1/responses", "get")}


def test_the_document_describes_every_route_and_no_other() -> None:
    served = {
        (re.sub(r":path\}", "}", route.path), method.lower())
        for route in routes(Mock())
        for method in route.methods or ()
        if route.path.startswith("/v1/") and method != "HEAD"
    }
    paths = json.loads(openapi_document())["paths"]
    described = {(path, method) for path, item in paths.items() for method in item}
    assert described == (served - UNDESCRIBED) | BY_SOCKET
