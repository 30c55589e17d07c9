"""S22: what was changed or exchanged in the store opens nothing, is told, and is not written over."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.break_ins import content_of, put_secrets, secrets_in
from support.fleet import StoreKind, ground
from support.observing import eventually
from support.operator import SIGNED, Operator
from support.processes import Gateway, Sandbox

CHAT = {"model": "grok-3", "messages": [{"role": "user", "content": "say exactly: ok"}]}
KEYS = ("xai-sandbox-alice", "xai-sandbox-bob", "xai-sandbox-carol")
QUICK = SIGNED | {"GROK2API_POOL__POLL_SECONDS": "0.1"}


@pytest.mark.parametrize("store", ["local", "pgsql", "mysql", "redis"])
def test_exchanged_and_changed_secrets_serve_nobody_and_are_told(
    sandbox: Sandbox, tmp_path: Path, store: StoreKind
) -> None:
    with ExitStack() as stack:
        place = stack.enter_context(ground(store, tmp_path / "store"))
        environment = QUICK | place.environment
        gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=KEYS, environment=environment)
        stack.callback(gateway.stop)
        owner = Operator(gateway)
        first, second, third = before = secrets_in(place)
        changed = before[third][:-5] + ("A" if before[third][-5] != "A" else "B") + before[third][-4:]
        tampered = {first: before[second], second: before[first], third: changed}
        kept = "\n".join(content_of(place).values())
        assert before[first] in kept
        assert not any(key in kept for key in KEYS)
        sandbox.clear()
        put_secrets(place, tampered)
        eventually(lambda: gateway.post("/chat/completions", CHAT)[0] == 503, "the end of what was exchanged")
        code = json.loads(gateway.post("/chat/completions", CHAT)[2])["error"]["code"]
        assert code == "no_available_account"
        shown = owner.get("/credentials")["data"]
        assert {row["status"] for row in shown} == {"blocked"}
        assert all("does not open" in row["reason"] for row in shown)
        told = eventually(
            lambda: {
                each["subject"]
                for each in owner.get("/alerts")["data"]
                if each["kind"] == "credential.unreadable"
            },
            "the alert",
        )
        assert told == set(before)
        assert secrets_in(place) == tampered, "nothing was written over"
        put_secrets(place, before)
        eventually(lambda: gateway.post("/chat/completions", CHAT)[0] == 200, "what was put back")
