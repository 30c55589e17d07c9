"""What workers tell each other of what runs now: the newest of each, for its moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grok2api.storage.live import LiveView, LiveWish

if TYPE_CHECKING:
    from grok2api.storage.stores import Records


async def test_a_worker_shows_what_it_saw_last(records: Records) -> None:
    first = LiveView(holder="worker_2", at=100.0, content="[]")
    second = LiveView(holder="worker_2", at=101.5, content='[{"模型":"grok"}]')
    other = LiveView(holder="worker_1", at=102.0, content="[]")
    for view in (first, second, other):
        await records.live.show(view)
    assert await records.live.views(0.0) == (other, second)
    assert await records.live.views(101.6) == (other,)


async def test_a_wish_lasts_until_its_end(records: Records) -> None:
    await records.live.wish([])
    await records.live.wish([LiveWish(name="watch", until=110.0), LiveWish(name="cancel/req_1", until=105.0)])
    await records.live.wish([LiveWish(name="watch", until=120.0)])
    assert await records.live.wishes(104.0) == (
        LiveWish(name="cancel/req_1", until=105.0),
        LiveWish(name="watch", until=120.0),
    )
    assert await records.live.wishes(105.0) == (LiveWish(name="watch", until=120.0),)


async def test_what_is_over_is_forgotten(records: Records) -> None:
    await records.live.show(LiveView(holder="worker_1", at=100.0, content="[]"))
    await records.live.show(LiveView(holder="worker_2", at=200.0, content="[]"))
    await records.live.wish([LiveWish(name="watch", until=110.0), LiveWish(name="cancel/x", until=300.0)])
    await records.live.forget(150.0)
    assert [each.holder for each in await records.live.views(0.0)] == ["worker_2"]
    assert [each.name for each in await records.live.wishes(0.0)] == ["cancel/x"]
