"""What the admin API takes and gives about who may use it: operators, and tokens of programs.

A password is only ever taken; a token is given once.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from grok2api.admin.moments import moment_of
from grok2api.admin.passwords import LONGEST, SHORTEST
from grok2api.admin.shapes import Sent, Told
from grok2api.errors import InvalidRequest
from grok2api.operations.notation import moment
from grok2api.storage.access import ApiToken, Operator, Role

_NAME = Field(min_length=1, max_length=64, pattern=r"^[^\s\x00-\x1f](?:[^\x00-\x1f]*[^\s\x00-\x1f])?$")
Name = Annotated[str, _NAME]
NewPassword = Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST)]


class NewOperator(Sent):
    """An account for somebody."""

    name: Name
    """At most 64 characters; case does not matter."""
    role: Role
    """`viewer` looks, `operator` also works, `owner` may do everything."""
    password: NewPassword = Field(repr=False)
    """12 characters or more."""


class OperatorEdit(Sent):
    """What is to be changed; what is left out, or null, stays."""

    name: Name | None = None
    """At most 64 characters; case does not matter."""
    role: Role | None = None
    """Counts at once."""
    enabled: bool | None = None
    """`false` ends all sessions of the account."""
    password: NewPassword | None = Field(default=None, repr=False)
    """12 characters or more; a new one ends all sessions of the account."""


class OperatorView(Told):
    """An account, its password apart."""

    id: str
    """Its id."""
    name: str
    """What he is called."""
    role: Role
    """`viewer` looks, `operator` also works, `owner` may do everything."""
    enabled: bool
    """Whether he may sign in."""
    issuer: str | None
    """The identity provider that vouches for him; null for who has a password."""
    subject: str | None
    """What that provider calls him."""
    second_factor: bool
    """Whether he has an authenticator app."""
    created_at: str | None
    """When it was made, UTC in ISO 8601; null only for a time that no calendar holds."""
    updated_at: str | None
    """When it was last changed, UTC in ISO 8601; null only for a time that no calendar holds."""


class OperatorList(Told):
    """The accounts besides the owner's, the oldest first."""

    data: list[OperatorView]
    """The accounts besides the owner's, the oldest first."""


class NewToken(Sent):
    """A token for a program."""

    name: Name
    """At most 64 characters."""
    role: Role
    """What the program may do."""
    expires_at: str | None = Field(default=None, max_length=40)
    """A moment to come, in ISO 8601; null or left out, it does not end."""

    def end(self, now: float) -> float | None:
        """Return the wall time at which it ends.

        Raises:
            InvalidRequest: it is no moment, or is over.
        """
        if self.expires_at is None:
            return None
        seconds = moment_of(self.expires_at, "expires_at")
        if seconds <= now:
            raise InvalidRequest("expires_at is in the past.", param="expires_at")
        return seconds


class TokenView(Told):
    """A token, itself apart."""

    id: str
    """Its id."""
    name: str
    """What people call it."""
    role: Role
    """`viewer` looks, `operator` also works, `owner` may do everything."""
    hint: str
    """The part that may be shown."""
    created_by: str
    """Name of who made it, as it was then."""
    created_at: str | None
    """When it was made, UTC in ISO 8601; null only for a time that no calendar holds."""
    expires_at: str | None
    """From when on it is refused, UTC in ISO 8601; null is never."""
    expired: bool
    """Whether it is refused by now."""
    last_used_at: str | None
    """To the hour; null if it never was."""


class TokenMade(TokenView):
    """A new token."""

    token: str = Field(repr=False)
    """Told this once."""


class TokenList(Told):
    """The tokens, the oldest first."""

    data: list[TokenView]
    """The tokens, the oldest first."""


def operator_view(operator: Operator, *, second_factor: bool = False) -> OperatorView:
    """Return how an account looks."""
    return OperatorView(
        id=operator.id,
        name=operator.name,
        role=operator.role,
        enabled=operator.enabled,
        issuer=operator.issuer,
        subject=operator.subject,
        second_factor=second_factor,
        created_at=moment(operator.created_at),
        updated_at=moment(operator.updated_at),
    )


def token_view(token: ApiToken, now: float) -> TokenView:
    """Return how a token looks, as of wall time `now`."""
    return TokenView(
        id=token.id,
        name=token.name,
        role=token.role,
        hint=token.hint,
        created_by=token.created_by,
        created_at=moment(token.created_at),
        expires_at=moment(token.expires_at),
        expired=token.expires_at is not None and token.expires_at <= now,
        last_used_at=moment(token.last_used_at),
    )
