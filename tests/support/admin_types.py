"""The admin API's shapes as TypeScript, for the console: written from its own OpenAPI document.

`make types` writes them; a test of the house tells when they are not those of the document any more.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import aiohttp

from support.admin_client import Browser
from support.admin_server import AdminServer

TYPES: Final = Path(__file__).resolve().parents[2] / "ui" / "src" / "api" / "schema.d.ts"
_HEADER: Final = "// Written by `make types` from the admin API's OpenAPI document; changes here are lost.\n"
_PLAIN: Final = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}
_NAME: Final = re.compile(r"[A-Za-z_$][\w$]*")

Schema = Mapping[str, Any]


def admin_document() -> Schema:
    """Return the OpenAPI document of the admin API, as a server gives it."""

    async def told() -> Schema:
        async with AdminServer.running() as server, aiohttp.ClientSession() as http:
            browser = Browser(server.base, http)
            await browser.sign_in()
            document: Schema = (await browser.get("/openapi.json")).json
            return document

    return asyncio.run(told())


def typescript(document: Schema) -> str:
    """Return the shapes of a document by name as TypeScript, and the list of its paths."""
    shapes: Schema = document["components"]["schemas"]
    parts = [_declared(name, shapes[name]) for name in sorted(shapes)]
    paths = "".join(f"\n  | {_quoted(path)}" for path in sorted(document["paths"]))
    return "\n".join([_HEADER, *parts, f"export type Path ={paths};\n"])


def _declared(name: str, schema: Schema) -> str:
    told = _comment(schema, "")
    if schema.get("type") == "object" and "properties" in schema:
        return f"{told}export interface {name} {_object(schema, '')}\n"
    return f"{told}export type {name} = {_type(schema, '')};\n"


def _object(schema: Schema, indent: str) -> str:
    needed, inner = set(schema.get("required", ())), indent + "  "
    rows = []
    for name, each in schema["properties"].items():
        mark = "" if name in needed else "?"
        rows.append(f"{_comment(each, inner)}{inner}{_property(name)}{mark}: {_type(each, inner)};\n")
    return "{\n" + "".join(rows) + indent + "}"


def _type(schema: Schema, indent: str) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return _literal(schema["const"])
    if "enum" in schema:
        return " | ".join(_literal(each) for each in schema["enum"])
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            joined = " & " if several == "allOf" else " | "
            return joined.join(dict.fromkeys(_type(each, indent) for each in schema[several]))
    return _composed(schema, indent)


def _composed(schema: Schema, indent: str) -> str:
    kind = schema.get("type")
    if kind == "array":
        if "prefixItems" in schema:
            return "[" + ", ".join(_type(each, indent) for each in schema["prefixItems"]) + "]"
        inner = _type(schema.get("items", {}), indent)
        return f"({inner})[]" if " " in inner else f"{inner}[]"
    if kind == "object":
        if "properties" in schema:
            return _object(schema, indent)
        values = schema.get("additionalProperties", True)
        return f"Record<string, {_type(values, indent) if isinstance(values, Mapping) else 'unknown'}>"
    return _PLAIN.get(str(kind), "unknown")


def _comment(schema: Schema, indent: str) -> str:
    text = " ".join(str(schema.get("description", "")).split()).replace("*/", "* /")
    return f"{indent}/** {text} */\n" if text else ""


def _property(name: str) -> str:
    return name if _NAME.fullmatch(name) else _quoted(name)


def _literal(value: object) -> str:
    return _quoted(value) if isinstance(value, str) else str(value).lower()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


if __name__ == "__main__":
    TYPES.write_text(typescript(admin_document()), encoding="utf-8")
