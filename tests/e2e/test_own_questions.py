"""What the gateway asks xAI for itself never stands in a client's way."""

from __future__ import annotations

from pathlib import Path

from support.observing import eventually
from support.processes import Gateway, Sandbox, run_command

MODELS = "/v1/models"


def test_the_question_for_models_takes_no_place_from_clients(
    shared_sandbox: Sandbox, sandbox: Sandbox, tmp_path: Path
) -> None:
    """A credential that takes one call at a time serves, also while its list of models does not come."""
    sandbox.scenario("slow_first_byte", delay=600, match={"path": MODELS})
    gateway = Gateway.start(
        tmp_path,
        upstream=shared_sandbox.base_url,
        environment={"GROK2API_PERFORMANCE__QUEUE_LENGTH": "0"},
    )
    try:
        words = ("credentials", "add", "xai-sandbox-single", "--max-concurrency", "1")
        run_command(tmp_path, *words, GROK2API_GROK__BASE_URL=shared_sandbox.base_url)
        eventually(
            lambda: [row for row in sandbox.journal() if row["path"] == MODELS and not row["ended"]],
            "the question for the new credential's models",
        )
        body = {"model": "grok-3", "messages": [{"role": "user", "content": "hello"}]}
        status, _, answer = gateway.post("/chat/completions", body)
        assert status == 200, answer
    finally:
        sandbox.clear()
        gateway.stop()
