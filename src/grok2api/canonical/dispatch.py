"""One attempt on its way to upstream: what is sent, and on whose credential."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from grok2api.canonical.upload import Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """A request to upstream, complete but for the credential."""

    method: Literal["GET", "POST", "DELETE"]
    path: str
    """Below the base URL, with a leading slash and its query."""
    content: bytes | None = None
    """A JSON body."""
    upload: Upload | None = field(default=None, repr=False)
    """A body of another kind, in place of `content`."""
    stream: bool = False
    repeatable: bool = True
    """Whether sending it twice does no harm."""
    conversation: str | None = None
    """Goes out as `x-grok-conv-id`, so that the prompt cache is met again."""
    dropped: tuple[str, ...] = ()
    """Dotted paths that this attempt had to leave out, beside those of the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to use one credential for one attempt."""

    credential_id: str
    account_id: str
    token: str = field(repr=False)
    base_url: str
    proxy: str | None = field(default=None, repr=False)
    kind: str = "api_key"
    generation: int = 0
    """Which of a sign-in's token sets this is; 0 for a key."""
    sandbox: bool = False
    former_accounts: tuple[str, ...] = ()
    """Ids under which its account was known before: what was made then is its own too."""
