"""What becomes of each field of `POST /v1/responses/input_tokens`.

Must never look inside a field that has a module of its own (input, tools).
Source: openai-python `input_token_count_params`.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Raw

from grok2api.dialects.fields import Field, FieldTable, Policy

_Name = Annotated[str, Meta(min_length=1)]
_COUNTED = "Counted."

INPUT_TOKENS_FIELDS = FieldTable(
    "input_tokens",
    (
        Field(
            "model",
            Policy.TRANSLATED,
            _Name,
            note="Whose tokens are counted; absent, the first model of this key.",
        ),
        Field("input", Policy.TRANSLATED, Raw, note="Needed unless `previous_response_id` is there."),
        Field("instructions", Policy.TRANSLATED, str, note=_COUNTED),
        Field(
            "previous_response_id",
            Policy.TRANSLATED,
            _Name,
            note="Its whole conversation counts too.",
        ),
        Field("tools", Policy.TRANSLATED, list[dict[str, Any]], neutral=([],), note=_COUNTED),
        Field("text", Policy.TRANSLATED, dict[str, Any], note="A schema is counted."),
        Field("tool_choice", Policy.IGNORED, str | dict[str, Any]),
        Field("reasoning", Policy.IGNORED, dict[str, Any]),
        Field("parallel_tool_calls", Policy.IGNORED, bool),
        Field("truncation", Policy.IGNORED, str),
        Field("conversation", Policy.REFUSED, note="Use 'previous_response_id'."),
        Field("personality", Policy.DROPPED, str),
    ),
)
"""Every field of OpenAI's schema."""
