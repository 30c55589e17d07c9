"""GET /v1/openapi.json: the public API as a document, made from the tables that the code itself obeys."""

from __future__ import annotations

import msgspec
from starlette.types import Receive, Scope, Send

import grok2api
from grok2api.api.context import send_json
from grok2api.api.v1.openapi.conversations import conversation_paths, model_paths, response_paths
from grok2api.api.v1.openapi.files import file_paths
from grok2api.api.v1.openapi.media import media_paths
from grok2api.api.v1.openapi.shapes import Shapes


class OpenApiDocument:
    """GET /v1/openapi.json."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the document."""
        await send_json(send, 200, openapi_document())


def openapi_document() -> bytes:
    """Return the document as JSON text."""
    shapes = Shapes()
    paths = {
        **conversation_paths(shapes),
        **response_paths(shapes),
        **media_paths(shapes),
        **file_paths(shapes),
        **model_paths(shapes),
    }
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "grok2api", "version": grok2api.__version__, "license": {"name": "MIT"}},
            "servers": [{"url": "/"}],
            "security": [{"bearer": []}, {"header": []}],
            "paths": paths,
            "components": {
                "schemas": shapes.components,
                "securitySchemes": {
                    "bearer": {"type": "http", "scheme": "bearer"},
                    "header": {"type": "apiKey", "in": "header", "name": "x-api-key"},
                },
            },
        }
    )
