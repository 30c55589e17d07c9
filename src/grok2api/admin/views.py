"""How credentials look in the admin API: as the operations show them, with what this worker alone knows.

Must never hold a secret.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from grok2api.admin.credential_shapes import CredentialView, LiveView, RestrictionView
from grok2api.admin.services import LiveState, LiveStates
from grok2api.admin.snapshot import PoolSnapshot
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import SecretBox
from grok2api.operations.notation import moment
from grok2api.operations.views import credential_view
from grok2api.storage.records import Credential

_BREATH: Final = 50
"""Views that are made before others get their turn in the event loop."""


class CredentialViews:
    """Makes views.

    Args:
        snapshot: Knows what credentials have served.
        live_states: Tells how they stand on this worker.
        box: Tells whether a secret opens.
        clock: Tells which rests are over.
    """

    def __init__(self, snapshot: PoolSnapshot, live_states: LiveStates, box: SecretBox, clock: Clock) -> None:
        self._snapshot = snapshot
        self._live_states = live_states
        self._box = box
        self._clock = clock

    async def one(self, credential: Credential) -> CredentialView:
        """Return how one credential looks."""
        return (await self.many([credential]))[0]

    async def many(self, credentials: Sequence[Credential]) -> list[CredentialView]:
        """Return how credentials look, in their order."""
        totals, now = await self._snapshot.totals(), self._clock.now()
        live = self._live_states([each.id for each in credentials])
        seen = []
        for number, each in enumerate(credentials):
            if number % _BREATH == _BREATH - 1:
                await asyncio.sleep(0)
            fields = credential_view(each, box=self._box, now=now, used=totals.get(each.id))
            state = live.get(each.id)
            told = None if state is None else _live(state)
            seen.append(CredentialView.model_validate({**fields, "live": told}))
        return seen


def _live(state: LiveState) -> LiveView:
    bars = tuple(
        RestrictionView(what=what, reason=reason, until=moment(until))
        for what, reason, until in state.restrictions
    )
    return LiveView(in_flight=state.in_flight, status=state.status, reason=state.reason, restrictions=bars)
