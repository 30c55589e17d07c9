"""What becomes of each field of `POST /v1/messages`.

The one list that validates, translates, names what was dropped, and is printed in the documentation.
Fields that are not in it are ignored and never sent. Must never know an upstream surface: both are fed
from the same list.
Source: product promise "what cannot be honoured is never lost in silence"; openai-compat.md §9.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from grok2api.dialects.drawing import IMAGE_CONFIG, VIDEO_CONFIG
from grok2api.dialects.fields import Field, FieldTable, Policy
from grok2api.dialects.messages.shapes import (
    McpServer,
    Message,
    Metadata,
    Name,
    OutputConfig,
    OutputFormat,
    SystemBlock,
    ThinkingOption,
    Tool,
    ToolChoice,
)

# Some clients write whole numbers with a fraction (32000.0); which ones are whole is checked on reading.
_Tokens = Annotated[int, Meta(ge=1)] | Annotated[float, Meta(ge=1)]
_KEEPS_ALL = {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}
"""What Claude Code sends: an edit that clears nothing."""

MESSAGES_FIELDS = FieldTable(
    "messages",
    (
        Field("model", Policy.TRANSLATED, Name, required=True, note="Resolved to an upstream model."),
        Field(
            "messages",
            Policy.TRANSLATED,
            Annotated[list[Message], Meta(min_length=1)],
            required=True,
            note="Empty messages are left out; messages of role `system` are taken, too.",
        ),
        Field(
            "max_tokens",
            Policy.TRANSLATED,
            _Tokens,
            required=True,
            note="128000 at most, what is above is cut down to it. Grok does not count its thinking in it.",
        ),
        Field("system", Policy.TRANSLATED, str | list[SystemBlock], neutral=("", [])),
        Field("stream", Policy.LOCAL, bool, neutral=(False,), note="Streams only when exactly true."),
        Field("temperature", Policy.PASSED, Annotated[float, Meta(ge=0, le=2)]),
        Field("top_p", Policy.PASSED, Annotated[float, Meta(ge=0, le=1)]),
        Field(
            "top_k",
            Policy.PASSED,
            Annotated[int, Meta(ge=0)],
            note="Dropped and named where Grok's chat completions serve.",
        ),
        Field(
            "stop_sequences",
            Policy.LOCAL,
            Annotated[list[str], Meta(max_length=64)],
            neutral=([],),
            note="The gateway cuts the answer itself.",
        ),
        Field("tools", Policy.TRANSLATED, list[Tool], neutral=([],), note="350 at most."),
        Field("tool_choice", Policy.TRANSLATED, ToolChoice),
        Field("mcp_servers", Policy.TRANSLATED, list[McpServer], neutral=([],), note="Grok calls them."),
        Field(
            "thinking",
            Policy.TRANSLATED,
            ThinkingOption,
            note="Whether thinking is shown; `budget_tokens` becomes an effort.",
        ),
        Field(
            "output_config",
            Policy.TRANSLATED,
            OutputConfig,
            note="`effort` wins over `thinking`, and is clamped to what the model knows.",
        ),
        Field("output_format", Policy.TRANSLATED, OutputFormat, note="Read as `output_config.format`."),
        Field(
            "metadata",
            Policy.LOCAL,
            Metadata,
            note="`user_id` helps to find the conversation's prompt cache again; Grok never sees it.",
        ),
        IMAGE_CONFIG,
        VIDEO_CONFIG,
        Field("cache_control", Policy.IGNORED, Any, note="Grok caches prompts by itself."),
        Field("betas", Policy.IGNORED, Any),
        Field("anthropic_beta", Policy.IGNORED, Any),
        Field("anthropic_version", Policy.IGNORED, Any),
        Field("user_profile_id", Policy.IGNORED, Any),
        Field("workspace_id", Policy.IGNORED, Any),
        Field("container", Policy.REFUSED, Any, note="Grok keeps no containers."),
        Field("context_management", Policy.DROPPED, Any, neutral=({}, {"edits": []}, _KEEPS_ALL)),
        Field("service_tier", Policy.DROPPED, str, neutral=("auto", "standard_only")),
        Field("speed", Policy.DROPPED, str, neutral=("standard",)),
        Field("inference_geo", Policy.DROPPED, str),
        Field("diagnostics", Policy.DROPPED, Any),
    ),
)
