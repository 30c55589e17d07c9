"""What the admin API takes and gives about signing in: sessions, the own password, authenticator apps.

A password is only ever taken; a token is given once.
"""

from __future__ import annotations

from pydantic import Field

from grok2api.admin.operator_shapes import NewPassword
from grok2api.admin.passwords import LONGEST, Origin
from grok2api.admin.sessions import SignedIn
from grok2api.admin.shapes import Sent, Told
from grok2api.operations.auditing import Way
from grok2api.operations.notation import moment
from grok2api.storage.access import Role


class SetupView(Told):
    """What the sign-in page has to know before anybody has signed in."""

    password_from: Origin
    """`generated`: the first start printed it. `chosen`: somebody set it. `settings`: it is `app.app_key`.
    `none`: there is no password yet."""
    password_login: bool
    """Whether passwords are taken."""
    single_sign_on: str | None
    """What the button of single sign-on says; null where there is none."""
    groups_claim: str | None
    """The claim whose values get a role at single sign-on, for whoever got none; null where there is none."""


class SignIn(Sent):
    """A name and its password."""

    name: str = Field(default="", max_length=200)
    """Of an operator's account; empty, or `admin`, is the owner."""
    password: str = Field(repr=False, max_length=LONGEST)
    """The account's password."""
    code: str = Field(default="", repr=False, max_length=40)
    """Of the account's authenticator app, or a recovery code. 401 `second_factor_needed` asks for it; an
    account without an app leaves it out."""


class SessionStarted(Told):
    """A new session."""

    token: str = Field(repr=False)
    """Told this once; browsers get it as a cookie, too."""
    expires_at: str
    """When it ends, used or not; UTC in ISO 8601."""
    name: str
    """Name of the account."""
    role: Role
    """`viewer` looks, `operator` also works, `owner` may do everything."""
    password_from: Origin
    """Where the owner's password comes from, as in `GET /setup`; a `generated` one should be replaced."""


class SecondFactorView(Told):
    """An account's authenticator app. Where it is required and missing, nothing else can be done."""

    enrolled: bool
    """Whether the account has an app."""
    recovery_codes_left: int
    """How many recovery codes are left; 0 without an app."""
    required: bool
    """Whether the settings ask for one."""


class SecondFactorWish(Sent):
    """The present password, to set up an authenticator app."""

    password: str = Field(repr=False, max_length=LONGEST)
    """The present one."""


class SecondFactorSetup(Told):
    """What an authenticator app needs."""

    secret: str = Field(repr=False)
    """For an app without a camera."""
    address: str = Field(repr=False)
    """An `otpauth:` address, for a QR code."""
    enrolment: str = Field(repr=False)
    """Sent back with a first code of the app, within ten minutes."""


class SecondFactorConfirmation(Sent):
    """The first code of an app that is being set up."""

    enrolment: str = Field(repr=False, max_length=2000)
    """The one that the secret came with."""
    code: str = Field(repr=False, max_length=40)
    """Of the app, which shows that it works."""


class SecondFactorCode(Sent):
    """A code of the app, or a recovery code."""

    code: str = Field(repr=False, max_length=40)
    """Six digits of the app, or a recovery code."""


class RecoveryCodes(Told):
    """Ten codes, each good once in the place of the app's; told this once."""

    recovery_codes: list[str] = Field(repr=False)
    """The codes, as they are typed."""


class SessionView(Told):
    """Who is asking. Of a program's token there is no session, so its times are null."""

    id: str
    """Id of the session, or of the program's token."""
    name: str
    """Name of the account, or of the program's token."""
    role: Role
    """`viewer` looks, `operator` also works, `owner` may do everything."""
    way: Way
    """`session` is somebody in a browser, `token` a program."""
    created_at: str | None
    """When the session began, UTC in ISO 8601; null for a program's token."""
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
    version: str
    """This server's."""


class PasswordChange(Sent):
    """A new password, and the present one."""

    current: str = Field(repr=False, max_length=LONGEST)
    """The present password."""
    new: NewPassword = Field(repr=False)
    """12 characters or more."""


class SessionRow(Told):
    """A session in a list."""

    id: str
    """Its id."""
    name: str
    """Name of the account."""
    role: Role
    """`viewer` looks, `operator` also works, `owner` may do everything."""
    created_at: str | None
    """When the session began, UTC in ISO 8601; null only for a time that no calendar holds."""
    last_used_at: str | None
    """When it was last used, to the minute, UTC in ISO 8601; null only for a time that no calendar holds."""
    idle_at: str | None
    """When it ends unless it is used again."""
    expires_at: str | None
    """When it ends, used or not."""
    address: str
    """Where the sign-in came from."""
    agent: str
    """What the browser called itself."""
    own: bool
    """Whether it is the very one that asks."""


class SessionList(Told):
    """Sessions that go on, the last used first."""

    data: list[SessionRow]
    """Sessions that go on, the last used first."""


class Revoked(Told):
    """How many sessions were ended."""

    revoked: int
    """How many sessions were ended."""


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
