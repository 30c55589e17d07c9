"""Entries become the document that an export seals; `reading.read` gives them back equal.

The document holds the secrets as they are. Must never be stored or sent unsealed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

import msgspec

from grok2api.pool.transfer.documents import OWN_MARK, OWN_VERSION
from grok2api.pool.transfer.entry import Entry


def write(entries: Iterable[Entry]) -> bytes:
    """Return a JSON document with all fields of the entries but their places, one entry a line."""
    names = [field.name for field in fields(Entry) if field.name != "place"]
    lines = (msgspec.json.encode({name: getattr(entry, name) for name in names}) for entry in entries)
    return b'{"%b":%d,"credentials":[\n%b\n]}\n' % (OWN_MARK.encode(), OWN_VERSION, b",\n".join(lines))
