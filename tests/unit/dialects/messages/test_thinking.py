"""Budgets and wishes become efforts; what is shown is what was asked for."""

from __future__ import annotations

import pytest

from grok2api.canonical.call import Thinking
from grok2api.canonical.events import ReasoningDelta, ReasoningSealed, TextDelta, TurnEvent, TurnFinished
from grok2api.canonical.plan import Plan, Target
from support.messages_turns import PLAN, Json, events_in, parsed, sent, writer

PROMISED = Plan("grok-4-mini", "turn", (Target("grok-4.3"),), reasoning_shown=True)
EVENTS: list[TurnEvent] = [
    ReasoningDelta("Hm."),
    ReasoningSealed("rs_1", "sealed"),
    TextDelta("Hi"),
    TurnFinished("stop", None),
]


@pytest.mark.parametrize(
    ("body", "effort", "field", "shown"),
    [
        ({}, None, "output_config.effort", None),
        ({"thinking": {"type": "disabled"}}, "none", "thinking.type", "off"),
        ({"thinking": {"type": "adaptive"}}, None, "output_config.effort", None),
        ({"thinking": {"type": "between_tools"}}, None, "output_config.effort", None),
        ({"thinking": {"type": "enabled"}}, None, "output_config.effort", "reasoning_content"),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 1024}},
            "low",
            "thinking.budget_tokens",
            "reasoning_content",
        ),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 4096}},
            "low",
            "thinking.budget_tokens",
            "reasoning_content",
        ),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 4097}},
            "medium",
            "thinking.budget_tokens",
            "reasoning_content",
        ),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 31999}},
            "high",
            "thinking.budget_tokens",
            "reasoning_content",
        ),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 1024}, "output_config": {"effort": "max"}},
            "max",
            "output_config.effort",
            "reasoning_content",
        ),
        ({"output_config": {"effort": "low"}}, "low", "output_config.effort", None),
    ],
)
def test_a_wish_becomes_an_effort(body: Json, effort: str | None, field: str, shown: Thinking | None) -> None:
    call = parsed(body)
    assert (call.effort, call.effort_field, call.thinking) == (effort, field, shown)


def test_the_effort_that_was_planned_is_sent() -> None:
    assert sent({}, effort="high")["reasoning"] == {"effort": "high"}
    assert sent({}, "chat", effort="high")["reasoning_effort"] == "high"


@pytest.mark.parametrize(
    ("body", "setting", "plan", "kinds"),
    [
        ({}, "reasoning_content", PLAN, ["text"]),
        ({}, "reasoning_content", PROMISED, ["thinking", "text"]),
        ({}, "off", PROMISED, ["text"]),
        ({"thinking": {"type": "adaptive"}}, "reasoning_content", PLAN, ["thinking", "text"]),
        ({"thinking": {"type": "adaptive"}}, "think_tags", PLAN, ["thinking", "text"]),
        ({"thinking": {"type": "adaptive"}}, "off", PLAN, ["text"]),
        ({"thinking": {"type": "enabled"}}, "off", PLAN, ["thinking", "text"]),
        ({"thinking": {"type": "disabled"}}, "reasoning_content", PROMISED, ["text"]),
    ],
)
def test_thinking_is_shown_to_who_asked_for_it(
    body: Json, setting: Thinking, plan: Plan, kinds: list[str]
) -> None:
    out = writer(body, thinking=setting, plan=plan)
    opened = [event for event in events_in(out.write(EVENTS)) if event["type"] == "content_block_start"]
    assert [event["content_block"]["type"] for event in opened] == kinds
