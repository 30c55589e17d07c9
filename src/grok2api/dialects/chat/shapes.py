"""The parts of a Chat Completions request, as types.

They check what clients send, name the path of what is wrong, and are what the API's own description is
built from. Unknown keys are skipped, as OpenAI's SDKs grow faster than servers. Must never carry a rule:
what a value means for Grok is decided by the modules that read these.
Source: https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=1)]


class ImageUrl(msgspec.Struct, frozen=True):
    """A picture: an address, a data URL, or (in flat parts, then without a URL) an uploaded file."""

    url: Name
    detail: str | None = None
    file_id: str | None = None


class FileSource(msgspec.Struct, frozen=True):
    """A document: an uploaded one, an inline one, or an address (`file_url`, or `url` as xAI names it)."""

    file_id: str | None = None
    file_data: str | None = None
    file_url: str | None = None
    url: str | None = None
    filename: str | None = None
    mime_type: str | None = None


class Sound(msgspec.Struct, frozen=True):
    """A recording: base64, and the format it is in."""

    data: str
    format: str | None = None


class Part(msgspec.Struct, frozen=True):
    """One piece of a message; `type` says which of the others counts.

    The last ones belong to the flat parts of the Responses API, which some clients mix in.
    """

    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: ImageUrl | str | None = None
    file: FileSource | None = None
    input_audio: Sound | None = None
    detail: str | None = None
    file_id: str | None = None
    file_data: str | None = None
    file_url: str | None = None
    filename: str | None = None
    mime_type: str | None = None


class CalledFunction(msgspec.Struct, frozen=True):
    """A function that the model called earlier; some clients keep its arguments decoded."""

    name: Name
    arguments: str | dict[str, Any] | None = None


class CallRecord(msgspec.Struct, frozen=True):
    """One of an assistant message's tool calls."""

    id: Name
    type: str | None = "function"
    function: CalledFunction | None = None


class Message(msgspec.Struct, frozen=True):
    """One message of the conversation."""

    role: str
    content: str | list[Part] | None = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: list[CallRecord] | None = None
    tool_call_id: str | None = None
    function_call: Annotated[
        CalledFunction | None,
        Meta(description="Legacy: an assistant message's one call; a message of role `function` answers it."),
    ] = None


class FunctionSpec(msgspec.Struct, frozen=True):
    """A function that the client can execute. Schemas travel as the client's own bytes."""

    name: Name
    description: str | None = None
    parameters: dict[str, msgspec.Raw] | None = None
    strict: bool | None = None


class Tool(msgspec.Struct, frozen=True):
    """One offered tool; some clients send the flat form of the Responses API, or what xAI runs itself."""

    type: str | None = "function"
    function: FunctionSpec | None = None
    name: str | None = None
    description: str | None = None
    parameters: dict[str, msgspec.Raw] | None = None
    strict: bool | None = None


class NamedFunction(msgspec.Struct, frozen=True):
    """A function, by its name."""

    name: str


class ToolChoice(msgspec.Struct, frozen=True):
    """A choice of one tool."""

    type: str | None = "function"
    function: NamedFunction | None = None
    name: str | None = None


class JsonSchema(msgspec.Struct, frozen=True):
    """The schema that the answer has to follow."""

    name: str | None = None
    description: str | None = None
    schema: dict[str, msgspec.Raw] | None = None
    strict: bool | None = None


class ResponseFormat(msgspec.Struct, frozen=True):
    """The form of the answer."""

    type: str
    json_schema: JsonSchema | None = None


class StreamOptions(msgspec.Struct, frozen=True):
    """What a stream carries beside the answer."""

    include_usage: bool | None = None


class ThinkingOption(msgspec.Struct, frozen=True):
    """How reasoning shows, in the words of Anthropic's and other APIs."""

    type: str


Websites = Annotated[list[Name], Meta(max_length=5)]
Handles = Annotated[list[Name], Meta(max_length=20)]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class SearchSource(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where Live Search looked: `web`, `news`, `x` or `rss`; `type` says which of the others count."""

    type: str
    allowed_websites: Websites | None = None
    excluded_websites: Websites | None = None
    country: str | None = None
    safe_search: bool | None = None
    x_handles: Handles | None = None
    included_x_handles: Handles | None = None
    excluded_x_handles: Handles | None = None
    post_favorite_count: int | None = None
    post_view_count: int | None = None
    links: list[str] | None = None


class SearchParameters(msgspec.Struct, frozen=True, omit_defaults=True):
    """xAI's retired Live Search, whose options clients still send."""

    mode: Literal["off", "auto", "on"] | None = "auto"
    sources: list[SearchSource] | None = None
    from_date: Day | None = None
    to_date: Day | None = None
    return_citations: bool | None = None
    max_search_results: int | None = None
