"""The names under which telemetry goes out, all in one place: the conventions for generative AI still change.

Source: OpenTelemetry's semantic conventions for generative AI (spans and metrics, status Development) and for
HTTP. Must never name a prompt or an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from grok2api.observability.telemetry.story import Attempt, Story

Value = str | int | float | bool

PROVIDER: Final = "x_ai"
DURATION: Final = "gen_ai.client.operation.duration"
FIRST_CHUNK: Final = "gen_ai.client.operation.time_to_first_chunk"
TOKENS: Final = "gen_ai.client.token.usage"
COST: Final = "grok2api.cost"

DURATION_BOUNDS: Final = (
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
)  # fmt: skip
TOKEN_BOUNDS: Final = tuple(float(4**power) for power in range(14))

_OPERATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {"chat": "chat", "responses": "chat", "messages": "chat", "compact": "chat"}
)
"""Our operations in the words of the conventions; any other keeps its own."""
_WELL: Final = "completed"


def operation(story: Story) -> str:
    """Return what was done."""
    return _OPERATIONS.get(story.operation, story.operation)


def span_name(done: str, model: str) -> str:
    """Return the name of a span."""
    return f"{done} {model}".strip()


def error_type(story: Story) -> str:
    """Return how a request failed; empty if it did not."""
    return "" if story.end == _WELL else story.error_code or story.end


def request_attributes(story: Story) -> dict[str, Value]:
    """Return the attributes of a whole request's span."""
    return _filled(
        {
            **common(story),
            "gen_ai.usage.input_tokens": story.input_tokens,
            "gen_ai.usage.cache_read.input_tokens": story.cached_tokens,
            "gen_ai.usage.output_tokens": story.output_tokens,
            "gen_ai.usage.reasoning.output_tokens": story.reasoning_tokens,
            "http.response.status_code": story.status,
            "grok2api.request_id": story.request_id,
            "grok2api.key_id": story.key_id,
            "grok2api.end": story.end,
            "grok2api.cost_in_usd_ticks": story.cost_ticks,
            "grok2api.usage_known": story.usage_known,
            "grok2api.stream": story.stream,
            "grok2api.attempts": len(story.attempts),
        }
    )


def attempt_attributes(story: Story, attempt: Attempt) -> dict[str, Value]:
    """Return the attributes of one call's span."""
    return _filled(
        {
            "gen_ai.operation.name": operation(story),
            "gen_ai.provider.name": PROVIDER,
            "gen_ai.request.model": attempt.model,
            "http.response.status_code": attempt.status,
            "error.type": attempt.fault,
            "grok2api.surface": attempt.surface,
            "grok2api.credential_id": attempt.credential_id,
        }
    )


def common(story: Story) -> dict[str, Value]:
    """Return the attributes that span and metrics share."""
    return _filled(
        {
            "gen_ai.operation.name": operation(story),
            "gen_ai.provider.name": PROVIDER,
            "gen_ai.request.model": story.model,
            "gen_ai.response.model": story.upstream_model,
            "error.type": error_type(story),
        }
    )


def _filled(attributes: Mapping[str, Value]) -> dict[str, Value]:
    """Return the attributes that say something."""
    return {name: value for name, value in attributes.items() if value not in ("", 0) or value is False}
