"""How xAI says no: every refusal with its status, its body and the shape of that body.

Shapes: (a) flat `{code, error}`, (b) nested `{error: {message, type, param, code}}`, (c) `{error}` alone,
(d) flat with a numeric code and a `[WKE=...]` marker in the text, (e) a bare JSON string.
Must never contain a whole secret: a key is quoted with its middle removed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

NO_HEADERS: Mapping[str, str] = MappingProxyType({})

CODES: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        400: ("invalid-argument", "Invalid argument."),
        401: ("unauthenticated:no-credentials", "No credentials provided."),
        402: ("personal-team-blocked:spending-limit", "Grok Build usage balance exhausted."),
        403: ("permission-denied", "The caller does not have permission to execute the specified operation."),
        404: ("not-found", "The requested resource was not found."),
        408: ("deadline-exceeded", "The request timed out."),
        409: ("aborted", "The request conflicts with another one."),
        422: ("invalid-argument", "Failed to deserialize the JSON body into the target type: sandbox"),
        429: ("resource-exhausted", "Too many requests. Please slow down."),
        500: ("internal-error", "Internal error. Please try again later."),
        529: ("overloaded", "The model is currently overloaded. Please try again later."),
    }
)
UNAVAILABLE = (
    "The service is currently unavailable",
    "The service is currently unavailable. Please try again.",
)


class Refusal(Exception):
    """A request xAI would turn down: HTTP status, JSON body (None: no body) and headers."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] = NO_HEADERS) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = headers


def shaped(shape: str, status: int, code: str, message: str) -> Any:
    """Return an error body in shape a, b, c, d or e."""
    kind = (
        "rate_limit_error" if status == 429 else "invalid_request_error" if status < 500 else "server_error"
    )
    bodies: dict[str, Any] = {
        "a": {"code": code, "error": message},
        "b": {"error": {"message": message, "type": kind, "param": None, "code": code}},
        "c": {"error": message},
        "d": {"code": status, "error": f"{message} [WKE={code}]"},
        "e": message,
    }
    return bodies[shape]


def fitting(status: int, shape: str | None = None) -> Any:
    """Return a body that xAI could send with `status`."""
    code, message = CODES.get(status, UNAVAILABLE)
    natural = {402: "b", 422: "c"}.get(status, "a")
    return shaped(shape or natural, status, code, message)


def _flat(status: int, code: str, message: str, headers: Mapping[str, str] = NO_HEADERS) -> Refusal:
    return Refusal(status, {"code": code, "error": message}, headers)


def invalid(message: str) -> Refusal:
    """Return 400 invalid-argument with `message`."""
    return _flat(400, "invalid-argument", message)


def no_credentials() -> Refusal:
    """Return 401 for a missing or unusable Authorization header."""
    return _flat(
        401,
        "unauthenticated:no-credentials",
        "No credentials provided. Send your API key as a bearer token in the Authorization header.",
    )


def incorrect_key(token: str) -> Refusal:
    """Return 400, which is how xAI answers a key it does not know."""
    hidden = f"{token[:2]}***{token[-2:]}" if len(token) > 4 else "***"
    return invalid(
        f"Incorrect API key provided: {hidden}. You can obtain an API key from https://console.x.ai."
    )


def blocked() -> Refusal:
    """Return 403 for a blocked user."""
    return _flat(403, "unauthorized:blocked-user", "User is blocked. Please contact support.")


def team_blocked(team_id: str) -> Refusal:
    """Return 403 for a blocked team."""
    return _flat(403, "permission-denied", f"The team {team_id} is blocked (team_blocked).")


def key_blocked(key: str, how: str) -> Refusal:
    """Return 403 for a key that is blocked or disabled."""
    return _flat(403, "permission-denied", f"The API key xai-...{key[-4:]} is {how}.")


def bad_token(status: int = 403) -> Refusal:
    """Return 403 (or 401) for an OAuth2 access token that is expired, revoked or made up."""
    return _flat(
        status,
        "unauthenticated:bad-credentials",
        "The OAuth2 access token could not be validated. Please sign in again.",
    )


def not_an_api_key() -> Refusal:
    """Return 400 for an OAuth2 access token where only an API key has an answer."""
    return invalid("This endpoint describes API keys. The credential is an OAuth2 access token.")


def no_credits_yet(team_id: str, status: int = 403) -> Refusal:
    """Return 403 (or 402, 429) for a new API team."""
    code = "resource-exhausted" if status == 429 else "permission-denied"
    return _flat(
        status,
        code,
        f"Your newly created team {team_id} doesn't have any credits (or licenses) yet. Purchase some first.",
    )


def out_of_credits(team_id: str, status: int = 403) -> Refusal:
    """Return 403 (or 402, 429) for an API team without credits."""
    code = "resource-exhausted" if status == 429 else "permission-denied"
    return _flat(
        status,
        code,
        f"Your team {team_id} has either used all available credits or reached its monthly spending limit. "
        "Add credits or raise the limit to go on.",
    )


def spending_limit(status: int = 429, form: str = "numeric", resets: float | None = None) -> Refusal:
    """Return the refusal of a subscription whose allowance is spent.

    `form` is numeric (shape d), kebab (shape a) or nested (shape b); `resets` (seconds) adds a Retry-After.
    """
    if form == "nested":
        return balance_exhausted(status, resets)
    message = "You have run out of credits or need a Grok subscription."
    shape = "a" if form == "kebab" else "d"
    body = shaped(shape, status, "personal-team-blocked:spending-limit", message)
    return Refusal(status, body, _retry_after(resets))


def balance_exhausted(status: int = 402, resets: float | None = None) -> Refusal:
    """Return 402 in shape (b): a spent subscription balance; `resets` (seconds) adds a Retry-After."""
    return Refusal(
        status,
        {
            "error": {
                "message": "Grok Build usage balance exhausted.",
                "type": "billing_error",
                "param": None,
                "code": "personal-team-blocked:spending-limit",
            }
        },
        _retry_after(resets),
    )


def free_usage_exhausted() -> Refusal:
    """Return 429 for a free allowance used up in the rolling day."""
    return _flat(
        429,
        "subscription:free-usage-exhausted",
        "Free usage is exhausted for now. Tokens over the last 24 hours (actual/limit): 1000321/1000000.",
    )


def chat_denied() -> Refusal:
    """Return 403 for a credential without the chat endpoint."""
    return _flat(403, "permission-denied", "Access to the chat endpoint is denied. Check your permissions.")


def key_not_allowed(what: str, acls: tuple[str, ...]) -> Refusal:
    """Return 403 for a key whose access list leaves out a model or an endpoint."""
    return _flat(
        403,
        "permission-denied",
        f"The API key is not permitted to use {what}. Its access list is: {', '.join(acls)}.",
    )


def too_many_requests(
    team_id: str, model: str, rate: str, resets: float | None, after: float | None = None
) -> Refusal:
    """Return 429 for a team's rate on one model.

    `rate` is like `Minute (actual/limit): 3/2`; `resets` (seconds) is told in the text, `after` (seconds)
    in a Retry-After.
    """
    text = (
        f"Too many requests for team {team_id} and model {model}. Your team's rate limit is reached. "
        f"Requests per {rate}"
    )
    if resets is not None:
        minutes, seconds = divmod(max(1, round(resets)), 60)
        text += f". Resets in: {minutes}m {seconds}s" if minutes else f". Resets in: {seconds}s"
    return _flat(429, "resource-exhausted", text, _retry_after(after))


def _retry_after(seconds: float | None) -> Mapping[str, str]:
    return NO_HEADERS if seconds is None else {"retry-after": str(max(1, math.ceil(seconds)))}


def unknown_model(model: str, team_id: str) -> Refusal:
    """Return 404 for a model xAI does not serve to this team."""
    return _flat(
        404,
        "not-found",
        f"The model {model} does not exist or your team {team_id} does not have access to it. "
        "Please check the model name and your API key.",
    )


def unknown_object(kind: str, identifier: str) -> Refusal:
    """Return 404 for an object that does not exist or belongs to another team."""
    return _flat(404, "not-found", f"{kind} with id {identifier} not found.")


def unknown_path() -> Refusal:
    """Return 404 for a path xAI does not have."""
    return _flat(
        404, "not-found", "The requested resource was not found. Please check the URL and try again."
    )


def wrong_method(allowed: str) -> Refusal:
    """Return 405 with no body."""
    return Refusal(405, None, {"allow": allowed})


def wrong_content_type() -> Refusal:
    """Return 415 in shape (c)."""
    return Refusal(415, {"error": "Expected request with `Content-Type: application/json`"})


def too_large() -> Refusal:
    """Return 413 in shape (c)."""
    return Refusal(413, {"error": "Failed to buffer the request body: length limit exceeded"})


def not_json(problem: str) -> Refusal:
    """Return 400 in shape (c) for a body that is not JSON."""
    return Refusal(400, {"error": f"Failed to parse the request body as JSON: {problem}"})


def malformed(path: str, problem: str) -> Refusal:
    """Return 422 in shape (c) for JSON of the wrong form; `path` is like `messages[3].content`."""
    where = f"{path}: " if path else ""
    return Refusal(
        422, {"error": f"Failed to deserialize the JSON body into the target type: {where}{problem}"}
    )


def unsupported(argument: str) -> Refusal:
    """Return 400 for an argument this model does not take; `argument` is in camelCase."""
    return invalid(f"Argument not supported on this model: {argument}")


def parameter_unsupported(model: str, parameter: str) -> Refusal:
    """Return 400 for a parameter this model does not have at all."""
    return invalid(f"Model {model} does not support parameter {parameter}.")


def empty_content() -> Refusal:
    """Return 400 for a message without content."""
    return invalid("Each message must have at least one content element.")


def multi_agent_on_chat() -> Refusal:
    """Return 400 for a multi-agent model on chat completions."""
    return invalid("Multi Agent requests are not allowed on chat completions. Please use the Responses API.")


def multi_agent_client_tools() -> Refusal:
    """Return 400 for client tools on a multi-agent model."""
    return invalid("Client-side tools for multi-agent models require beta access.")


def live_search_gone() -> Refusal:
    """Return 410 in shape (c): Live Search is retired."""
    return Refusal(
        410, {"error": "Live search is deprecated. Please switch to the Agent Tools API (see docs.x.ai)."}
    )


def stream_and_deferred() -> Refusal:
    """Return 400 in shape (e)."""
    return Refusal(400, "A request may either be streaming or deferred, but not both.")


def unsafe(team_id: str, model: str) -> Refusal:
    """Return 403 for a prompt that fails the safety check."""
    return _flat(
        403,
        "permission-denied",
        f"Content violates usage guidelines. Team: {team_id}, Model: {model}, "
        "Failed check: SAFETY_CHECK_TYPE_SANDBOX",
    )


def context_overflow(tokens: int, budget: int) -> Refusal:
    """Return 400 for a prompt longer than the model's context."""
    return invalid(
        f"Failed to start sampling: the prompt of {tokens} tokens exceeds budget of {budget} tokens."
    )


def foreign_reasoning() -> Refusal:
    """Return 400 for encrypted reasoning of another team or model family."""
    return invalid("Could not decrypt the provided encrypted_content of a reasoning item.")


def not_multipart() -> Refusal:
    """Return 415 in shape (c) where a multipart form is wanted."""
    return Refusal(415, {"error": "Expected request with `Content-Type: multipart/form-data`"})


def no_full_hd() -> Refusal:
    """Return 403 for a resolution that the team may not have."""
    return _flat(403, "permission-denied", "1080p video resolution is not available for your team.")


def upload_url_needed() -> Refusal:
    """Return 400 for a video of a team that has nothing stored and names no place for it."""
    return invalid("Zero data retention teams must provide output.upload_url for video requests.")


def in_shape_c(refusal: Refusal) -> Refusal:
    """Return a refusal in shape (c), as the voice endpoints word theirs."""
    body = refusal.body
    message = body.get("error") if isinstance(body, dict) else body
    return Refusal(refusal.status, None if body is None else {"error": message}, refusal.headers)
