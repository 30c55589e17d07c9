"""What the store says about a setting reaches a running server, and a wrong value changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

from support.live_settings import save, wait_for
from support.processes import Gateway, Sandbox

QUESTION = {"model": "grok-4-mini", "messages": [{"role": "user", "content": "Why?"}]}


def shows_reasoning(gateway: Gateway) -> bool:
    status, _, body = gateway.post("/chat/completions", QUESTION)
    assert status == 200, body
    return "reasoning_content" in json.loads(body)["choices"][0]["message"]


async def test_a_saved_setting_takes_effect_without_a_restart(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=("xai-sandbox-alice",))
    try:
        assert shows_reasoning(gateway)
        await save(gateway, "grok.thinking", "off")
        wait_for(gateway.log, "settings changed")
        assert not shows_reasoning(gateway)
        await save(gateway, "grok.thinking", "sideways")
        await save(gateway, "grok.max_retry", 1)
        wait_for(gateway.log, "settings refused")
        assert not shows_reasoning(gateway)
    finally:
        gateway.stop()


async def test_the_longest_silence_counts_from_the_next_call_on(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = Gateway.start(
        tmp_path,
        upstream=sandbox.base_url,
        keys=("xai-sandbox-alice",),
        environment={"GROK2API_GROK__MAX_RETRY": "0"},
    )
    try:
        assert shows_reasoning(gateway), "a connection is kept from before"
        await save(gateway, "grok.timeout", 1)
        wait_for(gateway.log, "settings changed")
        sandbox.scenario("hang")  # which answers in the end, and so does not fail by itself
        status, _, body = gateway.post("/chat/completions", QUESTION)
        assert (status, json.loads(body)["error"]["code"]) == (504, "upstream_timeout"), body
    finally:
        gateway.stop()
