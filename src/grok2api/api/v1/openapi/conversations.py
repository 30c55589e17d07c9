"""The operations of conversations (Chat Completions, Messages, Responses) and of models."""

from __future__ import annotations

from typing import Final

from grok2api.api.v1.models import ModelInfo, ModelList
from grok2api.api.v1.openapi.shapes import (
    ANTHROPIC_ERROR,
    ERROR,
    PAGE,
    Schema,
    Shapes,
    path_parameter,
    stored_operation,
)
from grok2api.dialects.chat.fields import CHAT_FIELDS
from grok2api.dialects.messages.fields import MESSAGES_FIELDS
from grok2api.dialects.responses.compact_fields import COMPACT_FIELDS
from grok2api.dialects.responses.count_fields import INPUT_TOKENS_FIELDS
from grok2api.dialects.responses.fields import RESPONSES_FIELDS

_RESUME: Final[list[Schema]] = [
    {
        "name": "stream",
        "in": "query",
        "description": "Send the events that lead to the response instead.",
        "schema": {"type": "boolean"},
    },
    {
        "name": "starting_after",
        "in": "query",
        "description": "Of a background response: begin after the event of this number.",
        "schema": {"type": "integer", "minimum": 0},
    },
]
_SOCKET: Final[Schema] = {
    "operationId": "connectResponses",
    "summary": "Open a WebSocket for many turns.",
    "description": (
        'With `Upgrade: websocket`. Text frames `{"type": "response.create", ...}` hold the body of POST; '
        "the events of its stream come back, one per frame."
    ),
    "responses": {
        "101": {"description": "The connection is open"},
        "426": {**ERROR, "description": "WebSocket is switched off: send POST"},
        "default": ERROR,
    },
}


def conversation_paths(shapes: Shapes) -> dict[str, Schema]:
    """Return the paths of Chat Completions and Messages."""
    return {
        "/v1/chat/completions": {
            "post": shapes.turn("createChatCompletion", "Continue a chat.", CHAT_FIELDS)
        },
        "/v1/messages": {
            "post": shapes.turn("createMessage", "Answer a message.", MESSAGES_FIELDS, error=ANTHROPIC_ERROR)
        },
        "/v1/messages/count_tokens": {
            "post": shapes.turn(
                "countMessageTokens",
                "Count the tokens of a message.",
                MESSAGES_FIELDS,
                stream=False,
                error=ANTHROPIC_ERROR,
            )
        },
    }


def response_paths(shapes: Shapes) -> dict[str, Schema]:
    """Return the paths of Responses."""
    return {
        "/v1/responses": {
            "post": shapes.turn("createResponse", "Create a response.", RESPONSES_FIELDS),
            "get": _SOCKET,
        },
        "/v1/responses/compact": {
            "post": shapes.turn("compactResponse", "Compact a conversation.", COMPACT_FIELDS, stream=False)
        },
        "/v1/responses/input_tokens": {
            "post": shapes.turn(
                "countInputTokens", "Count the tokens of an input.", INPUT_TOKENS_FIELDS, stream=False
            )
        },
        "/v1/responses/{response_id}": {
            "get": stored_operation(
                "retrieveResponse", "Return a stored response, or its events.", _RESUME, stream=True
            ),
            "delete": stored_operation("deleteResponse", "Delete a stored response."),
        },
        "/v1/responses/{response_id}/input_items": {
            "get": stored_operation("listInputItems", "List what a stored response was made from.", PAGE)
        },
        "/v1/responses/{response_id}/cancel": {
            "post": stored_operation("cancelResponse", "Cancel a background response.")
        },
    }


def model_paths(shapes: Shapes) -> dict[str, Schema]:
    """Return the paths of models."""
    return {
        "/v1/models": {"get": shapes.found("listModels", "List the models of this key.", ModelList)},
        "/v1/models/{model}": {
            "get": shapes.found("retrieveModel", "Return one model.", ModelInfo, path_parameter("model"))
        },
    }
