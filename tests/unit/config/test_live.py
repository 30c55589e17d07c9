"""A running server's settings: whole snapshots, replaced at once."""

from __future__ import annotations

from typing import Any

import pytest

from grok2api.config.live import Live


def test_a_snapshot_stays_as_it_was_when_it_is_replaced(load_in: Any) -> None:
    live = Live(load_in())
    before = live.current
    assert live.replace(load_in(overrides={"grok.timeout": 5})) == ()
    assert (before.grok.timeout, live.current.grok.timeout) == (600.0, 5.0)
    assert live.loaded.sources["grok.timeout"].kind == "store"


def test_changes_that_wait_for_a_restart_are_named(load_in: Any) -> None:
    live = Live(load_in())
    assert live.replace(load_in(environ={"SERVER_PORT": "1", "GROK2API_GROK__TIMEOUT": "5"})) == (
        "server.port",
    )


def test_a_snapshot_cannot_be_changed(load_in: Any) -> None:
    with pytest.raises(AttributeError):
        Live(load_in()).current.server.port = 1  # type: ignore[misc]
