"""The parts of a Messages request, as types.

They check what clients send, name the path of what is wrong, and are what the API's own description is
built from. Unknown keys are skipped, as Anthropic's SDKs grow faster than servers. Must never carry a rule:
what a value means for Grok is decided by the modules that read these.
Source: https://docs.anthropic.com/en/api/messages; anthropic-sdk-python `MessageCreateParams`.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from typing_extensions import override

Name = Annotated[str, Meta(min_length=1)]


class Source(msgspec.Struct, frozen=True):
    """Where a picture or a document comes from; `type` says which of the others counts."""

    type: str
    media_type: str | None = None
    data: str | None = None
    url: str | None = None
    file_id: str | None = None
    content: Annotated[msgspec.Raw, Meta(description="Of type `content`: a text, or blocks.")] = (
        msgspec.field(default_factory=msgspec.Raw)
    )


class Block(msgspec.Struct, frozen=True):
    """One block of a message; `type` says which of the others counts."""

    type: str
    text: str | None = None
    source: Source | str | None = None
    title: str | None = None
    context: str | None = None
    citations: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)
    id: str | None = None
    name: str | None = None
    input: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)
    tool_use_id: str | None = None
    tool_name: str | None = None
    content: Annotated[
        msgspec.Raw, Meta(description="Of a tool result or a search result: a text, or blocks.")
    ] = msgspec.field(default_factory=msgspec.Raw)
    is_error: bool | None = None
    thinking: str | None = None
    signature: str | None = None
    data: Annotated[
        str | None, Meta(description="Of a redacted thinking block: what only upstream can read.")
    ] = None


class Message(msgspec.Struct, frozen=True):
    """One message of the conversation."""

    role: str
    content: str | list[Block] | None = None


class SystemBlock(msgspec.Struct, frozen=True):
    """One text of the system prompt."""

    text: str
    type: str | None = "text"


class McpToolConfiguration(msgspec.Struct, frozen=True):
    """Which tools of a server may be used."""

    enabled: bool | None = None
    allowed_tools: list[str] | None = None


class McpServer(msgspec.Struct, frozen=True):
    """A server whose tools upstream calls by itself."""

    url: Name
    name: Name
    type: str = "url"
    authorization_token: str | None = None
    tool_configuration: McpToolConfiguration | None = None

    @override
    def __repr__(self) -> str:
        """Show nothing by which the server can be reached."""
        return f"McpServer(name={self.name!r})"

    @override
    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show the same to rich."""
        return [("name", self.name)]


class Tool(msgspec.Struct, frozen=True):
    """One offered tool: the client's own, or by its `type` one that runs on the server."""

    name: str | None = None
    type: str | None = None
    description: str | None = None
    input_schema: dict[str, msgspec.Raw] | None = None
    """Schemas travel as the client's own bytes."""
    strict: bool | None = None
    input_examples: list[Any] | None = None
    allowed_domains: list[str] | None = None
    blocked_domains: list[str] | None = None
    max_uses: int | None = None
    user_location: dict[str, Any] | None = None
    mcp_server_name: str | None = None
    default_config: dict[str, Any] | None = None
    configs: dict[str, Any] | None = None


class ToolChoice(msgspec.Struct, frozen=True):
    """Which tools the model may or must use."""

    type: str
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class ThinkingOption(msgspec.Struct, frozen=True):
    """Whether the model thinks, how much, and whether that is shown."""

    type: str
    budget_tokens: int | None = None
    display: str | None = None


class OutputFormat(msgspec.Struct, frozen=True):
    """The form of the answer."""

    type: str
    schema: dict[str, msgspec.Raw] | None = None


class OutputConfig(msgspec.Struct, frozen=True):
    """How much effort goes into an answer, and its form."""

    effort: str | None = None
    format: OutputFormat | None = None
    task_budget: Any = None


class Metadata(msgspec.Struct, frozen=True):
    """About the request."""

    user_id: str | None = None
