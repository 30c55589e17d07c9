"""Stored objects: an account counts as well only where it answered."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import cast

import pytest

from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.fault import Fault, FaultKind, FaultScope
from grok2api.canonical.plan import Demand
from grok2api.errors import NotFound, UpstreamError
from grok2api.gateway.stored import StoredObjects
from grok2api.gateway.upstreams import Upstream
from grok2api.pool.pool import Pool
from grok2api.upstream.base import UpstreamFault, WholeReply
from support.chat_turns import LEASE
from support.faults import make_fault

READ = Dispatch(method="GET", path="/responses/resp_1")
GONE = UpstreamFault(make_fault(FaultKind.OBJECT_MISSING, scope=FaultScope.REQUEST))
DOWN = UpstreamFault(make_fault(FaultKind.PROXY_DOWN, scope=FaultScope.PROXY))


class House:
    """A pool with one credential, and an upstream that fails or answers."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error
        self.released: list[bool] = []
        self.reported: list[Fault] = []

    async def lease(self, demand: Demand, *, exclude: Collection[str]) -> Lease:
        return LEASE

    def report(self, lease: Lease, fault: Fault, *, request_id: str) -> None:
        self.reported.append(fault)

    def release(self, lease: Lease, *, ok: bool) -> None:
        self.released.append(ok)

    async def whole(self, dispatch: Dispatch, lease: Lease) -> WholeReply:
        if self.error is not None:
            raise self.error
        return WholeReply(200, "", b"{}")


@pytest.mark.parametrize(
    ("error", "told", "well"),
    [
        (None, None, True),
        (GONE, NotFound, True),
        (DOWN, UpstreamError, False),
        (asyncio.CancelledError(), asyncio.CancelledError, False),
    ],
    ids=["answered", "gone", "proxy down", "client left"],
)
async def test_only_an_answer_speaks_for_a_credential(
    error: BaseException | None, told: type[BaseException] | None, well: bool
) -> None:
    house = House(error)
    objects = StoredObjects(pool=cast(Pool, house), upstream=cast(Upstream, house))
    asked = objects.send(READ, account_pin=b"a", missing="It is not there.", request_id="req_1")
    if told is None:
        assert await asked == (b"{}", LEASE.account_id)
    else:
        with pytest.raises(told):
            await asked
    assert house.released == [well]
