"""Device codes (RFC 8628): waiting for a person while a machine polls.

Polling faster than a code's interval is answered with slow_down and makes that interval five seconds longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from grok2api.kit.clock import Clock
from grok2api.sandbox.mint import Mint, pick
from grok2api.sandbox.oauth import errors
from grok2api.sandbox.oauth.families import Holder
from grok2api.sandbox.wire import Json

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
SLOWER = 5.0


class State(Enum):
    """What has become of a device code."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    USED = "used"


@dataclass(slots=True)
class DeviceCode:
    """One sign-in under way; `expires` and `polled` are in monotonic seconds."""

    device_code: str
    user_code: str
    client_id: str
    scope: str
    interval: float
    expires: float
    state: State = State.PENDING
    holder: Holder | None = None
    polled: float | None = None
    polls: int = 0
    too_fast: int = 0

    def row(self) -> Json:
        """Return the code as `GET /sandbox/oauth` shows it."""
        return {
            "user_code": self.user_code,
            "client_id": self.client_id,
            "state": self.state.value,
            "account": None if self.holder is None else self.holder.account,
            "interval": self.interval,
            "polls": self.polls,
            "slow_downs": self.too_fast,
        }


class DeviceCodes:
    """Every device code of one issuer."""

    def __init__(self, clock: Clock, mint: Mint) -> None:
        self._clock = clock
        self._mint = mint
        self._codes: dict[str, DeviceCode] = {}

    def start(self, client_id: str, scope: str, interval: float, lifetime: float) -> DeviceCode:
        """Return a new code that is polled every `interval` seconds and ends after `lifetime` seconds."""
        device_code = f"sandbox-device-{self._mint.new_uuid()}"
        number = pick(0, device_code, len(LETTERS) ** 8)
        letters = "".join(LETTERS[number // len(LETTERS) ** index % len(LETTERS)] for index in range(8))
        code = DeviceCode(
            device_code,
            f"{letters[:4]}-{letters[4:]}",
            client_id,
            scope,
            interval,
            self._clock.monotonic() + lifetime,
        )
        self._codes[device_code] = code
        return code

    def rows(self) -> list[Json]:
        """Return every code."""
        return [code.row() for code in self._codes.values()]

    def clear(self) -> int:
        """Forget every code and return how many there were."""
        forgotten = len(self._codes)
        self._codes.clear()
        return forgotten

    def find(self, device_code: str) -> DeviceCode | None:
        """Return the code a machine holds, or None."""
        return self._codes.get(device_code)

    def waiting(self, user_code: str) -> DeviceCode | None:
        """Return the code a person typed, in any case and with or without its dash, while it is undecided."""
        wanted = "".join(letter for letter in user_code.upper() if letter.isalnum())
        for code in self._codes.values():
            if code.user_code.replace("-", "") == wanted:
                waits = code.state is State.PENDING and not self._is_over(code)
                return code if waits else None
        return None

    def decide(self, code: DeviceCode, holder: Holder | None) -> None:
        """Approve a code for `holder`, or deny it without one."""
        code.state = State.DENIED if holder is None else State.APPROVED
        code.holder = holder

    def redeem(self, device_code: str, client_id: str) -> tuple[DeviceCode, Holder]:
        """Return an approved code and who approved it; the code stays good until it is marked as used.

        Raises: Refusal with the error of RFC 8628 that fits.
        """
        code = self._codes.get(device_code)
        if code is None or code.client_id != client_id or code.state is State.USED:
            raise errors.invalid_grant("Invalid or unknown device code")
        code.polls += 1
        if self._is_over(code):
            raise errors.refused("expired_token", "The device code has expired")
        if code.state is State.DENIED:
            raise errors.refused("access_denied", "The sign-in was denied")
        now, before = self._clock.monotonic(), code.polled
        code.polled = now
        if before is not None and now - before < code.interval:
            code.interval += SLOWER
            code.too_fast += 1
            raise errors.refused("slow_down", f"Poll at most every {code.interval:g} seconds")
        if code.holder is None:
            raise errors.refused("authorization_pending", "The sign-in has not been approved yet")
        return code, code.holder

    def _is_over(self, code: DeviceCode) -> bool:
        return self._clock.monotonic() >= code.expires
