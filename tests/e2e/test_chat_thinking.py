"""Whether and how reasoning shows on chat: the setting, the request's own word, and the model's row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from support.observing import Said, events_of
from support.processes import Gateway, Sandbox

CHAT = "/chat/completions"
SETTINGS = {
    "reasoning_content": "reasoning_content",
    "true": "reasoning_content",
    "think_tags": "think_tags",
    "off": "off",
    "false": "off",
}
REQUESTS: list[tuple[Any, str | None]] = [
    (None, None),
    ("enabled", "reasoning_content"),
    ({"type": "enabled", "budget_tokens": 1024}, "reasoning_content"),
    ("disabled", "off"),
    ({"type": "disabled"}, "off"),
]
SHOWN, PLAIN = "grok-4-mini", "grok-4"
"""A row that promises visible reasoning, and one that does not."""


@pytest.fixture(scope="module", params=sorted(SETTINGS))
def house(
    request: pytest.FixtureRequest, shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Gateway, str]]:
    """A gateway under one value of `grok.thinking`, and the form that this value means."""
    gateway = Gateway.start(
        tmp_path_factory.mktemp("thinking"),
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-thinker",),
        environment={"GROK2API_GROK__THINKING": request.param},
    )
    yield gateway, SETTINGS[request.param]
    gateway.stop()


def form_of(content: str, reasoning: str) -> str:
    """Return in which form an answer showed its reasoning."""
    assert content.endswith("the answer")
    if reasoning:
        assert content == "the answer"
        return "reasoning_content"
    return "think_tags" if content.startswith("<think>\n") else "off"


def joined(events: list[Said], field: str) -> str:
    deltas = [event.data["choices"][0]["delta"] for event in events if event.data != "[DONE]"]
    return "".join(delta.get(field) or "" for delta in deltas)


@pytest.mark.parametrize("model", [SHOWN, PLAIN])
@pytest.mark.parametrize(("asked", "wins"), REQUESTS)
def test_reasoning_shows_as_the_request_or_else_the_setting_says(
    house: tuple[Gateway, str], model: str, asked: Any, wins: str | None
) -> None:
    gateway, setting = house
    said = [{"role": "user", "content": "say exactly: the answer"}]
    body = {"model": model, "messages": said, "thinking": asked}
    _, _, whole = gateway.post(CHAT, body)
    answer = json.loads(whole)
    message = answer["choices"][0]["message"]
    assert answer["usage"]["completion_tokens_details"]["reasoning_tokens"] > 0
    assert form_of(message["content"], message.get("reasoning_content", "")) == (wins or setting)
    _, _, stream = gateway.post(CHAT, body | {"stream": True})
    events = events_of(stream)
    told = form_of(joined(events, "content"), joined(events, "reasoning_content"))
    assert told == (wins or setting)
