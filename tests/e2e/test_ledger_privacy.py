"""What is asked, what is answered and where clients are is nowhere: not in the store, the logs or on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.observing import Caller, ledger_of
from support.operator import SIGNED, Operator
from support.processes import Gateway, Sandbox

ASKED, CLIENT = "canary-asked-7f3a", "203.0.113.77"
METRICS = "a-token-of-the-metrics"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_canary_is_found_nowhere(sandbox: Sandbox, tmp_path: Path, workers: str) -> None:
    environment = SIGNED | {
        "SERVER_WORKERS": workers,
        "LOG_LEVEL": "DEBUG",
        "GROK2API_SERVER__TRUSTED_PROXIES": "127.0.0.1",
        "GROK2API_METRICS__TOKEN": METRICS,
        "GROK2API_GROK__RETRY_BACKOFF_BASE": "0",
    }
    gateway = Gateway.start(
        tmp_path, upstream=sandbox.base_url, keys=("xai-sandbox-one",), environment=environment
    )
    from_afar = {"x-forwarded-for": CLIENT}
    text = f"say exactly: {ASKED}"
    chat = {"model": "grok-3", "messages": [{"role": "user", "content": text}]}
    try:
        for stream in (False, True):
            status, _, answer = gateway.post("/chat/completions", chat | {"stream": stream}, **from_afar)
            assert (status, ASKED.split("-")[1].encode() in answer) == (200, True)
            body = {"model": "grok-3", "input": text, "stream": stream, "metadata": {"note": ASKED}}
            assert gateway.post("/responses", body, **from_afar)[0] == 200
        assert gateway.post("/messages", chat | {"max_tokens": 50, "system": ASKED}, **from_afar)[0] == 200
        assert gateway.post("/chat/completions", chat | {"temperature": ASKED}, **from_afar)[0] == 400
        sandbox.scenario("status", status=500, match={"path": "/responses"}, times=9)
        assert gateway.post("/chat/completions", chat, **from_afar)[0] == 502
        sandbox.clear()
        sandbox.scenario("safety", times=1, match={"path": "/responses"})
        assert gateway.post("/responses", {"model": "grok-3", "input": text}, **from_afar)[0] == 400
        sandbox.scenario("trickle", delay=0.05)
        counting = {"model": "grok-3", "input": f"count to 900, {ASKED}", "stream": True}
        operator = Operator(gateway)
        with Caller(gateway, "/responses", counting) as caller:
            caller.read_until(b"delta")
            seen = [operator.raw("/requests/live")]
        ledger_of(tmp_path, 9)
        seen += [
            operator.raw(f"/requests{path}") for path in ("", "/export?format=jsonl", "/export?format=csv")
        ]
        for row in operator.get("/requests")["data"]:
            seen += [operator.raw(f"/requests/{row['id']}"), operator.raw(f"/requests/{row['id']}/explain")]
    finally:
        gateway.stop()
    kept = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert any(path.name == "grok2api.db" for path in kept)
    for word in (ASKED.encode(), CLIENT.encode()):
        assert [path.name for path, content in kept.items() if word in content] == []
        assert not any(word in page for page in seen)
