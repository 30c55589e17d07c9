"""The account of a request is settled on every way out, and says which one it was."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import cast

import pytest

from grok2api.accounting.ledger import Ledger
from grok2api.accounting.pricing import load
from grok2api.accounting.settlement import Settlement
from grok2api.api.body import ClientGone
from grok2api.api.context import RequestContext
from grok2api.api.v1.turns import Account, TurnServices
from grok2api.canonical.call import Caller
from grok2api.errors import InvalidRequest
from grok2api.kit.clock import ManualClock
from support.memory_records import MemoryRecords


@pytest.mark.parametrize(
    ("error", "row"),
    [
        (InvalidRequest("It is wrong."), ("refused", 400, "invalid_value")),
        (ClientGone(), ("client_gone", 499, "")),
        (LookupError("a fault of ours"), ("failed", 500, "internal_error")),
    ],
    ids=["refused", "client left", "fault of ours"],
)
async def test_whatever_ends_a_request_is_told_by_its_row(
    error: Exception, row: tuple[str, int, str]
) -> None:
    records = MemoryRecords()
    ledger = Ledger(records.usage, flush_seconds=0, max_queue=10)
    begin = partial(Settlement, ledger=ledger, prices=load(), clock=ManualClock())
    services = cast(TurnServices, SimpleNamespace(begin=begin))
    with (
        pytest.raises(type(error)),
        Account(services, "responses", RequestContext({}, ""), Caller("key_1", "test")),
    ):
        raise error
    await ledger.flush()
    (kept,) = await records.usage.recent(10)
    assert (kept.end, kept.status, kept.error_code) == row
