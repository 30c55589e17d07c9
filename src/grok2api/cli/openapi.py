"""`grok2api openapi`: the same document that the server gives at /v1/openapi.json, without a server."""

from __future__ import annotations

import click
import msgspec


@click.command(short_help="Print the OpenAPI document of the public API.")
def openapi() -> None:
    """Print the OpenAPI document of the public API."""
    from grok2api.api.v1.openapi.document import openapi_document  # noqa: PLC0415  builds on all wire types

    click.echo(msgspec.json.format(openapi_document(), indent=2))
