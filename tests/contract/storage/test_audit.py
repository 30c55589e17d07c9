"""The audit: entries are added one by one, in one order, and found again by what they tell."""

from __future__ import annotations

import asyncio

import pytest

from grok2api.storage.auditing import AuditEntry, AuditFilter
from grok2api.storage.records import Conflict
from grok2api.storage.stores import Records


def entry(number: int, **fields: object) -> AuditEntry:
    values: dict[str, object] = {
        "sequence": number,
        "at": 100.25 + number,
        "actor_id": "op_1",
        "actor": "Zoë",
        "role": "owner",
        "way": "session",
        "address": "2001:db8::1",
        "action": "credentials.edit",
        "target": f"cred_{number}",
        "outcome": "begun",
        "before": '{"name": "é灵"}',
        "hash": f"{number:064x}",
    }
    return AuditEntry(**{**values, **fields})  # type: ignore[arg-type]


async def filled(records: Records, count: int = 4) -> None:
    for number in range(1, count + 1):
        await records.audit.append(entry(number))


async def test_an_entry_is_the_next_one_or_refused(records: Records) -> None:
    assert await records.audit.head() is None
    await filled(records, 2)
    assert await records.audit.head() == entry(2)
    for wrong in (1, 2, 4):
        with pytest.raises(Conflict):
            await records.audit.append(entry(wrong))
    assert await records.audit.after(0, limit=9) == (entry(1), entry(2))
    assert await records.audit.after(1, limit=1) == (entry(2),)


async def test_of_many_who_append_the_same_one_does(records: Records) -> None:
    await filled(records, 1)
    outcomes = await asyncio.gather(
        *(records.audit.append(entry(2, hash=f"{each:064x}")) for each in range(5)), return_exceptions=True
    )
    assert sorted(isinstance(each, Conflict) for each in outcomes) == [False, True, True, True, True]
    assert len(await records.audit.after(0, limit=9)) == 2


async def test_the_oldest_are_forgotten_and_the_last_never(records: Records) -> None:
    assert await records.audit.forget(9, limit=9) == 0
    await filled(records, 6)
    assert await records.audit.forget(3, limit=2) == 2
    assert await records.audit.forget(3, limit=2) == 1
    assert await records.audit.forget(3, limit=2) == 0
    assert await records.audit.after(0, limit=2) == (entry(4), entry(5))
    assert await records.audit.after(4, limit=9) == (entry(5), entry(6))
    assert await records.audit.page(AuditFilter(), limit=9) == (entry(6), entry(5), entry(4))
    assert await records.audit.page(AuditFilter(), limit=9, before=4) == ()
    assert await records.audit.forget(99, limit=99) == 2
    assert await records.audit.head() == entry(6)
    await records.audit.append(entry(7))
    assert await records.audit.after(0, limit=9) == (entry(6), entry(7))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (AuditFilter(), [5, 4, 3, 2, 1]),
        (AuditFilter(actor="Zoë"), [3, 2, 1]),
        (AuditFilter(actor="op_1"), [3, 2, 1]),
        (AuditFilter(action="keys"), [4]),
        (AuditFilter(action="keys.create"), [4]),
        (AuditFilter(action="key"), []),
        (AuditFilter(action="%"), []),
        (AuditFilter(target="cred_2"), [2]),
        (AuditFilter(way="cli", outcome="done"), [5]),
        (AuditFilter(request_id="req_5"), [5]),
        (AuditFilter(since=102.25, until=104.25), [3, 2]),
    ],
)
async def test_entries_are_found(records: Records, wanted: AuditFilter, found: list[int]) -> None:
    await filled(records, 3)
    await records.audit.append(entry(4, actor="Ada", actor_id="op_2", action="keys.create"))
    last = entry(5, actor="ada@host", actor_id="", way="cli", outcome="done", request_id="req_5")
    await records.audit.append(last)
    assert [each.sequence for each in await records.audit.page(wanted, limit=9)] == found
    pages = [await records.audit.page(wanted, limit=1)]
    while pages[-1]:
        pages.append(await records.audit.page(wanted, limit=1, before=pages[-1][-1].sequence))
    assert [each.sequence for page in pages for each in page] == found
