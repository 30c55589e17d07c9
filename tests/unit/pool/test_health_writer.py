"""What happened to credentials reaches the store, late if it must."""

from __future__ import annotations

import anyio
import pytest

from grok2api.errors import StorageError
from grok2api.kit.secretbox import SecretBox
from grok2api.pool.health_writer import HealthChange, HealthWriter
from grok2api.pool.importing import new_credential
from support.memory_records import MemoryRecords


def change(identifier: str, reason: str) -> HealthChange:
    return HealthChange(identifier, "blocked", reason, None, at=0.0)


async def test_the_newest_state_is_written_by_itself(box: SecretBox) -> None:
    records = MemoryRecords()
    record = await records.credentials.add(new_credential("xai-1", box=box, pepper=b"p", now=0.0))
    writer = HealthWriter(records.credentials, first_pause=0.0)
    records.revisions.away = True
    writer.put(change(record.id, "first"))
    writer.put(change(record.id, "second"))
    writer.put(change("cred_gone", "nobody is there"))
    with pytest.raises(StorageError):
        await writer.flush()
    assert writer.waiting == 2
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(writer.run)
        calls = records.revisions.calls
        with anyio.fail_after(5):
            while records.revisions.calls < calls + 3:
                await anyio.lowlevel.checkpoint()
            records.revisions.away = False
            while writer.waiting:
                await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    kept = await records.credentials.get(record.id)
    assert kept is not None
    assert kept.reason == "second"


async def test_news_from_before_an_operator_ended_all_rests_is_no_news(box: SecretBox) -> None:
    records = MemoryRecords()
    record = await records.credentials.add(new_credential("xai-1", box=box, pepper=b"p", now=0.0))
    writer = HealthWriter(records.credentials)
    await records.credentials.change(record.id, {"cleared_at": 10.0})
    for at, reason in ((9.0, ""), (11.0, "told")):
        writer.put(HealthChange(record.id, "blocked", "told", None, at=at))
        await writer.flush()
        kept = await records.credentials.get(record.id)
        assert kept is not None
        assert (kept.reason, writer.waiting) == (reason, 0)
