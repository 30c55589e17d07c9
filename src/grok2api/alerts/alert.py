"""What an alert is: one thing that is wrong with one subject.

Must never hold a secret, a prompt or an answer: alerts go to services of other people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

Kind = Literal[
    "pool.last_usable",
    "pool.none_usable",
    "credential.unreadable",
    "sign_in.expired",
    "budget.spent",
    "store.degraded",
    "price.drift",
]
Severity = Literal["warning", "critical"]
Event = Literal["raised", "reminder", "resolved", "test"]

SEVERITIES: Final[Mapping[Kind, Severity]] = MappingProxyType(
    {
        "pool.last_usable": "warning",
        "pool.none_usable": "critical",
        "credential.unreadable": "critical",
        "sign_in.expired": "warning",
        "budget.spent": "warning",
        "store.degraded": "critical",
        "price.drift": "warning",
    }
)


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that is wrong now.

    Attributes:
        kind: What is wrong.
        subject: With whom or what, as an id; empty if there is only one.
        facts: What the wording fills in, such as a name.
    """

    kind: Kind
    subject: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What tells it from all others: the same thing is told once."""
        return f"{self.kind}:{self.subject}"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message about an alert.

    Attributes:
        since: Wall time in seconds at which the thing went wrong.
        at: Wall time in seconds of the message.
    """

    event: Event
    alert: Alert
    since: float
    at: float

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return SEVERITIES[self.alert.kind]
