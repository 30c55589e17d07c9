"""What a drill may set at the issuer, as `POST /sandbox/oauth` takes it.

Settings hold until they are posted again or reset; `fail` and `drop` count down to nothing by themselves.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

Seconds = Annotated[float, msgspec.Meta(ge=0)]
Times = Annotated[int, msgspec.Meta(ge=0)]


class Failure(msgspec.Struct, forbid_unknown_fields=True):
    """A refusal of the token endpoint before anything happens; `times` None is until it is cleared."""

    status: Annotated[int, msgspec.Meta(ge=400, le=599)] = 503
    error: str = "temporarily_unavailable"
    error_description: str | None = None
    retry_after: float | str | None = None
    times: Times | None = None


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    """Everything that can be set; durations are in seconds."""

    access_token_seconds: Seconds = 21_600.0
    device_interval: Seconds = 5.0
    device_expires: Seconds = 1_800.0
    reuse_grace: Seconds = 0.0
    bad_token_status: Literal[401, 403] = 403
    rotate: bool = True
    delay: Seconds = 0.0
    fail: Failure | None = None
    drop: Times = 0
    tier_denied: list[str] = []

    def changed(self, posted: Any) -> Settings:
        """Return these settings with what was posted in their place. Raises: ValueError."""
        if not isinstance(posted, dict):
            raise ValueError("expected an object")
        try:
            return msgspec.convert(msgspec.to_builtins(self) | posted, Settings)
        except msgspec.ValidationError as error:
            raise ValueError(str(error)) from error

    def take_failure(self) -> Failure | None:
        """Return the failure that is due, and count it as used."""
        failure = self.fail
        if failure is None or failure.times == 0:
            return None
        if failure.times is not None:
            failure.times -= 1
        return failure

    def take_drop(self) -> bool:
        """Tell whether this answer is to be dropped, and count it as used."""
        if self.drop == 0:
            return False
        self.drop -= 1
        return True
