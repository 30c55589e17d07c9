"""Words of requests that are kept because an operator turned that on: read and deleted one by one.

Every look is in the audit: it is a look at somebody's words. Must never list or export them.
"""

from __future__ import annotations

from fastapi import APIRouter, Response

from grok2api.admin.audited import Noting
from grok2api.admin.content_shapes import Forgotten, RecordingKey, Recordings, RequestContent
from grok2api.admin.services import LedgerServices
from grok2api.admin.subjects import subject
from grok2api.config.live import Live
from grok2api.operations.client_keys import KeyOperations
from grok2api.operations.contents import kept_hours


class ContentRoutes:
    """Words of requests.

    Args:
        ledger: Reads and forgets them, and has the newest ones written.
        keys: Knows of which client keys they are kept.
        live: The settings.
    """

    def __init__(self, ledger: LedgerServices, keys: KeyOperations, live: Live) -> None:
        self._contents = ledger.contents
        self._written = ledger.written
        self._keys = keys
        self._live = live

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("contents")
        one = "/requests/{request_id}/content"
        router.add_api_route(
            "/contents", self.whose, methods=["GET"], summary="Tell whose prompts and answers are kept"
        )
        router.add_api_route(
            one, self.read, methods=["GET"], summary="Read the prompt and the answer of a request"
        )
        router.add_api_route(
            one,
            self.forget,
            methods=["DELETE"],
            status_code=204,
            summary="Delete the prompt and the answer of a request",
        )
        router.add_api_route(
            "/keys/{key_id}/contents",
            self.forget_all,
            methods=["DELETE"],
            summary="Delete all prompts and answers of a client key",
        )
        return router

    async def whose(self) -> Recordings:
        """Tell of which client keys prompts and answers are kept now, and how long they may be."""
        ledger = self._live.current.ledger
        hours = [(each, kept_hours(each, ledger)) for each in await self._keys.list()]
        return Recordings(
            keys=[RecordingKey(key_id=key.id, name=key.name, hours=kept) for key, kept in hours if kept],
            default_hours=ledger.content_hours,
            max_hours=ledger.content_max_hours,
        )

    async def read(self, request_id: str, note: Noting) -> RequestContent:
        """Read what was asked and answered. The audit tells who did; 404 `content_not_kept` if nothing is."""
        await self._written()
        content = RequestContent.model_validate(await self._contents.read(request_id))
        note.target, note.after = content.request_id, {"key_id": content.key_id}
        return content

    async def forget(self, request_id: str, note: Noting) -> Response:
        """Delete what is kept of a request; its record in the ledger stays."""
        await self._written()
        gone = await self._contents.forget(request_id)
        note.target, note.before = gone.request_id, {"key_id": gone.key_id}
        return Response(status_code=204)

    async def forget_all(self, key_id: str, note: Noting) -> Forgotten:
        """Delete what is kept of a client key, also of one that is gone; records in the ledger stay."""
        await self._written()
        count = await self._contents.forget_all(key_id)
        note.after = {"deleted": count}
        return Forgotten(requests=count)
