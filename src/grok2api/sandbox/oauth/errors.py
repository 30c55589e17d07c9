"""How the issuer says no: `{error, error_description}` as RFC 6749 and RFC 8628 word it."""

from __future__ import annotations

from grok2api.sandbox.refusals import Refusal

REVOKED = "Refresh token has been revoked"
UNKNOWN = "Invalid or unknown refresh token"


def refused(error: str, description: str | None = None, status: int = 400) -> Refusal:
    """Return a refusal of the issuer."""
    body = {"error": error}
    if description is not None:
        body["error_description"] = description
    return Refusal(status, body, {"cache-control": "no-store"})


def invalid_request(description: str) -> Refusal:
    """Return 400 for a request that lacks something or has it twice."""
    return refused("invalid_request", description)


def invalid_grant(description: str) -> Refusal:
    """Return 400 for a token or code that is good for nothing."""
    return refused("invalid_grant", description)


def invalid_client() -> Refusal:
    """Return 400 for a client id nobody registered."""
    return refused("invalid_client", "Unknown or disabled client")


def tier_denied(tier: str) -> Refusal:
    """Return 403 for a subscription that has no API access."""
    return refused("access_denied", f"Your subscription ({tier}) does not include API access.", 403)
