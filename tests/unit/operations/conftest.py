"""A pool with a real store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from grok2api.kit.clock import ManualClock
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.storage.open import open_records
from support.operator_pool import Pool


@pytest.fixture
async def pool(tmp_path: Path) -> AsyncIterator[Pool]:
    records = await open_records("local", "", tmp_path)
    yield Pool(records, SecretBox(KeyRing("a secret key for tests that is long enough")), ManualClock())
    await records.close()
