"""Texts are kept as they were written, whatever a database takes for one letter, one order or one length."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grok2api.storage.records import Asset, Credential, SettingOverride, UsageRecord
from grok2api.storage.stores import Records

LOOK_ALIKES = ("B-id", "a-id", "b-id", "ä-id", "灵-id")
"""In the order of their bytes, which is that of no language; some databases take two of them for one."""


async def test_ids_that_look_alike_are_two_and_stand_in_the_order_of_their_bytes(
    records: Records, make_credential: Callable[..., Credential]
) -> None:
    for number, identifier in enumerate(reversed(LOOK_ALIKES)):
        await records.credentials.add(make_credential(number, id=identifier))
    assert tuple(each.id for each in await records.credentials.list()) == LOOK_ALIKES
    for identifier in LOOK_ALIKES:
        kept = await records.credentials.get(identifier)
        assert kept is not None
        assert kept.id == identifier
    assert await records.credentials.get("A-id") is None


async def test_a_prefix_finds_what_begins_with_it(records: Records) -> None:
    for identifier in ("0f", "0fa0", "0fff", "10"):
        await records.assets.add(
            Asset(
                id=identifier,
                owner="key_1",
                kind="image",
                mime="image/png",
                size=1,
                etag="e",
                created_at=1.0,
                last_used_at=1.0,
                host="here",
            )
        )
    assert {each.id for each in await records.assets.beginning("here", "0f")} == {"0f", "0fa0", "0fff"}


async def test_the_longest_id_of_a_client_is_found_again(
    records: Records, make_usage: Callable[..., UsageRecord]
) -> None:
    chosen = "Z" * 128
    await records.usage.append([make_usage(1, request_id=f"{chosen}#0123456789ab")])
    found = await records.usage.latest(chosen)
    assert found is not None
    assert found.request_id == f"{chosen}#0123456789ab"
    assert await records.usage.latest(chosen.lower()) is None


@pytest.mark.parametrize("model", ["a\0b", "🙂" * 40_000, "\u200f\u0085 'quoted' \\ \\' %s :name ? $1", ""])
async def test_whatever_a_client_calls_a_model_is_written_down(
    records: Records, make_usage: Callable[..., UsageRecord], model: str
) -> None:
    await records.usage.append([make_usage(1, model=model), make_usage(2)])
    kept = await records.usage.get("req_00001")
    assert kept is not None
    assert kept.model in {model, model.replace("\0", "\ufffd")}
    assert await records.usage.get("req_00002") is not None


async def test_a_setting_may_be_long(records: Records) -> None:
    long = SettingOverride(path="routing.models", value="é" * 1_000_000, updated_at=1.0)
    await records.settings.put(long)
    (kept,) = await records.settings.list()
    assert kept.value == long.value
