"""A gate for client keys, over memory alone."""

from __future__ import annotations

from grok2api.accounting.budgets import Budgets
from grok2api.gateway.limits.gate import KeyGate
from grok2api.gateway.limits.places import KeyPlaces
from grok2api.gateway.limits.rates import KeyRates
from grok2api.kit.clock import Clock
from grok2api.storage.memory.state import MemoryState
from support.memory_records import MemoryRecords


def a_gate(records: MemoryRecords, clock: Clock, *, workers: int = 1) -> KeyGate:
    """Return the gate of one of so many workers that share nothing but the store."""
    state = MemoryState(clock)
    return KeyGate(
        rates=KeyRates(state, state, workers=lambda: workers, alone=True),
        places=KeyPlaces(None, workers=lambda: workers),
        budgets=Budgets(records.budgets, clock),
    )
