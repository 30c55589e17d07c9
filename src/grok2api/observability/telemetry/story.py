"""What a request did, as telemetry needs it. Times are wall seconds; money is ticks, 10^10 to the dollar.

Must never hold a prompt, an answer, a secret or a client's address.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call to xAI.

    Attributes:
        ended_at: When it failed; None for the one that answered.
        fault: How it failed; empty for the one that answered.
    """

    started_at: float
    ended_at: float | None
    model: str
    surface: str
    credential_id: str
    status: int
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One request, from its first byte to its end.

    Attributes:
        traceparent: The client's, as W3C Trace Context writes it; empty if it sent none.
        end: How it ended; `completed` is well.
        first_byte_at: When its answer began; None if it never did.
        usage_known: Whether the counts of tokens are xAI's own or an estimate of ours.
    """

    request_id: str
    traceparent: str
    started_at: float
    ended_at: float
    first_byte_at: float | None
    operation: str
    model: str
    upstream_model: str
    key_id: str
    stream: bool
    status: int
    end: str
    error_code: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    reasoning_tokens: int
    usage_known: bool
    cost_ticks: int
    attempts: tuple[Attempt, ...]
