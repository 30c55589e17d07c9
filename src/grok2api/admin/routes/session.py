"""Signing in to the admin API and out again, the own password, and the sessions there are.

Must never tell why a sign-in failed: whatever was wrong, there is one answer.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response

import grok2api
from grok2api.admin import cookies
from grok2api.admin.access import Access
from grok2api.admin.accounts import Account
from grok2api.admin.admitted import actor_of, address_of, admitted, session_of
from grok2api.admin.audited import Noting
from grok2api.admin.password_entry import NotAdmitted, PasswordEntry, Shown
from grok2api.admin.roles import may
from grok2api.admin.session_shapes import (
    PasswordChange,
    Revoked,
    SecondFactorView,
    SessionList,
    SessionStarted,
    SessionView,
    SetupView,
    SignIn,
    session_row,
)
from grok2api.admin.session_start import SessionStart
from grok2api.admin.sessions import SignedIn
from grok2api.admin.subjects import subject
from grok2api.errors import Forbidden, NotFound
from grok2api.observability.logging import get_logger
from grok2api.operations.auditing import Actor
from grok2api.operations.notation import moment

_OF_OTHERS = "Only the owner sees and ends sessions of others."

_log = get_logger("grok2api.admin")


class SessionRoutes:
    """The caller's own session, and the others.

    Args:
        access: Decides who may enter.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._sessions = access.sessions
        self._start = SessionStart(access)
        self._entry = PasswordEntry(access.accounts, access.second_factors, access.throttle, access.live)

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("session")
        router.add_api_route(
            "/setup", self.setup, methods=["GET"], summary="Tell what a sign-in page has to know"
        )
        router.add_api_route("/session", self.sign_in, methods=["POST"], summary="Sign in")
        router.add_api_route("/session", self.who, methods=["GET"], summary="Tell who is signed in")
        router.add_api_route(
            "/session", self.sign_out, methods=["DELETE"], status_code=204, summary="Sign out"
        )
        router.add_api_route(
            "/session/password", self.password, methods=["PUT"], summary="Change the own password"
        )
        router.add_api_route("/sessions", self.list, methods=["GET"], summary="List sessions")
        router.add_api_route("/sessions", self.revoke_all, methods=["DELETE"], summary="End sessions")
        router.add_api_route(
            "/sessions/{session_id}",
            self.revoke,
            methods=["DELETE"],
            status_code=204,
            summary="End a session",
        )
        return router

    async def setup(self) -> SetupView:
        """Tell where the owner's password comes from; open to anybody, and all that is."""
        oidc = self._access.live.current.oidc
        return SetupView(
            password_from=await self._access.accounts.owner_password.origin(),
            password_login=self._access.live.current.admin.password_login,
            single_sign_on=oidc.name if oidc.enabled else None,
            groups_claim=oidc.groups_claim if oidc.enabled else None,
        )

    async def sign_in(
        self, sent: Annotated[SignIn, Body()], request: Request, response: Response
    ) -> SessionStarted:
        """Begin a session. Its token is in the answer, and in a cookie for browsers.

        Of a name that nobody has the audit is told three letters: it may be a password in the wrong field.
        """
        shown = Shown(name=sent.name, password=sent.password, code=sent.code, address=address_of(request))
        self._access.throttle.check(shown.mark, shown.address)
        async with self._access.line.turn():
            try:
                account = await self._entry.admit(shown)
            except NotAdmitted as refused:
                if refused.wrong:
                    await self._tell_refused(shown, refused.reason, request)
                raise refused.error from None
        return await self._told(account, *await self._start.enter(account, request, response))

    async def who(self, request: Request) -> SessionView:
        """Tell who asks, and until when the session lasts."""
        let_in, actor = admitted(request.scope), actor_of(request.scope)
        signed_in = let_in.signed_in
        session = None if signed_in is None else signed_in.session
        return SessionView(
            id=actor.id if signed_in is None else signed_in.id,
            name=actor.name,
            role=actor.role,
            way=actor.way,
            created_at=moment(session.created_at) if session else None,
            idle_at=moment(signed_in.ends_at) if signed_in else None,
            expires_at=moment(session.expires_at) if session else None,
            change_password=signed_in is not None
            and not signed_in.account.id
            and await self._access.accounts.owner_password.origin() == "generated",
            single_sign_on=signed_in is not None and signed_in.account.vouched,
            second_factor=None if signed_in is None else await self._second_factor(signed_in.account),
            version=grok2api.__version__,
        )

    async def _second_factor(self, account: Account) -> SecondFactorView:
        """Return how an account stands with its authenticator app."""
        factor = await self._access.second_factors.of(account.id)
        required = self._access.live.current.admin.second_factor == "required" and not account.vouched
        return SecondFactorView(
            enrolled=factor is not None,
            recovery_codes_left=0 if factor is None else len(factor.recovery_codes),
            required=required,
        )

    async def sign_out(self, request: Request) -> Response:
        """End the session on every worker at once."""
        await self._sessions.end(session_of(request.scope).session)
        response = Response(status_code=204)
        cookies.SESSION.forget_everywhere(response)
        return response

    async def password(
        self, sent: Annotated[PasswordChange, Body()], request: Request, response: Response, note: Noting
    ) -> SessionStarted:
        """Change the own password. All sessions of the account end; the answer holds a new one."""
        account = session_of(request.scope).account
        await self._access.check_password(account, sent.current, address_of(request), param="current")
        renewed = await self._access.staff.choose_password(account, sent.new)
        note.made(account.id, {"name": account.name, "password": "changed"})
        return await self._told(renewed, *await self._start.begin(renewed, request, response))

    async def list(
        self, request: Request, everyone: Annotated[bool, Query(description="Those of all accounts")] = False
    ) -> SessionList:
        """List the own sessions that go on; the owner may ask for those of everyone."""
        actor, own = actor_of(request.scope), admitted(request.scope).signed_in
        if everyone:
            _check_owner(actor)
        shown = [
            each
            for each in await self._sessions.all()
            if everyone or (actor.way == "session" and each.account.id == actor.id)
        ]
        return SessionList(
            data=[session_row(each, own=own is not None and each.id == own.id) for each in shown]
        )

    async def revoke_all(
        self,
        request: Request,
        note: Noting,
        everyone: Annotated[bool, Query(description="Those of all accounts")] = False,
        keep_own: Annotated[bool, Query(description="All but the one that asks")] = False,
    ) -> Revoked:
        """End all own sessions, everywhere; the owner may end those of everyone."""
        actor, own = actor_of(request.scope), admitted(request.scope).signed_in
        if everyone:
            _check_owner(actor)
        elif own is None:
            session_of(request.scope)
        kept = own.session.hash if own is not None and keep_own else ""
        count = 0
        for each in await self._sessions.all():
            if each.session.hash != kept and (everyone or each.account.id == actor.id):
                await self._sessions.end(each.session)
                count += 1
        note.after = {"ended": count, "everyone": everyone, "keep_own": keep_own}
        return Revoked(revoked=count)

    async def revoke(self, session_id: str, request: Request, note: Noting) -> Response:
        """End one session: an own one, or as the owner anybody's."""
        actor = actor_of(request.scope)
        for each in await self._sessions.all():
            own = actor.way == "session" and each.account.id == actor.id
            if each.id == session_id and (own or may(actor.role, "owner")):
                await self._sessions.end(each.session)
                note.before = {"name": each.account.name, "address": each.session.address}
                return Response(status_code=204)
        raise NotFound("There is no such session.")

    async def _told(self, account: Account, token: str, begun: SignedIn) -> SessionStarted:
        return SessionStarted(
            token=token,
            expires_at=moment(begun.session.expires_at) or "",
            name=account.name,
            role=account.role,
            password_from="chosen" if account.id else await self._access.accounts.owner_password.origin(),
        )

    async def _tell_refused(self, shown: Shown, reason: str, request: Request) -> None:
        _log.warning("sign-in refused", address=shown.address)
        mark = shown.mark
        name = mark if await self._access.staff.knows(mark) else f"{mark[:3]}…"
        nobody = Account(id="", name=name, role="viewer", stamp="")
        await self._access.tell_refused(self._start.deed(nobody, request), {"wrong": reason})


def _check_owner(actor: Actor) -> None:
    if not may(actor.role, "owner"):
        raise Forbidden(_OF_OTHERS)
