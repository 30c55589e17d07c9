"""What becomes of each field of `POST /v1/chat/completions`.

The one list that validates, translates, names what was dropped, and is printed in the documentation.
Fields that are not in it are ignored and never sent. Must never know an upstream surface: both are fed
from the same list.
Source: product promise "what cannot be honoured is never lost in silence"; xai-api.md §2.2, §8.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from grok2api.dialects.chat.shapes import (
    FunctionSpec,
    Message,
    Name,
    NamedFunction,
    ResponseFormat,
    SearchParameters,
    StreamOptions,
    ThinkingOption,
    Tool,
    ToolChoice,
)
from grok2api.dialects.drawing import IMAGE_CONFIG, VIDEO_CONFIG
from grok2api.dialects.fields import Field, FieldTable, Policy

# Some clients write whole numbers with a fraction (32000.0); which ones are whole is checked on reading.
_Tokens = Annotated[int, Meta(ge=1)] | Annotated[float, Meta(ge=1)]
_Penalty = Annotated[float, Meta(ge=-2, le=2)]
_Stops = str | Annotated[list[str], Meta(max_length=4)]
_Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]

_SEARCH_OFF = SearchParameters(mode="off")

CHAT_FIELDS = FieldTable(
    "chat",
    (
        Field("model", Policy.TRANSLATED, Name, required=True, note="Resolved to an upstream model."),
        Field(
            "messages",
            Policy.TRANSLATED,
            Annotated[list[Message], Meta(min_length=1)],
            required=True,
            note="Empty messages are left out, unless all are empty; a message's `name` is ignored.",
        ),
        Field("stream", Policy.LOCAL, bool, neutral=(False,), note="Streams only when exactly true."),
        Field("stream_options", Policy.LOCAL, StreamOptions, note="`include_usage` adds a last chunk."),
        Field("max_completion_tokens", Policy.TRANSLATED, _Tokens, note="Wins over `max_tokens`."),
        Field("max_tokens", Policy.TRANSLATED, _Tokens),
        Field("temperature", Policy.PASSED, Annotated[float, Meta(ge=0, le=2)]),
        Field("top_p", Policy.PASSED, Annotated[float, Meta(ge=0, le=1)]),
        Field("stop", Policy.LOCAL, _Stops, neutral=("", []), note="The gateway cuts the answer itself."),
        Field(
            "tools",
            Policy.TRANSLATED,
            list[Tool],
            neutral=([],),
            note="Functions, and what xAI runs itself; at most 350.",
        ),
        Field("tool_choice", Policy.TRANSLATED, ToolChoice | str),
        Field("parallel_tool_calls", Policy.PASSED, bool, note="Sent only along with tools."),
        Field("functions", Policy.TRANSLATED, list[FunctionSpec], neutral=([],), note="Legacy `tools`."),
        Field("function_call", Policy.TRANSLATED, NamedFunction | str, note="Legacy `tool_choice`."),
        Field(
            "search_parameters",
            Policy.TRANSLATED,
            SearchParameters,
            neutral=(_SEARCH_OFF,),
            note="Becomes the tools `web_search` and `x_search`; what these lack is dropped and named.",
        ),
        Field(
            "web_search_options",
            Policy.TRANSLATED,
            dict[str, Any],
            neutral=({"mode": "off"},),
            note="Becomes the tool `web_search`; its settings are dropped and named.",
        ),
        Field("response_format", Policy.TRANSLATED, ResponseFormat),
        Field("reasoning_effort", Policy.TRANSLATED, _Effort, note="Clamped to what the model knows."),
        Field(
            "thinking",
            Policy.LOCAL,
            ThinkingOption | str | bool,
            note="Whether reasoning is shown; `enabled` also has `grok-4.1-fast` reason.",
        ),
        Field("prompt_cache_key", Policy.PASSED, str, neutral=("",)),
        Field("user", Policy.PASSED, str),
        Field("safety_identifier", Policy.PASSED, str),
        Field(
            "n",
            Policy.LOCAL,
            Annotated[int, Meta(ge=1, le=16)],
            neutral=(1,),
            note="16 at most. Each choice is a call of its own; the usage, and the bill, is the sum.",
        ),
        Field("logprobs", Policy.REFUSED, bool, neutral=(False,), note="Grok returns none."),
        Field("top_logprobs", Policy.REFUSED, int, neutral=(0,), note="Grok returns none."),
        Field(
            "modalities",
            Policy.REFUSED,
            list[str],
            neutral=([], ["text"]),
            note="Chat answers are text.",
        ),
        Field("audio", Policy.REFUSED, dict[str, Any], note="Chat answers are text."),
        Field("deferred", Policy.REFUSED, bool, neutral=(False,), note="Answers come at once."),
        Field("presence_penalty", Policy.DROPPED, _Penalty, neutral=(0.0,)),
        Field("frequency_penalty", Policy.DROPPED, _Penalty, neutral=(0.0,)),
        Field("logit_bias", Policy.DROPPED, dict[str, float], neutral=({},)),
        Field("seed", Policy.DROPPED, int),
        Field("store", Policy.DROPPED, bool, neutral=(False,), note="Nothing is kept."),
        Field("service_tier", Policy.DROPPED, str, neutral=("auto", "default")),
        Field("prediction", Policy.DROPPED, dict[str, Any]),
        Field("verbosity", Policy.DROPPED, str, neutral=("medium",)),
        Field("prompt_cache_retention", Policy.DROPPED, str),
        Field("metadata", Policy.IGNORED, Any),
        IMAGE_CONFIG,
        VIDEO_CONFIG,
    ),
)
