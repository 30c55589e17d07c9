"""When a sign-in is to be refreshed, how it stands, and how long to leave it alone after a failure.

All of it is pure. A short-lived token is never refreshed for most of its life, and the moment differs from
sign-in to sign-in, so that ten thousand of them do not come at once. Must never read a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from zlib import crc32

from grok2api.storage.records import Credential

_HASHES: Final = 2**32
_GROWTH: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshRules:
    """How sign-ins are refreshed; times are seconds."""

    lead: float = 300.0
    """How long before its end an access token is replaced."""
    jitter: float = 0.1
    """By which part of itself the lead differs between sign-ins, up or down."""
    lifetime_share: float = 0.2
    """Longest lead, as a part of the token's lifetime."""
    claim_seconds: float = 30.0
    """How long the right to refresh lasts unless it is renewed; longer than a call."""
    call_seconds: float = 20.0
    """Longest call to the sign-in service."""
    tries: int = 3
    """Calls in a row while the service is in trouble."""
    first_pause: float = 0.2
    longest_pause: float = 2.0
    wait: float = 60.0
    """How long somebody waits for another process that refreshes the same sign-in."""
    poll: float = 0.15
    """Between two looks at whether that process is done."""
    heir_pause: float = 6.0
    """How long whoever finds a refresh that somebody else never ended leaves that one time to store its
    tokens before it spends the old one; longer than `Keeping` pauses between two attempts to store."""
    trouble_pause: float = 5.0
    """Rest after the first failure of the service or the network; doubles with each further one."""
    trouble_cap: float = 300.0
    retry_after_cap: float = 900.0
    denied_seconds: float = 21_600.0
    """Rest after an answer that another try will not change soon: subscription, block, client id."""
    at_a_time: int = 8
    """Sign-ins that one process refreshes at once by schedule or on want."""
    closing_seconds: float = 10.0
    """How long the end of the process waits for a refresh under way."""


def lead_of(record: Credential, rules: RefreshRules) -> float:
    """Return how many seconds before its end this sign-in's token is replaced."""
    if record.expires_at is None:
        return 0.0
    part = crc32(record.id.encode()) / _HASHES
    lead = rules.lead * (1 + rules.jitter * (2 * part - 1))
    if record.refreshed_at is None:
        return lead
    return max(0.0, min(lead, rules.lifetime_share * (record.expires_at - record.refreshed_at)))


def due(record: Credential, now: float, rules: RefreshRules) -> bool:
    """Tell whether a sign-in is to be refreshed ahead of its end; never while the end is unknown."""
    if record.kind != "oauth" or not record.enabled or record.refresh_dead or record.expires_at is None:
        return False
    return now >= record.expires_at - lead_of(record, rules)


def over(record: Credential, now: float) -> bool:
    """Tell whether a sign-in's access token has ended, as far as anybody knows."""
    return record.expires_at is not None and now >= record.expires_at


def rest_after_trouble(failures: int, retry_after: float | None, part: float, rules: RefreshRules) -> float:
    """Return how long to leave the service alone after failures that may pass.

    Args:
        failures: How many in a row, this one too.
        retry_after: Seconds that the service asked for.
        part: A random number from 0 to 1, for the jitter of ±20 %.
        rules: The bounds.
    """
    grown = min(rules.trouble_pause * 2.0 ** min(failures - 1, _GROWTH), rules.trouble_cap)
    jittered = grown * (0.8 + 0.4 * part)
    return max(min(jittered, rules.trouble_cap), min(retry_after or 0.0, rules.retry_after_cap))


def pause_between_tries(attempt: int, part: float, rules: RefreshRules) -> float:
    """Return the seconds to wait after the `attempt`-th of a few tries in a row, `part` of it by chance."""
    grown = min(rules.first_pause * 3.0 ** (attempt - 1), rules.longest_pause)
    return grown * (0.75 + 0.25 * part)
