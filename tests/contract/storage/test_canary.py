"""A store that was sealed with another key stops the start, and stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grok2api.errors import ConfigError
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.storage.canary import check_canary

if TYPE_CHECKING:
    from grok2api.storage.stores import Records

FIRST = "the first secret key of this store, long enough"
SECOND = "the second secret key, made after the first one"


async def test_the_same_key_passes_again_and_again(records: Records) -> None:
    for _ in range(2):
        await check_canary(records.meta, SecretBox(KeyRing(FIRST)))


async def test_another_key_is_refused_and_nothing_changes(records: Records) -> None:
    await check_canary(records.meta, SecretBox(KeyRing(FIRST)))
    with pytest.raises(ConfigError, match=r"put back the old GROK2API_SECRET_KEY or DATA_DIR/secret\.key"):
        await check_canary(records.meta, SecretBox(KeyRing(SECOND)))
    await check_canary(records.meta, SecretBox(KeyRing(FIRST)))


async def test_the_old_key_on_the_ring_is_enough(records: Records) -> None:
    await check_canary(records.meta, SecretBox(KeyRing(FIRST)))
    await check_canary(records.meta, SecretBox(KeyRing(SECOND, [FIRST])))


async def test_a_damaged_canary_is_told_apart(records: Records) -> None:
    box = SecretBox(KeyRing(FIRST))
    await records.meta.put_if_absent("canary", box.seal("grok2api", "moved from elsewhere"))
    with pytest.raises(ConfigError, match="damaged"):
        await check_canary(records.meta, box)
