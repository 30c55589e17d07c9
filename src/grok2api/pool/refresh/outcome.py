"""What came of a refresh: for whoever waited for it, and for people.

Must never hold a token in the open: the record carries them sealed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from grok2api.storage.records import Credential


class Result(StrEnum):
    """How a refresh ended."""

    RENEWED = "renewed"
    """The service gave new tokens, and they are stored."""
    ADOPTED = "adopted"
    """Somebody else has stored newer tokens, or the stored ones are fresh: the service was not asked."""
    UNSTORED = "unstored"
    """New tokens came and the store is away: they are kept and stored later, and not used before."""
    DEAD = "dead"
    """Only a new sign-in helps."""
    DENIED = "denied"
    """The account's subscription does not allow it, or the account is blocked."""
    CLIENT = "client"
    """The service does not accept the client id."""
    TROUBLE = "trouble"
    """The network, the service or the store; another try may succeed."""
    RESTING = "resting"
    """It failed a while ago and is not tried again yet."""
    UNREADABLE = "unreadable"
    """The tokens do not open with this server's secret key."""
    GONE = "gone"
    """There is no such sign-in."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a refresh.

    Attributes:
        record: As stored now; None if that is not known.
        reason: Why there are no new tokens, for people.
        retry_after: Seconds the service asked to be left alone.
    """

    result: Result
    record: Credential | None = None
    reason: str = ""
    retry_after: float | None = None

    @property
    def usable(self) -> bool:
        """Whether the record's tokens may be used."""
        return self.result in {Result.RENEWED, Result.ADOPTED}
