"""What the makers of pictures and clips hand to whoever tells the answer: pieces, as they come.

Must never hold anything of a client's connection: a take may outlive it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from grok2api.canonical.dispatch import Lease
from grok2api.canonical.plan import Target
from grok2api.canonical.usage import Usage


@dataclass(frozen=True, slots=True)
class Progress:
    """Something to be shown while the result is made."""

    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """The text of the answer, and what it used."""

    text: str = field(repr=False)
    usage: Usage | None


@dataclass(frozen=True, slots=True)
class Take:
    """One answer that is being made, or is made already.

    Attributes:
        target: Who makes it.
        lease: On whose account; nothing can be sent with it any more.
        dropped: Dotted paths of what was left out.
        pieces: Any number of `Progress`, then one `Result`; raises Grok2ApiError where it fails.
    """

    target: Target
    lease: Lease
    dropped: tuple[str, ...]
    pieces: AsyncIterator[Progress | Result]
