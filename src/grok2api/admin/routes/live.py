"""What runs now on all workers, and its end on request. Must never show what is asked or answered."""

from __future__ import annotations

from fastapi import APIRouter

from grok2api.accounting.running import Sight
from grok2api.admin.audited import Noting
from grok2api.admin.ledger_shapes import Cancelled, LiveList
from grok2api.admin.live_board import LiveBoard
from grok2api.admin.services import LedgerServices
from grok2api.admin.subjects import subject
from grok2api.errors import NotFound


class LiveRoutes:
    """Running requests.

    Args:
        ledger: Ends them.
        board: Shows them.
    """

    def __init__(self, ledger: LedgerServices, board: LiveBoard) -> None:
        self._ledger = ledger
        self._board = board

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("requests")
        router.add_api_route("/requests/live", self.running, methods=["GET"], summary="List what runs now")
        router.add_api_route(
            "/requests/live/{request_id}/cancel",
            self.cancel,
            methods=["POST"],
            status_code=202,
            summary="End a running request",
        )
        return router

    async def running(self) -> LiveList:
        """List what runs now on the workers of all hosts, the oldest first.

        The first look in a while takes a second or two: until then workers did not tell.
        """
        return await self._board.show()

    async def cancel(self, request_id: str, note: Noting) -> Cancelled:
        """End a running request, whichever worker has it, within two seconds.

        Its client gets the error `cancelled_by_operator` in the words of its dialect.
        """
        ended = await self._ledger.cancel(request_id)
        if not ended:
            raise NotFound("No such request runs now.")
        note.before = _told(ended[0])
        if len(ended) > 1:
            note.after = {"ended": [each.id for each in ended]}
        return Cancelled(id=request_id)


def _told(sight: Sight) -> dict[str, object]:
    """Return what the audit is told of a request that is ended."""
    return {
        "operation": sight.operation,
        "model": sight.model,
        "key_id": sight.key_id,
        "credential_id": sight.credential_id,
        "state": sight.state,
        "age_ms": round(sight.age_ms),
    }
