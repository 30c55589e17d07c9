"""GET /v1/models and /v1/models/{id}: what this key may use now."""

from __future__ import annotations

import msgspec
from starlette.types import Receive, Scope, Send

from grok2api.api.auth import caller_of
from grok2api.api.context import send_json
from grok2api.gateway.models import Models


class ModelInfo(msgspec.Struct, frozen=True):
    """One model, as OpenAI lists it."""

    id: str
    object: str
    created: int
    owned_by: str


class ModelList(msgspec.Struct, frozen=True):
    """All models."""

    object: str
    data: list[ModelInfo]


class ListModels:
    """GET /v1/models."""

    def __init__(self, models: Models) -> None:
        self._models = models

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the list."""
        rows = [
            ModelInfo(name, "model", created, "xai")
            for name, created in self._models.listed(caller_of(scope))
        ]
        await send_json(send, 200, msgspec.json.encode(ModelList("list", rows)))


class RetrieveModel:
    """GET /v1/models/{id}; ids with `/` or `:` work."""

    def __init__(self, models: Models) -> None:
        self._models = models

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with one model.

        Raises:
            ModelNotFound: the key may not use it, or there is none.
        """
        name, created = self._models.found(caller_of(scope), scope["path_params"]["model"])
        await send_json(send, 200, msgspec.json.encode(ModelInfo(name, "model", created, "xai")))
