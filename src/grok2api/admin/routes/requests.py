"""Why a request was answered as it was: which credentials could serve it, who did, and what was tried.

Must never show a prompt or an answer: neither is kept.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from grok2api.admin.services import Explain
from grok2api.admin.shapes import Told
from grok2api.errors import NotFound

_UNKNOWN = "There is no such request, or its trace is not kept any more."


class Explanation(Told):
    """How a request came to its credential."""

    request_id: str
    request: dict[str, Any] | None
    """What it came to, by the ledger."""
    demand: dict[str, Any] | None
    """What a credential had to fulfil."""
    decisions: list[dict[str, Any]]
    """Each choice and what came of it; empty once the trace is forgotten."""
    rescued_after: int | None
    """How many of them came before its conversation was rebuilt elsewhere; null if it was not."""
    now: dict[str, Any] | None
    """Every credential, judged for the same demand as of now."""


class RequestRoutes:
    """Requests that were served or refused.

    Args:
        explain: Gives the decision trace.
    """

    def __init__(self, explain: Explain) -> None:
        self._explain = explain

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["requests"])
        router.add_api_route(
            "/requests/{request_id}/explain",
            self.explain,
            methods=["GET"],
            summary="Explain which credential served a request",
        )
        return router

    async def explain(self, request_id: str) -> Explanation:
        """Tell how a request came to its credential, with every credential judged anew as of now."""
        told = await self._explain(request_id)
        if told is None:
            raise NotFound(_UNKNOWN)
        return Explanation.model_validate(told)
