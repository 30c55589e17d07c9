"""What the admin API takes and gives about signing in with an xAI account.

Must never tell a token: what comes of a sign-in is the id of a credential.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grok2api.admin.shapes import Sent, Told
from grok2api.operations.notation import moment
from grok2api.operations.sign_in_register import SignIn, State
from grok2api.storage.records import Tier

Flow = Literal["device", "redirect"]


class SignInBody(Sent):
    """How to sign in, and what the credential is to be called and used for."""

    flow: Flow = "device"
    """`device`: a code to type on any device. `redirect`: in this browser."""
    name: str = Field(default="", max_length=200)
    """Of the credential; empty takes its e-mail address."""
    tier: Tier | None = None
    """Null takes the one that xAI tells."""
    tags: list[str] = Field(default=[], max_length=100)
    """Of the credential."""
    proxy: str = Field(default="", repr=False, max_length=2000)
    """Address of an http, https or socks5 proxy; empty is the one of the settings."""


class RedirectBody(Sent):
    """The address that the browser ended up at."""

    url: str = Field(repr=False, max_length=8192)
    """The whole address, with its query."""


class SignInView(Told):
    """A sign-in as it stands."""

    id: str
    """Its id, which is also that of its job."""
    flow: Flow
    """`device`: a code to type on any device. `redirect`: in this browser."""
    state: State
    """`waiting` or `storing`; then `done`, `refused`, `expired`, `cancelled` or `failed`."""
    url: str
    """Where a person goes with `redirect`; else empty."""
    user_code: str
    """What a person types with `device`; else empty."""
    verification_uri: str
    """Where a person types `user_code`."""
    verification_uri_complete: str
    """The same with the code in it."""
    expires_at: str
    """When it ends by itself."""
    interval: float
    """Seconds between two questions whether it was confirmed."""
    message: str
    """How it stands, in words."""
    credential_id: str
    """The credential that it became; empty until then."""
    renewed: bool
    """Whether that credential was in the pool before."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state not in {"waiting", "storing"}


def sign_in_view(identifier: str, flow: Flow, shown: SignIn) -> SignInView:
    """Return how a sign-in looks under the id that it has here."""
    return SignInView(
        id=identifier,
        flow=flow,
        state=shown.state,
        url=shown.url,
        user_code=shown.user_code,
        verification_uri=shown.verification_uri,
        verification_uri_complete=shown.verification_uri_complete,
        expires_at=moment(shown.expires_at) or "",
        interval=shown.interval,
        message=shown.message,
        credential_id=shown.credential_id,
        renewed=shown.renewed,
    )
