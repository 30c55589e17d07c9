"""Fixtures for the clients that are led through the loss of an account."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.processes import Sandbox
from support.sessions import PoolOfTwo


@pytest.fixture(scope="session")
def pool_of_two(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PoolOfTwo]:
    """A gateway with two accounts, one of which may be taken away by a test that brings it back."""
    started = PoolOfTwo.start(tmp_path_factory.mktemp("pool_of_two"), shared_sandbox)
    yield started
    started.gateway.stop()
