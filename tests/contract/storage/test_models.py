"""What operators say of models is kept whole, in one place per name, and every process hears of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grok2api.storage.models import ModelOverride
from grok2api.storage.records import Changes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grok2api.storage.stores import Records


def override(name: str, content: str = "{}") -> ModelOverride:
    return ModelOverride(id=name, content=content, created_at=1.5, updated_at=2.25)


async def test_an_override_comes_back_whole_and_is_replaced_in_place(records: Records) -> None:
    names = ("team/best:v1", "a", "Gpt-4o")
    kept = [await records.models.put(override(name, '{"note":"灵"}')) for name in names]
    assert sorted(kept, key=lambda each: each.id) == list(await records.models.list())
    assert await records.models.get("team/best:v1") == kept[0]
    changed = await records.models.put(replace(kept[0], content='{"target":"grok-4"}', updated_at=3.0))
    assert changed == replace(
        kept[0], content='{"target":"grok-4"}', updated_at=3.0, revision=changed.revision
    )
    assert await records.models.get("team/best:v1") == changed
    assert changed.revision > kept[-1].revision


async def test_an_override_that_is_gone_is_gone(records: Records) -> None:
    await records.models.put(override("one"))
    assert await records.models.delete("one") is True
    assert await records.models.delete("one") is False
    assert await records.models.get("one") is None
    assert await records.models.list() == ()


async def test_other_processes_hear_of_it(
    records: Records, open_another: Callable[[], Awaitable[Records]]
) -> None:
    other = await open_another()
    kept = await records.models.put(override("one"))
    heard = await other.changes_since(0)
    assert heard == Changes(revision=kept.revision, models=(kept,))
    await records.models.delete("one")
    gone = await other.changes_since(heard.revision)
    assert (gone.models, gone.deleted_models) == ((), ("one",))
