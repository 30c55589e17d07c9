"""What is known of a request that the gate let through, for those behind it.

Must never be made by anybody but the gate: whoever is named here has been asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import HTTPConnection

from grok2api.admin.roles import Rule
from grok2api.admin.sessions import SignedIn
from grok2api.errors import Forbidden, Unauthenticated
from grok2api.operations.auditing import Actor

KEY: Final = "grok2api.admin"
"""Where it is in the scope of a request."""
MISSING: Final = "Sign in first: POST /admin/api/session with the console's password."


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request that was let through.

    Attributes:
        rule: Its row in the table of roles.
        target: What it is about: the parts of its path that are no names.
        actor: Who asks; None where nobody has to sign in.
        signed_in: The session; None for a program's token.
        key: Who asks, as one text that no other has.
    """

    rule: Rule
    target: str
    actor: Actor | None = None
    signed_in: SignedIn | None = field(default=None, repr=False)
    key: str = ""


def admitted(scope: Mapping[str, object]) -> Admitted:
    """Return what is known of a request that was let through."""
    found = scope[KEY]
    if not isinstance(found, Admitted):
        raise Unauthenticated(MISSING)
    return found


def actor_of(scope: Mapping[str, object]) -> Actor:
    """Return who asks, where somebody had to sign in."""
    actor = admitted(scope).actor
    if actor is None:
        raise Unauthenticated(MISSING)
    return actor


def session_of(scope: Mapping[str, object]) -> SignedIn:
    """Return the session of a request; Forbidden for a program's token, which has none."""
    signed_in = admitted(scope).signed_in
    if signed_in is None:
        raise Forbidden("This is for people who have signed in; an API token has no session.")
    return signed_in


def address_of(connection: HTTPConnection) -> str:
    """Return where a request comes from; a trusted proxy has been asked already."""
    return connection.client.host if connection.client else "local"
