"""What becomes of each field of `POST /v1/responses/compact`.

xAI takes a model and an input. What steers an answer means nothing here, since there is none; what only the
conversation could tell is refused or named. Must never look inside the input.
Source: openai-python `response_compact_params`; xai-api.md §2.3; the Codex CLI's compaction request.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Raw

from grok2api.dialects.fields import Field, FieldTable, Policy

_Name = Annotated[str, Meta(min_length=1)]
_NO_ANSWER = "A compaction has no answer that it could steer."

COMPACT_FIELDS = FieldTable(
    "compact",
    (
        Field("model", Policy.TRANSLATED, _Name, required=True, note="Resolved to an upstream model."),
        Field(
            "input",
            Policy.TRANSLATED,
            Raw,
            note="A string, or items; needed unless `previous_response_id` is there. Ids of ours become "
            "upstream's, otherwise the bytes travel.",
        ),
        Field(
            "previous_response_id",
            Policy.TRANSLATED,
            _Name,
            note="Its whole conversation is fetched and compacted, on the account that holds it.",
        ),
        Field(
            "instructions", Policy.TRANSLATED, str, neutral=("",), note="Sent as a leading system message."
        ),
        Field("prompt_cache_key", Policy.TRANSLATED, str, note="Sent as `x-grok-conv-id`."),
        Field("stream", Policy.REFUSED, bool, neutral=(False,), note="The answer comes whole."),
        Field("tools", Policy.IGNORED, list[dict[str, Any]], note=_NO_ANSWER),
        Field("tool_choice", Policy.IGNORED, note=_NO_ANSWER),
        Field("parallel_tool_calls", Policy.IGNORED, bool, note=_NO_ANSWER),
        Field("reasoning", Policy.IGNORED, note=_NO_ANSWER),
        Field("text", Policy.IGNORED, note=_NO_ANSWER),
        Field("include", Policy.IGNORED, note=_NO_ANSWER),
        Field("store", Policy.IGNORED, bool, note="Nothing is stored."),
        Field("metadata", Policy.IGNORED),
        Field("client_metadata", Policy.IGNORED),
        Field("user", Policy.IGNORED),
        Field("safety_identifier", Policy.IGNORED),
        Field("prompt_cache_retention", Policy.DROPPED, str),
        Field("prompt_cache_options", Policy.DROPPED, dict[str, Any], neutral=({},)),
        Field("service_tier", Policy.DROPPED, str, neutral=("auto", "default")),
        Field("image", Policy.DROPPED, dict[str, Any], neutral=({}, {"context_compression": "auto"})),
    ),
)
"""Every field of OpenAI's schema, and what Codex sends beside them."""
