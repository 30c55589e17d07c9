"""Tokens with which programs use the admin API; only the owner makes and ends them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from grok2api.admin.admitted import actor_of
from grok2api.admin.audited import Noting
from grok2api.admin.operator_shapes import NewToken, TokenList, TokenMade, token_view
from grok2api.admin.subjects import subject
from grok2api.admin.tokens import Tokens
from grok2api.kit.clock import Clock


class TokenRoutes:
    """API tokens.

    Args:
        tokens: Makes and revokes them.
        clock: Tells which have ended.
    """

    def __init__(self, tokens: Tokens, clock: Clock) -> None:
        self._tokens = tokens
        self._clock = clock

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("tokens")
        router.add_api_route("/tokens", self.list, methods=["GET"], summary="List API tokens")
        router.add_api_route(
            "/tokens", self.create, methods=["POST"], status_code=201, summary="Make an API token"
        )
        router.add_api_route(
            "/tokens/{token_id}",
            self.revoke,
            methods=["DELETE"],
            status_code=204,
            summary="Revoke an API token",
        )
        return router

    async def list(self) -> TokenList:
        """List the tokens, the oldest first; none is shown."""
        now = self._clock.now()
        return TokenList(data=[token_view(each, now) for each in await self._tokens.all()])

    async def create(self, sent: Annotated[NewToken, Body()], request: Request, note: Noting) -> TokenMade:
        """Make a token for a program. It is told this once."""
        now = self._clock.now()
        plain, token = await self._tokens.make(
            sent.name.strip(),
            sent.role,
            created_by=actor_of(request.scope).name,
            expires_at=sent.end(now),
        )
        shown = token_view(token, now)
        note.made(token.id, {"name": shown.name, "role": shown.role, "expires_at": shown.expires_at})
        return TokenMade(**shown.model_dump(), token=plain)

    async def revoke(self, token_id: str, note: Noting) -> Response:
        """Revoke a token: from now on it opens nothing, on any worker."""
        token = await self._tokens.revoke(token_id)
        note.before = {"name": token.name, "role": token.role, "hint": token.hint}
        return Response(status_code=204)
