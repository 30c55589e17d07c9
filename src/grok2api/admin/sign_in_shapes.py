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
    name: str = Field(default="", max_length=200)
    tier: Tier | None = None
    tags: list[str] = Field(default=[], max_length=100)
    proxy: str = Field(default="", repr=False, max_length=2000)


class RedirectBody(Sent):
    """The address that the browser ended up at."""

    url: str = Field(repr=False, max_length=8192)


class SignInView(Told):
    """A sign-in as it stands.

    With `device`, a person types `user_code` at `verification_uri`; with `redirect`, goes to `url`.
    """

    id: str
    flow: Flow
    state: State
    url: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_at: str
    interval: float
    message: str
    credential_id: str
    renewed: bool

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
