"""What a request asks of the attempts, and what comes of it. Must never send anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from grok2api.accounting.settlement import Settlement
from grok2api.canonical.amendments import UNAMENDED, Amendments
from grok2api.canonical.call import Call
from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.plan import Demand, Plan, Target
from grok2api.config.settings import Settings
from grok2api.dialects.base import Answer, Dialect, View


class Errand(Protocol):
    """What the loop needs of a request, whatever comes of it."""

    @property
    def call(self) -> Call:
        """Return the request."""
        ...

    @property
    def plan(self) -> Plan:
        """Return what was decided about it."""
        ...

    @property
    def settlement(self) -> Settlement:
        """Return its account."""
        ...

    @property
    def settings(self) -> Settings:
        """Return the snapshot that it lives with from start to end."""
        ...

    @property
    def patience(self) -> float | None:
        """Return the longest wait for a credential in seconds; None leaves it to the pool."""
        ...

    def translate(self, target: Target, lease: Lease, amendments: Amendments = UNAMENDED) -> Dispatch:
        """Write the request for one attempt."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one request for a turn asks of the attempts."""

    call: Call
    plan: Plan
    dialect: Dialect
    view: View
    settlement: Settlement
    settings: Settings
    """The snapshot that this request lives with from start to end."""
    patience: float | None = None
    """Longest wait for a credential in seconds; None leaves it to the pool."""

    def translate(self, target: Target, lease: Lease, amendments: Amendments = UNAMENDED) -> Dispatch:
        """Write the request for one attempt."""
        return self.dialect.translate(self.call, target, lease, amendments)


@dataclass(frozen=True, slots=True)
class Whole:
    """A non-streamed answer."""

    body: bytes
    target: Target
    lease: Lease
    dropped: tuple[str, ...] = ()
    """What this attempt had to leave out, beside what the call did."""
    answer: Answer | None = None
    rescued: bool = False
    """Whether the conversation was rebuilt, because its own account could not go on."""


def demand_of(call: Call, plan: Plan, target: Target) -> Demand:
    """Return what a credential must offer to serve this target of a call."""
    return Demand(
        upstream_id=target.upstream_id,
        tier=plan.tier,
        account_pin=call.account_pin,
        preferred_account=call.preferred_account,
        affinity=call.affinity,
        surface=target.surface,
        scope=call.caller.scope,
    )
