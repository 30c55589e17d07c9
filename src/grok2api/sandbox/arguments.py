"""The arguments both surfaces share, and which of them a model turns down."""

from __future__ import annotations

from typing import Any

from grok2api.sandbox import fields, refusals
from grok2api.sandbox.dialogue import Question
from grok2api.sandbox.models import TextModel, Thinking
from grok2api.sandbox.schema_check import check_schema
from grok2api.sandbox.wire import Json

EFFORTS = ("none", "low", "medium", "high", "xhigh")
SERVICE_TIERS = ("auto", "default", "priority", "fast")
MAX_TOKENS = 2**31 - 1


def refuse_unsupported(body: Json, model: TextModel) -> None:
    """Refuse the arguments no current model takes (400): penalties, even zero, and logit_bias."""
    for name, shown in (
        ("presence_penalty", "presencePenalty"),
        ("frequency_penalty", "frequencyPenalty"),
        ("logit_bias", "logitBias"),
    ):
        if body.get(name) is not None:
            raise refusals.unsupported(shown)
    if body.get("stop") is not None and model.thinking is not Thinking.NEVER:
        raise refusals.unsupported("stop")


def refuse_files(question: Question, model: TextModel) -> None:
    """Refuse documents where the model cannot search them (400): that takes one that reasons."""
    if question.has_files() and model.thinking is Thinking.NEVER:
        raise refusals.invalid(f"Model {model.id} does not support file attachments.")


def check_sampling(body: Json) -> None:
    """Check types and bounds of the sampling arguments."""
    fields.number(body, "temperature", 0, 2)
    fields.number(body, "top_p", 0, 1)
    fields.integer(body, "top_logprobs", 0, 8)
    fields.integer(body, "seed", -(2**63), 2**63 - 1)
    fields.string(body, "user")
    if body.get("service_tier") is not None:
        fields.variant(body["service_tier"], "service_tier", SERVICE_TIERS)


def effort(value: Any, where: str, model: TextModel) -> str | None:
    """Return the effort in force, or None when the model will not reason.

    Raises: Refusal 422 for an unknown word, 400 where the model has no such effort or no such field.
    """
    if value is None:
        chosen = model.default_effort or ("medium" if model.thinking is Thinking.ALWAYS else None)
    else:
        chosen = fields.variant(value, where, EFFORTS)
        if not model.efforts:
            raise refusals.parameter_unsupported(model.id, "reasoningEffort")
        if chosen not in model.efforts:
            supported = ", ".join(model.efforts)
            raise refusals.invalid(
                f"Model {model.id} does not support reasoning effort {chosen}. Supported values: {supported}."
            )
    return None if chosen == "none" or model.thinking is Thinking.NEVER else chosen


def schema_of(holder: Json, where: str) -> Json | bool:
    """Return the `schema` of a json_schema format. Raises Refusal 422 without one, 400 for a broken one."""
    schema = holder.get("schema")
    if isinstance(schema, dict | bool):
        check_schema(schema, "schema")
        return schema
    raise refusals.malformed(where, "missing field `schema`")
