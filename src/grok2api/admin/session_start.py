"""How a session begins, whichever way somebody came in: told to the audit, and put into the cookie.

Must never begin one of which the audit could not be told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.admin import cookies
from grok2api.admin.admitted import address_of
from grok2api.observability.logging import get_logger
from grok2api.operations.auditing import Actor, Deed

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from grok2api.admin.access import Access
    from grok2api.admin.accounts import Account
    from grok2api.admin.sessions import SignedIn
    from grok2api.operations.auditing import Fields

_ACTION: Final = "session.begin"

_log = get_logger("grok2api.admin")


class SessionStart:
    """Begins sessions.

    Args:
        access: Where they are kept, and the audit that is told.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    async def enter(
        self, account: Account, request: Request, response: Response, why: Fields | None = None
    ) -> tuple[str, SignedIn]:
        """Tell the audit that somebody came in, and begin his session in place of the browser's earlier one.

        Raises:
            StorageError: the store did not answer.
        """
        await self._access.trail.tell(self.deed(account, request), "done", status=200, after=why)
        earlier = await self._access.sessions.find(cookies.SESSION.read(request))
        if earlier is not None:
            await self._access.sessions.end(earlier.session)
        return await self.begin(account, request, response)

    async def begin(self, account: Account, request: Request, response: Response) -> tuple[str, SignedIn]:
        """Begin a session, put its token into the cookie, and return both."""
        agent = request.headers.get("user-agent", "")
        token, begun = await self._access.sessions.begin(account, address=address_of(request), agent=agent)
        cookies.SESSION.keep(response, request, token, seconds=account.lasts)
        _log.info("signed in", address=address_of(request))
        return token, begun

    def deed(self, account: Account, request: Request) -> Deed:
        """Return what the audit is told of somebody who wants in."""
        actor = Actor(
            id=account.id, name=account.name, role=account.role, way="session", address=address_of(request)
        )
        return Deed(actor=actor, action=_ACTION, request_id=self._access.request_id(request.scope))
