"""Fixtures that several files share: a pool that loses an account, and a drill of upstream's faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.pool_faults import Drill, forget_orders
from support.processes import Sandbox
from support.sessions import PoolOfTwo


@pytest.fixture(scope="module")
def pool_of_two(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PoolOfTwo]:
    """A gateway with two accounts, one of which may be taken away by a test that brings it back.

    It looks for news all the time, and ends with the file: it would cost more idle than to be started.
    """
    started = PoolOfTwo.start(tmp_path_factory.mktemp("pool_of_two"), shared_sandbox)
    yield started
    started.gateway.stop()


@pytest.fixture
def drill(shared_drill: Drill) -> Iterator[Drill]:
    """The gateway that a file calls `shared_drill`, with nothing left of what was ordered before."""
    forget_orders(shared_drill.sandbox)
    yield shared_drill
    forget_orders(shared_drill.sandbox)
