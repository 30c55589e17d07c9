"""Puts together what holds client keys to their limits.

A part of the composition root. Must never hold a rule of its own.
"""

from __future__ import annotations

from grok2api.accounting.budgets import Budgets, SettlingRows
from grok2api.accounting.client_keys import KeyDirectory
from grok2api.gateway.limits.gate import KeyGate
from grok2api.gateway.limits.places import KeyPlaces
from grok2api.gateway.limits.rates import KeyRates
from grok2api.server.foundation import Foundation
from grok2api.server.sharing import Sharing
from grok2api.storage.memory.state import MemoryState
from grok2api.storage.stores import Records


def build_gate(base: Foundation, sharing: Sharing) -> KeyGate:
    """Return the gate that requests of limited keys pass; exact over all workers where they share state."""
    slots = sharing.slots

    def workers() -> int:
        return base.live.current.server.workers if slots is None else slots.workers

    return KeyGate(
        rates=KeyRates(sharing.state, MemoryState(base.clock), workers=workers, alone=slots is None),
        places=KeyPlaces(slots, workers=workers),
        budgets=Budgets(base.records.budgets, base.clock),
    )


def settling_rows(records: Records, gate: KeyGate, keys: KeyDirectory) -> SettlingRows:
    """Return where rows of the ledger go, so that those of keys with a budget are settled."""
    return SettlingRows(records.usage, gate.budgets, keys.has_budget)
