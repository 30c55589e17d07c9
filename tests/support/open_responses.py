"""The Open Responses document as a judge of what the gateway sends; `OPEN_RESPONSES_SCHEMA` is its path.

The document is stricter than the field in four places, and is asked only about what it knows: hosted tools
and their items, the tool choices that name them, events of such items, and the JSON schema of a text format,
which it allows as null only. Extra keys are allowed by it and by us.
"""

from __future__ import annotations

import importlib
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

SCHEMA = os.environ.get("OPEN_RESPONSES_SCHEMA", "")
needs_schema = pytest.mark.skipif(
    not SCHEMA, reason="OPEN_RESPONSES_SCHEMA is not set: the Open Responses document judges nothing"
)

Json = dict[str, Any]


_WITHOUT_STATUS = frozenset({"mcp_list_tools", "mcp_approval_request"})


def check_response(response: Json) -> None:
    """Check a response object."""
    _check("ResponseResource", _known_response(response))


def check_event(event: Json) -> None:
    """Check one event of a stream."""
    name = _events().get(event["type"])
    if name is None:
        assert event["type"].startswith(_hosted_events()), event["type"]
        assert isinstance(event["sequence_number"], int)
        assert isinstance(event["output_index"], int)
        assert isinstance(event["item_id"], str)
        return
    known = event
    if "response" in event:
        known = event | {"response": _known_response(event["response"])}
    if "item" in event and not is_known_item(event["item"]):
        _check_hosted_item(event["item"])
        known = event | {"item": None}
    _check(name, known)


def check_item(item: Json) -> None:
    """Check one item, of an answer or of a list of input items."""
    if is_known_item(item):
        _check("ItemField", item)
    else:
        _check_hosted_item(item)


def is_known_item(item: Json) -> bool:
    """Tell whether the document describes items of this type."""
    return item["type"] in _types_of("ItemField")


def _known_response(response: Json) -> Json:
    known = dict(response)
    for item in response["output"]:
        if not is_known_item(item):
            _check_hosted_item(item)
    known["output"] = [item for item in response["output"] if is_known_item(item)]
    known["tools"] = [tool for tool in response["tools"] if tool["type"] in _types_of("Tool")]
    choice = response["tool_choice"]
    if isinstance(choice, dict) and not _is_known_choice(choice):
        known["tool_choice"] = "required"
    if response["text"]["format"]["type"] == "json_schema":
        known["text"] = response["text"] | {"format": response["text"]["format"] | {"schema": None}}
    return known


def _is_known_choice(choice: Json) -> bool:
    chosen = choice["tools"] if choice["type"] == "allowed_tools" else [choice]
    return all(tool["type"] == "function" for tool in chosen)


def _check_hosted_item(item: Json) -> None:
    """Check what every item has in common: the document describes no hosted tools."""
    assert isinstance(item["id"], str)
    if item["type"] in _WITHOUT_STATUS:
        return
    assert item["type"].endswith(("_call", "_call_output")), item
    assert item["status"] in {"in_progress", "searching", "completed", "incomplete", "failed"}, item


def _hosted_events() -> tuple[str, ...]:
    kinds = (
        "web_search_call.",
        "file_search_call.",
        "code_interpreter_call",
        "custom_tool_call_input.",
        "image_generation_call.",
        "mcp_call",
        "mcp_list_tools.",
    )
    return tuple(f"response.{kind}" for kind in kinds)


def _check(name: str, value: Any) -> None:
    error = _best_error(name, value)
    assert error is None, f"{name}{error.json_path.removeprefix('$')}: {error.message[:600]}"


def _best_error(name: str, value: Any) -> Any:
    errors = _validator(name).iter_errors(value)
    return importlib.import_module("jsonschema.exceptions").best_match(errors)


@cache
def _document() -> Json:
    document: Json = json.loads(Path(SCHEMA).read_bytes())
    return document


@cache
def _validator(name: str) -> Any:
    jsonschema = importlib.import_module("jsonschema")
    return jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{name}", **_document()})


@cache
def _events() -> dict[str, str]:
    """Return the schema's name for each type of event."""
    return {
        schema["properties"]["type"]["enum"][0]: name
        for name, schema in _document()["components"]["schemas"].items()
        if name.endswith("StreamingEvent")
    }


@cache
def _types_of(union: str) -> frozenset[str]:
    """Return the types that a union of the document describes."""
    schemas = _document()["components"]["schemas"]
    names = [each["$ref"].rpartition("/")[2] for each in schemas[union]["oneOf"]]
    return frozenset(schemas[name]["properties"]["type"]["enum"][0] for name in names)
