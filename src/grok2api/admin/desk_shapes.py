"""What the admin API takes and gives about those who use it: sessions, operators, tokens, the audit.

A password is only ever taken; a token is given once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from grok2api.admin.passwords import LONGEST, SHORTEST, Origin
from grok2api.admin.sessions import SignedIn
from grok2api.admin.shapes import Sent, Told
from grok2api.errors import InvalidRequest
from grok2api.operations.auditing import Way
from grok2api.operations.notation import moment
from grok2api.storage.auditing import AuditEntry, AuditFilter, AuditOutcome
from grok2api.storage.desk import ApiToken, Operator, Role

_NAME = Field(min_length=1, max_length=64, pattern=r"^[^\s\x00-\x1f](?:[^\x00-\x1f]*[^\s\x00-\x1f])?$")
Name = Annotated[str, _NAME]
NewPassword = Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST)]


class SetupView(Told):
    """What the sign-in page has to know before anybody has signed in."""

    password_from: Origin
    """`generated`: the first start printed it. `chosen`: somebody set it. `settings`: it is `app.app_key`."""
    password_login: bool
    """Whether passwords are taken."""
    single_sign_on: str | None
    """What the button of single sign-on says; null where there is none."""
    groups_claim: str | None
    """The claim whose values get a role at single sign-on, for whoever got none; null where there is none."""


class SignIn(Sent):
    """A name and its password; without a name it is the owner's.

    `code` is the one of the account's authenticator app, or a recovery code. 401 `second_factor_needed` asks
    for it; an account without an app leaves it out.
    """

    name: str = Field(default="", max_length=200)
    password: str = Field(repr=False, max_length=LONGEST)
    code: str = Field(default="", repr=False, max_length=40)


class SessionStarted(Told):
    """A new session; `token` is told this once."""

    token: str = Field(repr=False)
    expires_at: str
    name: str
    role: Role
    password_from: Origin


class SecondFactorView(Told):
    """An account's authenticator app. Where it is required and missing, nothing else can be done."""

    enrolled: bool
    recovery_codes_left: int
    required: bool


class SecondFactorWish(Sent):
    """The present password, to set up an authenticator app."""

    password: str = Field(repr=False, max_length=LONGEST)


class SecondFactorSetup(Told):
    """What an authenticator app needs; `enrolment` is sent back with its first code within ten minutes."""

    secret: str = Field(repr=False)
    address: str = Field(repr=False)
    """An `otpauth:` address, for a QR code."""
    enrolment: str = Field(repr=False)


class SecondFactorConfirmation(Sent):
    """The first code of an app that is being set up."""

    enrolment: str = Field(repr=False, max_length=2000)
    code: str = Field(repr=False, max_length=40)


class SecondFactorCode(Sent):
    """A code of the app, or a recovery code."""

    code: str = Field(repr=False, max_length=40)


class RecoveryCodes(Told):
    """Ten codes, each good once in the place of the app's; told this once."""

    recovery_codes: list[str] = Field(repr=False)


class SessionView(Told):
    """Who is asking. Of a program's token there is no session, so its times are null."""

    id: str
    name: str
    role: Role
    way: Way
    created_at: str | None
    idle_at: str | None
    """When it ends unless it is used again."""
    expires_at: str | None
    """When it ends, used or not."""
    change_password: bool
    """Whether the password is the one that the first start made, and should be replaced."""
    single_sign_on: bool
    """Whether an identity provider vouches for the account, so that it has no password here."""
    second_factor: SecondFactorView | None
    """How the account stands with its authenticator app; null for a program's token."""


class PasswordChange(Sent):
    """A new password, and the present one."""

    current: str = Field(repr=False, max_length=LONGEST)
    new: NewPassword = Field(repr=False)


class SessionRow(Told):
    """A session in a list."""

    id: str
    name: str
    role: Role
    created_at: str | None
    last_used_at: str | None
    idle_at: str | None
    expires_at: str | None
    address: str
    agent: str
    own: bool
    """Whether it is the very one that asks."""


class SessionList(Told):
    """Sessions that go on, the last used first."""

    data: list[SessionRow]


class Revoked(Told):
    """How many sessions were ended."""

    revoked: int


class NewOperator(Sent):
    """An account for somebody."""

    name: Name
    role: Role
    password: NewPassword = Field(repr=False)


class OperatorEdit(Sent):
    """What is to be changed; what is left out, or null, stays. A new password ends his sessions."""

    name: Name | None = None
    role: Role | None = None
    enabled: bool | None = None
    password: NewPassword | None = Field(default=None, repr=False)


class OperatorView(Told):
    """An account, its password apart."""

    id: str
    name: str
    role: Role
    enabled: bool
    issuer: str | None
    """The identity provider that vouches for him; null for who has a password."""
    subject: str | None
    """What that provider calls him."""
    second_factor: bool
    """Whether he has an authenticator app."""
    created_at: str | None
    updated_at: str | None


class OperatorList(Told):
    """The accounts besides the owner's, the oldest first."""

    data: list[OperatorView]


class NewToken(Sent):
    """A token for a program. `expires_at` is a moment in ISO 8601; left out, it does not end."""

    name: Name
    role: Role
    expires_at: str | None = Field(default=None, max_length=40)

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
    """A token, itself apart; `hint` is the part that may be shown, `last_used_at` is exact to the hour."""

    id: str
    name: str
    role: Role
    hint: str
    created_by: str
    created_at: str | None
    expires_at: str | None
    expired: bool
    last_used_at: str | None


class TokenMade(TokenView):
    """A new token; `token` is told this once."""

    token: str = Field(repr=False)


class TokenList(Told):
    """The tokens, the oldest first."""

    data: list[TokenView]


class AuditQuery(BaseModel):
    """Which entries a list shows. `since` and `until` are moments in ISO 8601."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    actor: str = Field(default="", max_length=255)
    action: str = Field(default="", max_length=128)
    target: str = Field(default="", max_length=255)
    way: Literal["session", "token", "cli", "server", ""] = ""
    outcome: Literal["begun", "done", "failed", ""] = ""
    request_id: str = Field(default="", max_length=255)
    since: str = Field(default="", max_length=40)
    until: str = Field(default="", max_length=40)
    limit: int = Field(default=100, ge=1, le=500)
    cursor: int | None = Field(default=None, ge=1)

    def filter(self) -> AuditFilter:
        """Return it as the store takes it; InvalidRequest for what is no moment."""
        return AuditFilter(
            actor=self.actor,
            action=self.action,
            target=self.target,
            way=self.way,
            outcome=self.outcome,
            request_id=self.request_id,
            since=moment_of(self.since, "since") if self.since else None,
            until=moment_of(self.until, "until") if self.until else None,
        )


class AuditView(Told):
    """One step of one deed: `begun` before it is done, `done` or `failed` when it has ended."""

    sequence: int
    of: int | None
    """The entry that told of its beginning; null in that one, and where one entry tells all."""
    at: str | None
    actor_id: str
    actor: str
    role: str
    way: Way
    address: str
    action: str
    target: str
    outcome: AuditOutcome
    status: int
    request_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    hash: str


class AuditPage(Told):
    """A page of the audit, newest first."""

    data: list[AuditView]
    next_cursor: int | None


class ChainView(Told):
    """Whether the audit is whole; `broken_at` is the first entry that does not fit."""

    ok: bool
    entries: int
    broken_at: int | None
    reason: str


def moment_of(text: str, param: str) -> float:
    """Return the wall time of a moment in ISO 8601, taken as UTC where it does not say; InvalidRequest."""
    try:
        when = datetime.fromisoformat(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise InvalidRequest(
            f"{param} is a moment in ISO 8601, such as 2027-01-31T12:00:00Z.", param=param
        ) from None


def session_row(signed_in: SignedIn, *, own: bool) -> SessionRow:
    """Return how a session looks in a list."""
    session = signed_in.session
    return SessionRow(
        id=signed_in.id,
        name=signed_in.account.name,
        role=signed_in.account.role,
        created_at=moment(session.created_at),
        last_used_at=moment(session.last_used_at),
        idle_at=moment(signed_in.ends_at),
        expires_at=moment(session.expires_at),
        address=session.address,
        agent=session.agent,
        own=own,
    )


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


def audit_view(entry: AuditEntry) -> AuditView:
    """Return how an entry looks."""
    told = {name: getattr(entry, name) for name in AuditView.model_fields}
    for side in ("before", "after"):
        told[side] = msgspec.json.decode(told[side]) if told[side] else None
    return AuditView.model_validate({**told, "of": entry.of or None, "at": moment(entry.at)})
