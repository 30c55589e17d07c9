"""GET /v1/openapi.json: the public API as a document, made from the tables that the code itself obeys.

A field's schema is the msgspec type that validates it, and its description says what becomes of it, so the
document cannot promise what the code does not do.
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send

import grok2api
from grok2api.api.context import send_json
from grok2api.api.v1.models import ModelInfo, ModelList
from grok2api.dialects.audio.fields import SPEECH_FIELDS, TRANSCRIPTION_FIELDS
from grok2api.dialects.audio.native import STT_FIELDS, TTS_FIELDS
from grok2api.dialects.chat.fields import CHAT_FIELDS
from grok2api.dialects.fields import FieldTable, Policy
from grok2api.dialects.files.fields import FILES_FIELDS
from grok2api.dialects.files.listing import LONGEST_PAGE
from grok2api.dialects.files.objects import FileDeleted, FileList, FileObject
from grok2api.dialects.images.fields import EDIT_FIELDS as IMAGE_EDIT_FIELDS
from grok2api.dialects.images.fields import GENERATION_FIELDS as IMAGE_FIELDS
from grok2api.dialects.messages.fields import MESSAGES_FIELDS
from grok2api.dialects.responses.compact_fields import COMPACT_FIELDS
from grok2api.dialects.responses.count_fields import INPUT_TOKENS_FIELDS
from grok2api.dialects.responses.fields import RESPONSES_FIELDS
from grok2api.dialects.videos.fields import (
    EDIT_FIELDS,
    EXTENSION_FIELDS,
    GENERATION_FIELDS,
    REMIX_FIELDS,
    VIDEO_FIELDS,
)

_REFERENCE = "#/components/schemas/{name}"
_SAYS = {
    Policy.PASSED: "Sent to Grok as it is.",
    Policy.TRANSLATED: "Sent to Grok in its own words.",
    Policy.LOCAL: "Done by the gateway.",
    Policy.IGNORED: "Accepted; means nothing for the answer.",
    Policy.DROPPED: "Grok lacks it: left out and named in `x-grok2api-dropped-params`.",
    Policy.REFUSED: "Refused with 400 `unsupported_parameter`.",
}

Schema = dict[str, Any]


class ErrorDetail(msgspec.Struct, frozen=True):
    """What went wrong, for people and for programs."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorEnvelope(msgspec.Struct, frozen=True):
    """The body of every error."""

    error: ErrorDetail


class AnthropicErrorDetail(msgspec.Struct, frozen=True):
    """What went wrong, in Anthropic's words."""

    type: str
    message: str


class AnthropicErrorEnvelope(msgspec.Struct, frozen=True, tag_field="type", tag="error"):
    """The body of every error of the Messages API."""

    error: AnthropicErrorDetail
    request_id: str


class OpenApiDocument:
    """GET /v1/openapi.json."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the document."""
        await send_json(send, 200, openapi_document())


def openapi_document() -> bytes:
    """Return the document as JSON text."""
    components: dict[str, Schema] = {}
    paths = {
        "/v1/chat/completions": {"post": _turn("createChatCompletion", CHAT_FIELDS, components)},
        "/v1/messages": {"post": _turn("createMessage", MESSAGES_FIELDS, components, error=_ANTHROPIC_ERROR)},
        "/v1/messages/count_tokens": {
            "post": _turn(
                "countMessageTokens", MESSAGES_FIELDS, components, stream=False, error=_ANTHROPIC_ERROR
            )
        },
        "/v1/responses": {
            "post": _turn("createResponse", RESPONSES_FIELDS, components),
            "get": _SOCKET,
        },
        "/v1/responses/compact": {"post": _turn("compactResponse", COMPACT_FIELDS, components, stream=False)},
        "/v1/responses/input_tokens": {
            "post": _turn("countInputTokens", INPUT_TOKENS_FIELDS, components, stream=False)
        },
        "/v1/responses/{response_id}": {
            "get": _stored(
                "retrieveResponse", "Return a stored response, or its events.", _RESUME, stream=True
            ),
            "delete": _stored("deleteResponse", "Delete a stored response."),
        },
        "/v1/responses/{response_id}/input_items": {
            "get": _stored("listInputItems", "List what a stored response was made from.", _PAGE)
        },
        "/v1/responses/{response_id}/cancel": {
            "post": _stored("cancelResponse", "Cancel a background response.")
        },
        "/v1/media/{media_id}": {"get": _MEDIA},
        **_images(components),
        **_sound(components),
        **_files(components),
        "/v1/models": {"get": _get("listModels", "List the models of this key.", ModelList, components)},
        "/v1/models/{model}": {
            "get": _get("retrieveModel", "Return one model.", ModelInfo, components, _path("model"))
        },
        **_video_paths(components),
    }
    _schema(ErrorEnvelope, components)
    _schema(AnthropicErrorEnvelope, components)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "grok2api", "version": grok2api.__version__, "license": {"name": "MIT"}},
            "servers": [{"url": "/"}],
            "security": [{"bearer": []}, {"header": []}],
            "paths": paths,
            "components": {
                "schemas": components,
                "securitySchemes": {
                    "bearer": {"type": "http", "scheme": "bearer"},
                    "header": {"type": "apiKey", "in": "header", "name": "x-api-key"},
                },
            },
        }
    )


def _schema(kind: object, components: dict[str, Schema]) -> Schema:
    if kind is object:
        return {}
    (schema,), more = msgspec.json.schema_components((kind,), ref_template=_REFERENCE)
    components.update(more)
    return schema


def _path(name: str) -> list[Schema]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}}]


_PAGE: list[Schema] = [
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
    {"name": "order", "in": "query", "schema": {"type": "string", "enum": ["asc", "desc"]}},
    {"name": "after", "in": "query", "schema": {"type": "string"}},
]

_RESUME: list[Schema] = [
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


def _error(name: str) -> Schema:
    schema = {"$ref": _REFERENCE.format(name=name)}
    return {"description": "An error", "content": {"application/json": {"schema": schema}}}


_ERROR: Schema = _error("ErrorEnvelope")
_ANTHROPIC_ERROR: Schema = _error("AnthropicErrorEnvelope")

_SOCKET: Schema = {
    "operationId": "connectResponses",
    "summary": "Open a WebSocket for many turns.",
    "description": (
        'With `Upgrade: websocket`. Text frames `{"type": "response.create", ...}` hold the body of POST; '
        "the events of its stream come back, one per frame."
    ),
    "responses": {
        "101": {"description": "The connection is open"},
        "426": {**_ERROR, "description": "WebSocket is switched off: send POST"},
        "default": _ERROR,
    },
}

_BYTES: Schema = {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}

_MEDIA: Schema = {
    "operationId": "downloadMedia",
    "summary": "Return a picture, clip or sound by its link.",
    "description": "Links come with results and work without a key until they end. `Range` is served.",
    "security": [],
    "parameters": [
        *_path("media_id"),
        {"name": "expires", "in": "query", "schema": {"type": "integer"}},
        {"name": "signature", "in": "query", "schema": {"type": "string"}},
    ],
    "responses": {
        "200": {"description": "The bytes", **_BYTES},
        "206": {"description": "The part that was asked for", **_BYTES},
        "304": {"description": "The client holds them already"},
        "403": {**_ERROR, "description": "The link has ended"},
        "default": _ERROR,
    },
}


def _answers(schema: Schema, *, stream: bool = False, error: Schema = _ERROR) -> Schema:
    content: Schema = {"application/json": {"schema": schema}}
    if stream:
        content["text/event-stream"] = {"schema": {"type": "string"}}
    return {"200": {"description": "The answer", "content": content}, "default": error}


def _video_paths(components: dict[str, Schema]) -> dict[str, Schema]:
    """The paths of videos, whose bodies may be forms as well."""

    def making(name: str, table: FieldTable) -> Schema:
        made = _turn(name, table, components, stream=False)
        content = made["requestBody"]["content"]
        content["multipart/form-data"] = content["application/json"]
        return made

    def stored(name: str, summary: str) -> Schema:
        return _stored(name, summary, path="video_id")

    content = _stored("retrieveVideoContent", "Return the video itself, or a range of it.", path="video_id")
    content["responses"]["200"]["content"] = {"video/mp4": {"schema": {"type": "string", "format": "binary"}}}
    return {
        "/v1/videos": {
            "post": making("createVideo", VIDEO_FIELDS),
            "get": {
                "operationId": "listVideos",
                "summary": "List one's own videos.",
                "parameters": _PAGE,
                "responses": _answers({"type": "object"}),
            },
        },
        "/v1/videos/generations": {"post": making("generateVideo", GENERATION_FIELDS)},
        "/v1/videos/edits": {"post": making("editVideo", EDIT_FIELDS)},
        "/v1/videos/extensions": {"post": making("extendVideo", EXTENSION_FIELDS)},
        "/v1/videos/{video_id}": {
            "get": stored("retrieveVideo", "Return a video job, in the dialect of its id."),
            "delete": stored("deleteVideo", "Delete a video job and its content."),
        },
        "/v1/videos/{video_id}/content": {"get": content},
        "/v1/videos/{video_id}/remix": {
            "post": {**making("remixVideo", REMIX_FIELDS), "parameters": _path("video_id")}
        },
    }


def _turn(
    name: str,
    table: FieldTable,
    components: dict[str, Schema],
    *,
    stream: bool = True,
    error: Schema = _ERROR,
) -> Schema:
    """The operation of a turn, its body made from the table's rows."""
    body = _body(table, components)
    return {
        "operationId": name,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": _answers({"type": "object"}, stream=stream, error=error),
    }


def _images(components: dict[str, Schema]) -> dict[str, Schema]:
    """The paths of pictures."""
    edit = _turn("editImage", IMAGE_EDIT_FIELDS, components)
    form = _body(IMAGE_EDIT_FIELDS, components)
    files = {"type": "array", "items": {"type": "string", "format": "binary"}}
    form["properties"] = form["properties"] | {"image": files, "image[]": files}
    edit["requestBody"]["content"]["multipart/form-data"] = {"schema": form}
    return {
        "/v1/images/generations": {"post": _turn("createImage", IMAGE_FIELDS, components)},
        "/v1/images/edits": {"post": edit},
    }


_SOUND: Schema = {"schema": {"type": "string", "format": "binary"}}
_TEXT: Schema = {"schema": {"type": "string"}}


def _sound(components: dict[str, Schema]) -> dict[str, Schema]:
    """The paths of speech and transcripts."""
    speech = _turn("createSpeech", SPEECH_FIELDS, components)
    speech["responses"]["200"]["content"] = {"audio/*": _SOUND, "text/event-stream": _TEXT}
    tts = _turn("speak", TTS_FIELDS, components, stream=False)
    tts["responses"]["200"]["content"] |= {"audio/*": _SOUND}
    transcription = _upload("createTranscription", TRANSCRIPTION_FIELDS, components, needed=["file"])
    transcription["responses"]["200"]["content"] |= {"text/*": _TEXT, "text/event-stream": _TEXT}
    voice = _get("retrieveVoice", "Return one of xAI's voices.", object, components, _path("voice_id"))
    return {
        "/v1/audio/speech": {"post": speech},
        "/v1/audio/transcriptions": {"post": transcription},
        "/v1/audio/translations": {
            "post": {
                "operationId": "createTranslation",
                "summary": "Always refused: xAI does not translate speech.",
                "responses": {"400": _ERROR, "default": _ERROR},
            }
        },
        "/v1/tts": {"post": tts},
        "/v1/tts/voices": {"get": _get("listVoices", "List xAI's voices.", object, components)},
        "/v1/tts/voices/{voice_id}": {"get": voice},
        "/v1/stt": {"post": _upload("hear", STT_FIELDS, components, needed=[])},
    }


def _upload(name: str, table: FieldTable, components: dict[str, Schema], *, needed: list[str]) -> Schema:
    """The operation that takes a file in a form."""
    body = _body(table, components, form=True)
    body["properties"]["file"] = {"type": "string", "format": "binary"}
    body["required"] += needed
    return {
        "operationId": name,
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": body}}},
        "responses": _answers({"type": "object"}),
    }


def _body(table: FieldTable, components: dict[str, Schema], *, form: bool = False) -> Schema:
    """The schema of a body; in a form nothing can be null."""
    properties: dict[str, Schema] = {}
    for row in table.rows:
        described = {"description": f"{_SAYS[row.policy]} {row.note}".strip()}
        schema = _schema(row.type, components)
        properties[row.name] = (schema if form else {"anyOf": [schema, {"type": "null"}]}) | described
    return {
        "type": "object",
        "properties": properties,
        "required": [row.name for row in table.rows if row.required],
        "additionalProperties": True,
    }


def _files(components: dict[str, Schema]) -> dict[str, Schema]:
    """The operations of the Files API."""
    file, one = _path("file_id"), "/v1/files/{file_id}"
    form = {"multipart/form-data": {"schema": _body(FILES_FIELDS, components, form=True)}}
    content = {"description": "The file", "content": {"*/*": {"schema": {}}}}
    page: list[Schema] = [
        {
            "name": "limit",
            "in": "query",
            "schema": {"type": "integer", "minimum": 1, "maximum": LONGEST_PAGE},
        },
        *_PAGE[1:],
        {"name": "purpose", "in": "query", "schema": {"type": "string"}},
    ]
    return {
        "/v1/files": {
            "post": {
                "operationId": "createFile",
                "summary": "Keep a file at xAI.",
                "requestBody": {"required": True, "content": form},
                "responses": _answers(_schema(FileObject, components)),
            },
            "get": _get("listFiles", "List the files of this key.", FileList, components, page),
        },
        one: {
            "get": _get("retrieveFile", "Return one file.", FileObject, components, file),
            "delete": _get("deleteFile", "Delete a file.", FileDeleted, components, file),
        },
        f"{one}/content": {
            "get": {
                "operationId": "downloadFile",
                "summary": "Return the content of a file.",
                "parameters": file,
                "responses": {"200": content, "default": _ERROR},
            }
        },
    }


def _stored(
    name: str,
    summary: str,
    more: list[Schema] | None = None,
    *,
    stream: bool = False,
    path: str = "response_id",
) -> Schema:
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [*_path(path), *(more or [])],
        "responses": _answers({"type": "object"}, stream=stream),
    }


def _get(
    name: str,
    summary: str,
    kind: object,
    components: dict[str, Schema],
    parameters: list[Schema] | None = None,
) -> Schema:
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameters or [],
        "responses": _answers(_schema(kind, components)),
    }
