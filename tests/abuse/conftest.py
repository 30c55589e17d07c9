"""One house for all attacks: two workers that tell all they can, a password, and nothing trusted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.operator import SIGNED, Operator
from support.processes import Gateway, Sandbox

METRICS = "a-token-of-the-metrics-page"
POOL = ("xai-sandbox-alice", "xai-sandbox-bob")


@pytest.fixture(scope="module")
def house(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway of two workers, which a file's tests attack and leave as it was."""
    started = Gateway.start(
        tmp_path_factory.mktemp("house"),
        upstream=shared_sandbox.base_url,
        keys=POOL,
        environment=SIGNED
        | {
            "SERVER_WORKERS": "2",
            "LOG_LEVEL": "DEBUG",
            "GROK2API_METRICS__TOKEN": METRICS,
            "GROK2API_POOL__POLL_SECONDS": "0.5",
        },
    )
    yield started
    started.stop()


@pytest.fixture(scope="module")
def owner(house: Gateway) -> Operator:
    return Operator(house)
