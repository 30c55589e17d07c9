"""What the operations of the document are made of: schemas, parameters, answers and errors.

A field's schema is the msgspec type that validates it, and its description says what becomes of it, so the
document cannot promise what the code does not do.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from grok2api.dialects.fields import FieldTable, Policy

Schema = dict[str, Any]

_REFERENCE: Final = "#/components/schemas/{name}"
SAYS: Final = {
    Policy.PASSED: "Sent to Grok as it is.",
    Policy.TRANSLATED: "Sent to Grok in its own words.",
    Policy.LOCAL: "Done by the gateway.",
    Policy.IGNORED: "Accepted; means nothing for the answer.",
    Policy.DROPPED: "Grok lacks it: left out and named in `x-grok2api-dropped-params`.",
    Policy.REFUSED: "Refused with 400 `unsupported_parameter`.",
}


class ErrorDetail(msgspec.Struct, frozen=True):
    """What went wrong, for people and for programs."""

    message: str
    type: Annotated[str, Meta(description="The family of the error, in OpenAI's words.")]
    param: Annotated[str | None, Meta(description="The field at fault; null if there is none.")]
    code: Annotated[
        str | None, Meta(description="For programs; it stays the same whatever the message says.")
    ]


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


def _error(name: str) -> Schema:
    schema = {"$ref": _REFERENCE.format(name=name)}
    return {"description": "An error", "content": {"application/json": {"schema": schema}}}


ERROR: Final = _error("ErrorEnvelope")
ANTHROPIC_ERROR: Final = _error("AnthropicErrorEnvelope")
BINARY: Final[Schema] = {"schema": {"type": "string", "format": "binary"}}
TEXT: Final[Schema] = {"schema": {"type": "string"}}
PAGE: Final[list[Schema]] = [
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
    {"name": "order", "in": "query", "schema": {"type": "string", "enum": ["asc", "desc"]}},
    {
        "name": "after",
        "in": "query",
        "description": "Begin after the one of this id.",
        "schema": {"type": "string"},
    },
]


def path_parameter(name: str) -> list[Schema]:
    """Return the parameter that stands in the path."""
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}}]


def answers(schema: Schema, *, stream: bool = False, error: Schema = ERROR) -> Schema:
    """Return the answers of an operation: the good one, and all others."""
    content: Schema = {"application/json": {"schema": schema}}
    if stream:
        content["text/event-stream"] = TEXT
    return {"200": {"description": "The answer", "content": content}, "default": error}


def stored_operation(
    name: str,
    summary: str,
    more: list[Schema] | None = None,
    *,
    stream: bool = False,
    path: str = "response_id",
) -> Schema:
    """Return an operation on something that is kept, whose answer the dialect decides."""
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [*path_parameter(path), *(more or [])],
        "responses": answers({"type": "object"}, stream=stream),
    }


class Shapes:
    """Makes operations whose bodies and answers have a type, and gathers the schemas that they name."""

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}
        for envelope in (ErrorEnvelope, AnthropicErrorEnvelope):
            self.schema(envelope)

    def schema(self, kind: object) -> Schema:
        """Return the schema of a type; what it names comes among the components."""
        if kind is object:
            return {}
        (schema,), more = msgspec.json.schema_components((kind,), ref_template=_REFERENCE)
        self.components.update(more)
        return schema

    def body(self, table: FieldTable, *, form: bool = False) -> Schema:
        """Return the schema of a body; in a form nothing can be null."""
        properties: dict[str, Schema] = {}
        for row in table.rows:
            described = {"description": f"{SAYS[row.policy]} {row.note}".strip()}
            schema = self.schema(row.type)
            properties[row.name] = (schema if form else {"anyOf": [schema, {"type": "null"}]}) | described
        return {
            "type": "object",
            "properties": properties,
            "required": [row.name for row in table.rows if row.required],
            "additionalProperties": True,
        }

    def turn(
        self, name: str, summary: str, table: FieldTable, *, stream: bool = True, error: Schema = ERROR
    ) -> Schema:
        """Return the operation of a turn, its body made from the table's rows."""
        return {
            "operationId": name,
            "summary": summary,
            "requestBody": {"required": True, "content": {"application/json": {"schema": self.body(table)}}},
            "responses": answers({"type": "object"}, stream=stream, error=error),
        }

    def upload(self, name: str, summary: str, table: FieldTable, *, needed: list[str]) -> Schema:
        """Return the operation that takes a file in a form."""
        body = self.body(table, form=True)
        body["properties"]["file"] = BINARY["schema"]
        body["required"] += needed
        return {
            "operationId": name,
            "summary": summary,
            "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": body}}},
            "responses": answers({"type": "object"}),
        }

    def found(self, name: str, summary: str, kind: object, parameters: list[Schema] | None = None) -> Schema:
        """Return the operation that gives an object of a type."""
        return {
            "operationId": name,
            "summary": summary,
            "parameters": parameters or [],
            "responses": answers(self.schema(kind)),
        }
