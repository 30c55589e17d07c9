"""Why a call to upstream failed: who is to blame, whether another try helps, what the client reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class FaultKind(StrEnum):
    """The classes of failure that the gateway tells apart."""

    BAD_KEY = "bad_key"
    NOT_AUTHENTICATED = "not_authenticated"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105
    BLOCKED = "blocked"
    ACCESS_DENIED = "access_denied"
    SURFACE_DENIED = "surface_denied"
    NO_CREDIT = "no_credit"
    QUOTA = "quota"
    RATE_LIMIT = "rate_limit"
    MODEL_MISSING = "model_missing"
    OBJECT_MISSING = "object_missing"
    SAFETY = "safety"
    CONTEXT_LENGTH = "context_length"
    UNSUPPORTED_ARGUMENT = "unsupported_argument"
    ENCRYPTED_MISMATCH = "encrypted_mismatch"
    INVALID_REQUEST = "invalid_request"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    OVERLOADED = "overloaded"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    PROXY_DOWN = "proxy_down"
    STALE_CONNECTION = "stale_connection"
    BROKEN_STREAM = "broken_stream"


class FaultScope(StrEnum):
    """Who is to blame."""

    REQUEST = "request"
    CREDENTIAL = "credential"
    ACCOUNT = "account"
    ACCOUNT_MODEL = "account_model"
    UPSTREAM = "upstream"
    PROXY = "proxy"


Acceptance = Literal["no", "failed", "maybe"]
"""What became of the work that was asked for: never begun; ended by upstream itself, which said so; or nobody
knows, because the line broke or the time was over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One classified failure."""

    kind: FaultKind
    scope: FaultScope
    status: int
    """The status for the client, not upstream's."""
    code: str
    message: str
    """What the client reads; never upstream's own body."""
    retryable: bool
    """Whether another credential, or the same one later, may succeed."""
    retry_after: float | None = None
    """Seconds, as upstream said, before any cap."""
    accepted: Acceptance = "no"
    """Whether upstream may have begun the work."""
    upstream_status: int = 0
    detail: str = ""
    """Upstream's text, shortened, for operators; never sent to clients."""
    param: str | None = None

    @property
    def signature(self) -> str:
        """Return what makes two failures the same one: kind, status, and text without figures and ids."""
        return f"{self.kind.value} {self.upstream_status} {_FIGURES.sub('#', self.detail)[:120]}"


_FIGURES = re.compile(r"\w*[0-9][\w-]*")
"""Words with a digit in them: counts, times, and the ids that differ with every request."""
