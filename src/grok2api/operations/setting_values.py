"""How a setting's value lies in the store: as JSON, and sealed if the setting is a secret.

A sealed text is told from JSON by its beginning, so that what was kept before still reads. Must never let a
secret setting into the store in the clear.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from grok2api.config.fields import setting_fields
from grok2api.kit.secretbox import SecretBox
from grok2api.storage.records import SettingOverride

_SEALED: Final = "v1:"


def stored(path: str, value: object, box: SecretBox, now: float) -> SettingOverride:
    """Return the record of a value; `now` is wall time."""
    text = msgspec.json.encode(value).decode()
    secret = any(field.secret for field in setting_fields() if field.path == path)
    return SettingOverride(
        path=path, value=box.seal(text, _context(path)) if secret else text, updated_at=now
    )


def overrides_of(rows: Iterable[SettingOverride], box: SecretBox) -> dict[str, object]:
    """Return what records say, by dotted path.

    Raises:
        ValueError: one of them does not open, or is no JSON.
    """
    return {row.path: msgspec.json.decode(_opened(row, box)) for row in rows}


def _opened(row: SettingOverride, box: SecretBox) -> str:
    return box.open(row.value, _context(row.path)) if row.value.startswith(_SEALED) else row.value


def _context(path: str) -> str:
    return f"settings/{path}"
