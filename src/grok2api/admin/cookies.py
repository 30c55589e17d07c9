"""The cookies of the admin API: what they are called, where browsers send them, and what guards them.

Over https a cookie has the prefix `__Host-`: browsers keep it for this very host, and only as it was set, so
its path is the root. Over http it is sent only where it is needed. Must never count over one scheme what was
kept over the other, and must never be kept so that a script can read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import HTTPConnection
    from starlette.responses import Response

_HOST_PREFIX: Final = "__Host-"


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie.

    Attributes:
        name: Over http; over https it has the prefix before it.
        path: Below which browsers send it over http.
        same_site: Whether a visit that another site's link leads to brings it along.
    """

    name: str
    path: str
    same_site: Literal["strict", "lax"]

    def read(self, connection: HTTPConnection) -> str:
        """Return what a request brings in it; empty if nothing."""
        return connection.cookies.get(self._name(secure=is_secure(connection)), "")

    def keep(self, response: Response, connection: HTTPConnection, value: str, *, seconds: float) -> None:
        """Have the browser keep a value for so long."""
        secure = is_secure(connection)
        response.set_cookie(
            self._name(secure=secure),
            value,
            max_age=int(seconds),
            path=self._path(secure=secure),
            secure=secure,
            httponly=True,
            samesite=self.same_site,
        )

    def forget(self, response: Response, connection: HTTPConnection) -> None:
        """Have the browser forget the one of its scheme."""
        self._forget(response, (is_secure(connection),))

    def forget_everywhere(self, response: Response) -> None:
        """Have the browser forget it, whichever scheme it was kept over."""
        self._forget(response, (False, True))

    def _forget(self, response: Response, schemes: Sequence[bool]) -> None:
        for secure in schemes:
            response.delete_cookie(
                self._name(secure=secure),
                path=self._path(secure=secure),
                secure=secure,
                httponly=True,
                samesite=self.same_site,
            )

    def _name(self, *, secure: bool) -> str:
        return f"{_HOST_PREFIX}{self.name}" if secure else self.name

    def _path(self, *, secure: bool) -> str:
        return "/" if secure else self.path


SESSION: Final = Cookie("grok2api_session", path="/admin", same_site="strict")
"""Holds the token of a session."""
SIGN_ON: Final = Cookie("grok2api_sign_on", path="/admin/api/session/sso", same_site="lax")
"""Holds, sealed, what a single sign-on began; the identity provider's page leads back with it."""


def is_secure(connection: HTTPConnection) -> bool:
    """Tell whether the browser sees https."""
    return connection.url.scheme == "https"
