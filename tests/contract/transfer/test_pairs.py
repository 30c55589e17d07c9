"""Every pair of stores: what the one held, the other holds, tells alike, and lets go on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from contract.transfer.conftest import KINDS, Place
from grok2api.kit.secretbox import SecretBox
from grok2api.storage.open_porter import StoreKind
from grok2api.storage.records import Conflict
from grok2api.storage.transfer.comparing import compare
from grok2api.storage.transfer.copying import migrate
from grok2api.storage.transfer.families import FAMILIES
from grok2api.storage.transfer.porter import Porter
from support.full_store import PLAIN, fill, sealed_texts, told

MakePlace = Callable[[StoreKind], Awaitable[Place]]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_copy_in_any_store_tells_the_same_and_goes_on(
    kind: StoreKind, make_place: MakePlace, box: SecretBox
) -> None:
    one = await make_place(kind)
    source = await one.records()
    await fill(source, box, many=4)
    before = await told(source)
    for other_kind in KINDS:
        await check_copy(await one.porter(upgrading=False), await make_place(other_kind), before, box)
    assert await told(source) == before, "the old store has changed"


async def check_copy(source: Porter, other: Place, before: dict[str, Any], box: SecretBox) -> None:
    """Copy to an empty store, and check that it tells what the old one told, and takes what is new."""
    outcome = await migrate(source, await other.porter())
    assert {each.family for each in outcome.comparisons if each.same and each.source_count} == {
        each.name for each in FAMILIES
    }
    target = await other.records()
    assert await told(target) == before, "the verbs of the new store tell something else"
    for sealed, context in sealed_texts(before):
        assert box.open(sealed, context) == PLAIN
    changed = await target.credentials.change("cred_0000", {"note": "after"})
    highest = max(each.revision for each in before["credentials"] + before["keys"] + before["settings"])
    assert changed.revision > highest
    assert changed.revision == (await target.changes_since(0)).revision
    with pytest.raises(Conflict):
        await target.credentials.add(replace(before["credentials"][0], id="cred_new"))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_reader_that_followed_the_old_store_misses_nothing_in_the_new_one(
    kind: StoreKind, make_place: MakePlace, box: SecretBox
) -> None:
    one, other = await make_place("local"), await make_place(kind)
    source = await one.records()
    await fill(source, box)
    known = (await source.changes_since(0)).revision
    await source.keys.delete("key_0002")

    await migrate(await one.porter(), await other.porter())

    news = await (await other.records()).changes_since(known)
    assert news.reset
    assert [each.id for each in news.keys] == ["key_0000"]


@pytest.mark.parametrize(
    ("kind", "other_kind"),
    [("local", "local"), ("local", "pgsql"), ("local", "mysql"), ("local", "redis"), ("redis", "local")],
)
async def test_a_difference_in_any_type_is_seen_and_mended(
    kind: StoreKind, other_kind: StoreKind, make_place: MakePlace, box: SecretBox
) -> None:
    """One record of each type is lost and one is too many: the comparison names them, a rerun mends all."""
    one, other = await make_place(kind), await make_place(other_kind)
    await fill(await one.records(), box, many=4)
    source, target = await one.porter(), await other.porter()
    await migrate(source, target)
    before = await told(await one.records())
    for family in FAMILIES:
        async with source.viewing() as view:
            page = [record async for some in view.pages(family) for record in some]
        spared = [each for each in page if getattr(each, "name", "") != "canary"]
        await target.remove(family, [family.key_of(spared[0])])
        await source.remove(family, [family.key_of(spared[-1])])

    found = {each.family for each in await compare(source, target) if not each.same}
    assert found == {each.name for each in FAMILIES}

    outcome = await migrate(source, target)
    assert all(each.same for each in outcome.comparisons)
    assert outcome.rounds == 2
    after, wanted = await told(await other.records()), await told(await one.records())
    for each in (after, wanted):  # of a row that is taken back, Redis does not know which one came before it
        each["totals"] = [replace(total, last_used_at=0.0) for total in each["totals"]]
    assert after == wanted
    assert after != before
