"""Forgets what is old in the audit, once a day, as long as `ledger.keep_audit_days` says.

The leader alone does it. Must never leave a chain that cannot be verified: that is the trail's promise.
"""

from __future__ import annotations

from typing import Final

from grok2api.errors import StorageError
from grok2api.observability.logging import get_logger
from grok2api.operations.auditing import AuditTrail
from grok2api.server.services import Services
from grok2api.storage.usage import DAY

PERIOD: Final = 3600.0

_log = get_logger("grok2api.audit")


class AuditCare:
    """Looks after the audit of a store.

    Args:
        services: The worker.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._trail = AuditTrail(services.records.audit, services.ring, services.clock)

    async def run(self) -> None:
        """Forget what is too old, if there is a day's worth of it: each time adds an entry that tells so."""
        days = self._services.live.current.ledger.keep_audit_days
        if self._services.leadership.claim is None or not days:
            return
        before = self._services.clock.now() - days * DAY
        try:
            oldest = await self._trail.oldest()
            if oldest is None or oldest.at >= before - DAY:
                return
            count = await self._trail.forget(before)
        except StorageError as error:
            _log.warning("the audit was not tidied up", reason=error.public_message)
        else:
            _log.info("old entries of the audit were forgotten", entries=count)
