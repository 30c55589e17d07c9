"""GET /v1/models and /v1/models/{id}: what this key may use now, in OpenAI's shape or in Anthropic's.

The two APIs share the path; Anthropic's clients are known by a header that they always send.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.types import Receive, Scope, Send

from grok2api.api.auth import caller_of
from grok2api.api.context import context_of, send_json
from grok2api.api.errors import speaks_anthropic
from grok2api.config.live import Live
from grok2api.gateway.models import Models


class ModelInfo(msgspec.Struct, frozen=True):
    """One model, as OpenAI lists it."""

    id: str
    object: str
    created: Annotated[int, Meta(description="Unix time.")]
    owned_by: str


class ModelList(msgspec.Struct, frozen=True):
    """All models."""

    object: str
    data: list[ModelInfo]


class AnthropicModel(msgspec.Struct, frozen=True, tag_field="type", tag="model"):
    """One model, as Anthropic lists it."""

    id: str
    display_name: str
    created_at: str
    """RFC 3339."""
    lifecycle: str = "active"


class AnthropicModelList(msgspec.Struct, frozen=True):
    """All models, on one page."""

    data: list[AnthropicModel]
    has_more: bool
    first_id: str | None
    last_id: str | None


class ListModels:
    """GET /v1/models."""

    def __init__(self, models: Models) -> None:
        self._models = models

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the list."""
        listed = self._models.listed(caller_of(scope))
        if not _for_anthropic(scope):
            rows = [_openai(name, created) for name, created in listed]
            await send_json(send, 200, msgspec.json.encode(ModelList("list", rows)))
            return
        ids = [name for name, _ in listed]
        page = AnthropicModelList(
            [_anthropic(name, created) for name, created in listed],
            has_more=False,
            first_id=ids[0] if ids else None,
            last_id=ids[-1] if ids else None,
        )
        await send_json(send, 200, msgspec.json.encode(page))


class RetrieveModel:
    """GET /v1/models/{id}; ids with `/` or `:` work."""

    def __init__(self, models: Models, live: Live) -> None:
        self._models = models
        self._live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with one model.

        Raises:
            ModelNotFound: the key may not use it, or there is none.
        """
        name, created = self._models.found(
            caller_of(scope),
            scope["path_params"]["model"],
            claude_aliases=self._live.current.routing.claude_aliases,
        )
        shape = _anthropic if _for_anthropic(scope) else _openai
        await send_json(send, 200, msgspec.json.encode(shape(name, created)))


def _for_anthropic(scope: Scope) -> bool:
    return speaks_anthropic(scope["path"], context_of(scope))


def _openai(name: str, created: int) -> ModelInfo:
    return ModelInfo(name, "model", created, "xai")


def _anthropic(name: str, created: int) -> AnthropicModel:
    made = datetime.fromtimestamp(created, UTC).isoformat().replace("+00:00", "Z")
    return AnthropicModel(name, display_name=name, created_at=made)
