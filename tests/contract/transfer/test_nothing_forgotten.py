"""A type of records that is neither carried to another store nor named as left fails here.

If one of these tests fails for a new type: add a `Family` to `storage/transfer/families.py`, its table to
`storage/sql/porter.py`, its holding to `storage/redis/holdings.py` or `ledgers.py` (with `load` and `unload`
in its script) and its records to `support.full_store`; or name it in `LEFT` and say why.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import fields
from pathlib import Path

import pytest

from contract.transfer.conftest import Place
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.storage import stores
from grok2api.storage.open_porter import StoreKind
from grok2api.storage.redis.link import Script
from grok2api.storage.redis.porter import HOLDINGS
from grok2api.storage.sql.porter import TABLES
from grok2api.storage.sql.tables import metadata
from grok2api.storage.transfer.digest import Tally
from grok2api.storage.transfer.families import FAMILIES, LEFT, Family
from grok2api.storage.transfer.sealing import open_all
from support.full_store import fill
from support.redis_server import keys_under

NAMES = {each.name for each in FAMILIES}
STORES = {
    "answers": {"answers"},
    "assets": {"assets"},
    "attempts": set[str](),
    "audit": {"audit"},
    "budgets": {"budget windows", "budget holds"},
    "live": set[str](),
    "models": {"models"},
    "operators": {"operators"},
    "second_factors": {"second factors"},
    "tokens": {"tokens"},
    "claims": set[str](),
    "contents": {"contents"},
    "credentials": {"credentials"},
    "files": {"files"},
    "jobs": {"jobs"},
    "keys": {"keys"},
    "meta": {"facts"},
    "runs": {"runs", "run frames"},
    "sessions": {"sessions"},
    "settings": {"settings", "setting versions"},
    "transcripts": {"transcripts"},
    "usage": {"usage", "traces", "usage sums", "usage spans", "usage totals"},
    "videos": {"videos"},
}
"""The families in which each store of `Records` keeps its records."""

CARRIED_KEYS = {
    "answer", "asset", "audit", "budget", "content", "credential", "file", "hold", "job", "key", "meta",
    "model", "operator", "request", "rollup", "run", "run-batches", "run-frames", "run-response",
    "second-factor", "served", "session", "setting", "settings:versions", "span", "token",
    "trace", "transcript", "video",
}  # fmt: skip
MADE_KEYS = {
    "answers", "assets", "budgets", "contents", "credentials", "files", "holds", "jobs", "keys", "models",
    "operators", "requests", "rollups", "runs", "second-factors", "sessions", "settings", "spans", "tokens",
    "traces", "transcripts", "videos",
}  # fmt: skip
"""Indexes: made anew from the records that are carried."""
LEFT_KEYS = {"attempts", "claim", "forgotten", "live", "revision", "schema", "server", "tombstones"}
SCRIPTS = Path(stores.__file__).parent / "redis" / "scripts"


def test_every_store_of_the_records_is_spoken_of() -> None:
    promised = {name for name, member in vars(stores.Records).items() if isinstance(member, property)}
    assert promised == set(STORES)
    assert set().union(*STORES.values()) == NAMES


def test_every_table_is_carried_or_left() -> None:
    carried = {table.name for table in TABLES.values()}
    assert set(TABLES) == NAMES
    assert carried | set(LEFT) == set(metadata.tables)
    assert carried.isdisjoint(LEFT)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda each: each.name)
def test_every_column_is_a_field_of_the_record_that_travels(family: Family) -> None:
    table = TABLES[family.name]
    assert {column.name for column in table.columns} == {each.name for each in fields(family.record)}
    assert {column.name for column in table.primary_key} == set(family.key)
    assert set(family.sealed) <= {each.name for each in fields(family.record)}


def test_every_family_lies_somewhere_in_redis() -> None:
    assert set(HOLDINGS) == NAMES


def test_every_script_that_keeps_rows_loads_and_unloads_them() -> None:
    for script in SCRIPTS.glob("*.lua"):
        text = Script(script.stem).text
        kinds = set(re.findall(r"one = '([a-z-]+)'", text))
        assert kinds <= CARRIED_KEYS, script.name
        if kinds:
            assert {"function verbs.load()", "function verbs.unload()"} <= set(text.splitlines()), script.name


async def test_every_key_in_redis_is_carried_made_anew_or_left(
    make_place: Callable[[StoreKind], Awaitable[Place]], box: SecretBox
) -> None:
    place = await make_place("redis")
    await fill(await place.records(), box, many=4)
    await (await place.porter()).set_revision(0)
    prefix = place.address.prefix
    names = {name.removeprefix(prefix) for name in keys_under(place.address.url, prefix)}
    found = {name if name in CARRIED_KEYS else name.split(":")[0] for name in names}
    assert found == CARRIED_KEYS | MADE_KEYS | LEFT_KEYS


async def test_a_full_store_is_full(
    make_place: Callable[[StoreKind], Awaitable[Place]], box: SecretBox
) -> None:
    """What the other tests copy holds a record of each family, and a text of each sealed field that opens."""
    place = await make_place("local")
    await fill(await place.records(), box, many=4)
    porter = await place.porter()
    async with porter.viewing() as view:
        for family in FAMILIES:
            tally = Tally(family)
            async for page in view.pages(family):
                tally.add(page)
            assert tally.count, family.name
    assert all(each.opened and not each.shut for each in await open_all(porter, box))
    stranger = SecretBox(KeyRing("a secret key that sealed nothing of all this"))
    assert all(each.shut and not each.opened for each in await open_all(porter, stranger))
