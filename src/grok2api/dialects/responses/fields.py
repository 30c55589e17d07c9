"""What becomes of each field of `POST /v1/responses`.

The one list that validates, translates, names what was dropped, and is printed in the documentation.
Fields that are not in it pass untouched: they work on the day xAI ships them. Must never look inside a
field that has a module of its own (input, tools).
Source: product promise "what cannot be honoured is never lost in silence"; xai-api.md §2.3, §8.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Raw

from grok2api.dialects.drawing import IMAGE_CONFIG, VIDEO_CONFIG
from grok2api.dialects.fields import Field, FieldTable, Policy

_Name = Annotated[str, Meta(min_length=1)]
# Some clients write whole numbers with a fraction (32000.0); which ones are whole is checked on reading.
_Tokens = Annotated[int, Meta(ge=1)] | Annotated[float, Meta(ge=1)]
_Penalty = Annotated[float, Meta(ge=-2, le=2)]
_Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]

_OF_CHAT = "A field of Chat Completions."

RESPONSES_FIELDS = FieldTable(
    "responses",
    (
        Field("model", Policy.TRANSLATED, _Name, required=True, note="Resolved to an upstream model."),
        Field(
            "input",
            Policy.TRANSLATED,
            Raw,
            note="A string, or items; needed unless `previous_response_id` is there. Ids of ours become "
            "upstream's, calls of custom tools those of functions; otherwise the bytes travel.",
        ),
        Field("stream", Policy.PASSED, bool, note="Streams only when exactly true."),
        Field(
            "instructions",
            Policy.PASSED,
            str,
            note="Where upstream refuses them beside `previous_response_id`: "
            "sent as a leading system message.",
        ),
        Field("previous_response_id", Policy.TRANSLATED, _Name, note="Pins the account that holds it."),
        Field("max_output_tokens", Policy.TRANSLATED, _Tokens),
        Field("temperature", Policy.PASSED, Annotated[float, Meta(ge=0, le=2)]),
        Field("top_p", Policy.PASSED, Annotated[float, Meta(ge=0, le=1)]),
        Field("top_k", Policy.PASSED, int),
        Field("min_p", Policy.PASSED, float),
        Field("parallel_tool_calls", Policy.PASSED, bool),
        Field("max_turns", Policy.PASSED, int),
        Field(
            "store",
            Policy.PASSED,
            bool,
            note="Absent means true. Send false with pictures: xAI may not give back what holds some.",
        ),
        Field("safety_identifier", Policy.PASSED, str),
        Field("user", Policy.PASSED, str),
        Field("prompt_cache_key", Policy.PASSED, str),
        Field("guidelines", Policy.PASSED, object),
        Field(
            "tools",
            Policy.TRANSLATED,
            list[dict[str, Any]],
            neutral=([],),
            note="350 at most, those of namespaces counted.",
        ),
        Field(
            "tool_choice",
            Policy.TRANSLATED,
            str | dict[str, Any],
            note="Of hosted or allowed tools: the others are not sent.",
        ),
        Field(
            "include",
            Policy.TRANSLATED,
            list[str],
            note="Values that xAI lacks are dropped and named; log probabilities are refused.",
        ),
        Field(
            "text",
            Policy.TRANSLATED,
            dict[str, Any],
            note="`format` passes; `verbosity` is dropped and named.",
        ),
        Field(
            "reasoning",
            Policy.TRANSLATED,
            dict[str, Any],
            note="The effort is clamped to what the model knows.",
        ),
        Field("reasoning_effort", Policy.TRANSLATED, _Effort, note="Read as `reasoning.effort`."),
        Field(
            "metadata",
            Policy.LOCAL,
            dict[str, str],
            note="Echoed in the answer; not kept, so a later GET shows none.",
        ),
        IMAGE_CONFIG,
        VIDEO_CONFIG,
        Field("stream_options", Policy.IGNORED),
        Field("client_metadata", Policy.IGNORED),
        Field("truncation", Policy.DROPPED, Literal["auto", "disabled"], neutral=("disabled",)),
        Field(
            "background",
            Policy.LOCAL,
            bool,
            neutral=(False,),
            note="The turn goes on without its client, see docs/background.md; not with `store: false`.",
        ),
        Field("conversation", Policy.REFUSED, note="Use 'previous_response_id'."),
        Field("prompt", Policy.REFUSED, note="Grok keeps no prompt templates."),
        Field("logprobs", Policy.REFUSED, bool, neutral=(False,), note="Grok returns none."),
        Field("top_logprobs", Policy.REFUSED, int, neutral=(0,), note="Grok returns none."),
        Field("n", Policy.REFUSED, int, neutral=(1,), note="One answer per request is given."),
        Field("modalities", Policy.REFUSED, list[str], neutral=([], ["text"]), note="Answers are text."),
        Field("audio", Policy.REFUSED, note="Answers are text."),
        Field("presence_penalty", Policy.DROPPED, _Penalty, neutral=(0.0,)),
        Field("frequency_penalty", Policy.DROPPED, _Penalty, neutral=(0.0,)),
        Field("logit_bias", Policy.DROPPED, dict[str, float], neutral=({},)),
        Field("seed", Policy.DROPPED, int),
        Field("stop", Policy.DROPPED, str | list[str], neutral=("", [])),
        Field("max_tool_calls", Policy.DROPPED, int),
        Field("prompt_cache_retention", Policy.DROPPED, str),
        Field("prompt_cache_options", Policy.DROPPED, dict[str, Any], neutral=({},)),
        Field("context_management", Policy.DROPPED, neutral=([], {})),
        Field("moderation", Policy.DROPPED),
        Field("service_tier", Policy.DROPPED, str, neutral=("auto", "default")),
        Field("messages", Policy.DROPPED, note=_OF_CHAT),
        Field("max_tokens", Policy.DROPPED, note=_OF_CHAT),
        Field("max_completion_tokens", Policy.DROPPED, note=_OF_CHAT),
        Field("response_format", Policy.DROPPED, note=_OF_CHAT),
        Field("functions", Policy.DROPPED, note=_OF_CHAT),
        Field("function_call", Policy.DROPPED, note=_OF_CHAT),
        Field("search_parameters", Policy.DROPPED, dict[str, Any], neutral=({"mode": "off"},)),
    ),
)
"""Every field of OpenAI's schema, and xAI's own."""
