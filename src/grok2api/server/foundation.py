"""What everything in a worker stands on, handed on as one value: settings, keys, the store, time, its name.

Must never hold what is made of these: that is built on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from grok2api.config.live import Live
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import KeyRing
from grok2api.storage.stores import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """What there is before anything is built.

    Attributes:
        live: The settings.
        ring: Derives keys from the secret key.
        records: The store, opened.
        clock: Where time comes from.
        holder: This worker, among all that share the store.
    """

    live: Live
    ring: KeyRing = field(repr=False)
    records: Records
    clock: Clock
    holder: str
