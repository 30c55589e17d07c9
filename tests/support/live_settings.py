"""Settings that are changed while a server runs, as the console does it: in the store."""

from __future__ import annotations

import json
import time
from pathlib import Path

from grok2api.storage.open import open_records
from grok2api.storage.records import SettingOverride
from support.processes import Gateway


def override(path: str, value: object) -> SettingOverride:
    """Return what the store holds of a setting that is no secret."""
    return SettingOverride(path=path, value=json.dumps(value), updated_at=time.time())


async def save(gateway: Gateway, path: str, value: object) -> None:
    """Store a setting."""
    records = await open_records("local", "", gateway.directory / "data")
    try:
        await records.settings.put(override(path, value))
    finally:
        await records.close()


def wait_for(log: Path, words: str) -> None:
    """Return once a server has logged some words."""
    for _ in range(1200):
        if words in log.read_text():
            return
        time.sleep(0.05)
    raise AssertionError(f"{words!r} was never logged")
