"""Signing in with xAI accounts, from the console.

A sign-in goes on by itself once it has begun; whoever asked for it looks again when he likes. Must never wait
for a person within a request.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from grok2api.admin.audited import Noting
from grok2api.admin.sign_in_flows import SignInFlows
from grok2api.admin.sign_in_shapes import RedirectBody, SignInBody, SignInView
from grok2api.admin.subjects import subject
from grok2api.operations.editing import Edit
from grok2api.operations.sign_in_keeper import Wishes


class SignInRoutes:
    """Sign-ins under way.

    Args:
        flows: Carries them out.
    """

    def __init__(self, flows: SignInFlows) -> None:
        self._flows = flows

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("sign-ins")
        one = "/credentials/sign-ins/{sign_in_id}"
        router.add_api_route(
            "/credentials/sign-ins",
            self.begin,
            methods=["POST"],
            status_code=201,
            summary="Begin to sign in with an xAI account",
        )
        router.add_api_route(one, self.show, methods=["GET"], summary="Show a sign-in")
        router.add_api_route(one, self.cancel, methods=["DELETE"], summary="Give up a sign-in")
        router.add_api_route(
            one + "/redirect", self.finish, methods=["POST"], summary="Finish a browser sign-in"
        )
        return router

    async def begin(self, sent: Annotated[SignInBody, Body()], note: Noting) -> SignInView:
        """Begin to sign in. 403 while `oauth.enabled` is off; the message holds the notice to read first."""
        told = Edit(name=sent.name, tags=tuple(sent.tags), proxy=sent.proxy).checked()
        wishes = Wishes(name=told.name or "", tier=sent.tier, tags=told.tags or (), proxy=told.proxy or "")
        begun = await self._flows.begin(sent.flow, wishes)
        note.made(begun.id, {"flow": sent.flow, "name": wishes.name})
        return begun

    async def show(self, sign_in_id: str) -> SignInView:
        """Show how a sign-in stands. It is also a job: its events tell when it moves."""
        return await self._flows.get(sign_in_id)

    async def cancel(self, sign_in_id: str, note: Noting) -> SignInView:
        """Give it up; if its tokens have come they are stored all the same."""
        before = await self._flows.get(sign_in_id)
        now = await self._flows.cancel(sign_in_id)
        note.before, note.after = _told(before), _told(now)
        return now

    async def finish(
        self, sign_in_id: str, sent: Annotated[RedirectBody, Body()], note: Noting
    ) -> SignInView:
        """Take the address that the browser ended up at, and tell how the sign-in ended."""
        ended = await self._flows.finish(sign_in_id, sent.url)
        note.after = _told(ended)
        return ended


def _told(view: SignInView) -> dict[str, object]:
    """Return what the audit is told of a sign-in: its addresses and codes open an account."""
    told: dict[str, object] = {"flow": view.flow, "state": view.state}
    return {**told, "credential_id": view.credential_id} if view.credential_id else told
