"""Which of all workers on all hosts does what must be done once: the holder of one claim in the store.

Leading is believed only as long as the claim lasts on this process's own clock: a process that slept may
not act before it has asked again. Must never be the only guard of a write: what must be exact carries the
claim's fence.
"""

from __future__ import annotations

import os
from typing import Final

from grok2api.kit.clock import Clock
from grok2api.observability.logging import get_logger
from grok2api.storage.records import Claim
from grok2api.storage.stores import ClaimStore

_log = get_logger("grok2api.server")

_NAME: Final = "leader"
LIFETIME: Final = 15.0
RENEWAL: Final = 5.0
SOON: Final = 1.0
"""Seconds after which a process that does not lead looks whether it does: then it has much to find out."""


class Leadership:
    """This process's part in the election.

    Args:
        claims: Where the claim is.
        holder: This process, among all that share the store.
        clock: Where time comes from.
    """

    def __init__(self, claims: ClaimStore, *, holder: str, clock: Clock) -> None:
        self._claims = claims
        self._holder = holder
        self._clock = clock
        self._claim: Claim | None = None
        self._until = 0.0

    @property
    def claim(self) -> Claim | None:
        """Return the claim to write under; None while another process leads."""
        return self._claim if self._clock.monotonic() < self._until else None

    @property
    def lapsed(self) -> bool:
        """Tell whether this process led last and has not heard since that it does not: nobody answers."""
        return self._claim is not None and self.claim is None

    async def run(self) -> None:
        """Take the lead, or keep it, if nobody else has it.

        Raises:
            StorageError: the store did not answer; the lead ends by itself.
        """
        begun, now = self._clock.monotonic(), self._clock.now()
        held = self._claim
        if held is not None:
            held = await self._claims.renew(held, seconds=LIFETIME, now=now)
        if held is None:
            held = await self._claims.acquire(_NAME, holder=self._holder, seconds=LIFETIME, now=now)
        led, self._claim, self._until = self._claim, held, begun + LIFETIME if held else 0.0
        if (led is None) is not (held is None):
            said = "this worker leads" if held else "another worker leads"
            _log.info(said, holder=self._holder, pid=os.getpid())

    async def close(self) -> None:
        """Let somebody else lead."""
        held, self._claim, self._until = self._claim, None, 0.0
        if held is not None:
            await self._claims.release(held)


async def leader_of(claims: ClaimStore, clock: Clock) -> str | None:
    """Return the process that leads now, whoever asks; StorageError if the store does not answer."""
    return await claims.holder(_NAME, now=clock.now())
