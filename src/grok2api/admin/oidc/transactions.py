"""A single sign-on that has begun, kept in the browser that began it: sealed, for ten minutes, good once.

Any worker and any host of the fleet can end it, since all have the key. The cookie is `Lax`: the provider's
page leads back here, and a stricter one would not come along. Nobody else has it, so an answer of the
provider that was meant for another browser opens nothing (RFC 9700, 4.7).
Must never be read by the page, and must never lead anywhere but into the console.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from grok2api.admin.oidc.refusal import SignOnRefused
from grok2api.kit import base64url
from grok2api.kit.secretbox import SealBroken
from grok2api.storage.access import AdminAnswer

if TYPE_CHECKING:
    from grok2api.kit.clock import Clock
    from grok2api.kit.secretbox import SecretBox
    from grok2api.storage.access import AnswerStore

LIFETIME: Final = 600.0
"""Seconds from the beginning to the end of a sign-in."""
_CONTEXT: Final = "sign-on/transaction"
_LONGEST: Final = 4096
_PAGE: Final = re.compile(r"/(?:[A-Za-z0-9_~!$&'()*+,;=:@%?-][A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?")
_LONGEST_PAGE: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """What has to be remembered until the provider's answer comes.

    Attributes:
        state: Comes back with the answer.
        nonce: Comes back in the token.
        verifier: Proves to the provider that whoever asks for the token began this (PKCE).
        issuer: Whom it was begun with.
        redirect_uri: Where the answer was asked to go.
        page: Where in the console it leads; begins with a slash.
        begun_at: Wall time.
    """

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    issuer: str
    redirect_uri: str
    page: str
    begun_at: float

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier at first."""
        return base64url.encode(hashlib.sha256(self.verifier.encode()).digest())


class Transactions:
    """Begins them, and gives each back once.

    Args:
        box: Seals them.
        spent: Remembers for all workers which are over.
        clock: Where time comes from.
    """

    def __init__(self, box: SecretBox, spent: AnswerStore, clock: Clock) -> None:
        self._box = box
        self._spent = spent
        self._clock = clock

    def begin(self, *, issuer: str, redirect_uri: str, page: str) -> tuple[Transaction, str]:
        """Return a new one, and the text that the browser keeps."""
        begun = Transaction(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            issuer=issuer,
            redirect_uri=redirect_uri,
            page=page_of(page),
            begun_at=self._clock.now(),
        )
        return begun, self._box.seal_bytes(msgspec.json.encode(begun), _CONTEXT)

    async def end(self, kept: str, *, state: str, issuer: str) -> Transaction:
        """Return the one that a browser kept, this once.

        Args:
            kept: What the browser sent.
            state: What the provider sent back.
            issuer: The provider of the present settings.

        Raises:
            SignOnRefused: it is over, was used, is another one's, or never was one.
            StorageError: the store did not answer.
        """
        begun, now = self._opened(kept), self._clock.now()
        if not begun.begun_at - LIFETIME <= now < begun.begun_at + LIFETIME:
            raise SignOnRefused("expired", "it was begun too long ago")
        if not hmac.compare_digest(begun.state.encode(), state.encode("utf-8", "surrogatepass")):
            raise SignOnRefused("expired", "the state is another one")
        if begun.issuer != issuer:
            raise SignOnRefused("expired", "it was begun with another provider")
        mark = AdminAnswer(
            id=hashlib.sha256(b"sign-on " + begun.state.encode()).hexdigest(),
            digest="",
            created_at=now,
            expires_at=begun.begun_at + 2 * LIFETIME,
        )
        if await self._spent.begin(mark, now=now) is not None:
            raise SignOnRefused("expired", "it was used before")
        return begun

    def _opened(self, kept: str) -> Transaction:
        if not kept or len(kept) > _LONGEST:
            raise SignOnRefused("expired", "this browser began none")
        try:
            return msgspec.json.decode(self._box.open_bytes(kept, _CONTEXT), type=Transaction)
        except (SealBroken, ValueError, msgspec.DecodeError):
            raise SignOnRefused("expired", "what the browser kept does not open") from None


def page_of(wanted: str) -> str:
    """Return a page of the console: the one that is wanted, or the first if that is no address below it."""
    path = wanted.partition("?")[0].replace("%2e", ".").replace("%2E", ".")
    unfit = any(part in {".", ".."} for part in path.split("/"))
    return wanted if _PAGE.fullmatch(wanted) and len(wanted) <= _LONGEST_PAGE and not unfit else "/"
