"""The one classifier: from what xAI answered to who is to blame and what to do.

xAI's status alone says little: a wrong key is 400; an expired sign-in, a safety refusal and an empty
purse are all 403. So the text and the code decide, in the order of the table below, and the status only
where they say nothing. The same table serves bodies, streams and answers of 200 that hold an error.
What the client reads is our own sentence; only a refusal of the request itself quotes xAI's reason,
shortened and without anything that names an account.
Must never look at a credential, a clock or a setting: it is a pure table.
Source: xai-api.md §1.5-1.7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from grok2api.canonical.fault import Acceptance, Fault, FaultKind, FaultScope
from grok2api.upstream.transport import TransportError
from grok2api.upstream.xai.error_body import ErrorBody, read_error_body, read_error_object
from grok2api.upstream.xai.retry_after import retry_after_seconds, seconds_in_text

_REQUEST, _CREDENTIAL, _ACCOUNT = FaultScope.REQUEST, FaultScope.CREDENTIAL, FaultScope.ACCOUNT
_PAGE = "<"
"""What HTML and XML begin with, and no answer of a model does."""
_SECRETS = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|xai-\S+|Bearer\s+\S+"
    r"|eyJ[\w-]+\.[\w.-]+|https?://\S*[^\s).,;:\]]|\[WKE=[^\]]*\]"
)
_ARGUMENT = re.compile(
    r"(?:[Aa]rgument not supported(?: on this model)?:|does not support parameter:?)"
    r"\s*[`'\"]?([A-Za-z_]\w*(?:\.\w+)*)"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

NO_ACCOUNT = "No usable upstream account is available right now."


@dataclass(frozen=True, slots=True)
class _Template:
    """What a class of failure means."""

    kind: FaultKind
    scope: FaultScope
    status: int
    code: str
    message: str
    retryable: bool
    quotes: bool = False
    """Whether the client may read xAI's reason after our sentence."""


def _credential(kind: FaultKind, scope: FaultScope = _CREDENTIAL) -> _Template:
    return _Template(kind, scope, 503, "no_available_account", NO_ACCOUNT, retryable=True)


def _request(kind: FaultKind, status: int, code: str, message: str) -> _Template:
    return _Template(kind, _REQUEST, status, code, message, retryable=False, quotes=True)


def _upstream(kind: FaultKind, status: int, code: str, message: str) -> _Template:
    return _Template(kind, FaultScope.UPSTREAM, status, code, message, retryable=True)


_SAFETY = _Template(
    FaultKind.SAFETY, _REQUEST, 400, "content_policy_violation",
    "The request was refused by Grok's content policy.", retryable=False,
)  # fmt: skip
_BAD_KEY = _credential(FaultKind.BAD_KEY)
_NOT_AUTHENTICATED = _credential(FaultKind.NOT_AUTHENTICATED)
_TOKEN_EXPIRED = _credential(FaultKind.TOKEN_EXPIRED)
_BLOCKED = _credential(FaultKind.BLOCKED)
_ACCESS_DENIED = _credential(FaultKind.ACCESS_DENIED)
_SURFACE_DENIED = _credential(FaultKind.SURFACE_DENIED)
_NO_CREDIT = _Template(
    FaultKind.NO_CREDIT, _ACCOUNT, 429, "insufficient_quota",
    "All usable upstream accounts are out of credit.", retryable=True,
)  # fmt: skip
_QUOTA = _Template(
    FaultKind.QUOTA, _ACCOUNT, 429, "insufficient_quota",
    "All usable upstream accounts have used up their quota.", retryable=True,
)  # fmt: skip
_RATE_LIMIT = _Template(
    FaultKind.RATE_LIMIT, FaultScope.ACCOUNT_MODEL, 429, "rate_limit_exceeded",
    "Upstream's rate limit is reached for this model.", retryable=True,
)  # fmt: skip
_MODEL_MISSING = _Template(
    FaultKind.MODEL_MISSING, FaultScope.ACCOUNT_MODEL, 404, "model_not_found",
    "No upstream account serves this model.", retryable=True,
)  # fmt: skip
_OBJECT_MISSING = _Template(
    FaultKind.OBJECT_MISSING, _REQUEST, 404, "not_found",
    "The object does not exist, or no longer.", retryable=False,
)  # fmt: skip
_CONTEXT = _Template(
    FaultKind.CONTEXT_LENGTH, _REQUEST, 400, "context_length_exceeded",
    "The conversation is longer than the model's context window.", retryable=False,
)  # fmt: skip
_ENCRYPTED = _Template(
    FaultKind.ENCRYPTED_MISMATCH, _REQUEST, 400, "invalid_value",
    "Encrypted reasoning in the input belongs to another account or model.", retryable=True, quotes=True,
)  # fmt: skip
"""Another account may be the one that can read it."""
_ARGUMENT_REFUSED = _request(
    FaultKind.UNSUPPORTED_ARGUMENT, 400, "unsupported_parameter", "The model does not support a parameter."
)
_INVALID = _request(FaultKind.INVALID_REQUEST, 400, "invalid_value", "Grok refused the request as invalid.")
_TOO_LARGE = _request(FaultKind.TOO_LARGE, 413, "request_too_large", "The request is too large for Grok.")
_UNREADABLE = _Template(
    FaultKind.UNREADABLE, _CREDENTIAL, 502, "upstream_error",
    "Upstream refused the request without a reason that could be read.", retryable=True,
)  # fmt: skip
_OVERLOADED = _upstream(FaultKind.OVERLOADED, 503, "overloaded", "Upstream is overloaded.")
_UNAVAILABLE = _upstream(FaultKind.UNAVAILABLE, 502, "upstream_error", "Upstream failed to answer.")
_TIMEOUT = _upstream(FaultKind.TIMEOUT, 504, "upstream_timeout", "Upstream did not answer in time.")
_UNREACHABLE = _upstream(FaultKind.UNREACHABLE, 502, "upstream_error", "Upstream could not be reached.")
_STALE = _upstream(
    FaultKind.STALE_CONNECTION, 502, "upstream_error", "Upstream closed the connection without an answer."
)
_PROXY_DOWN = _Template(
    FaultKind.PROXY_DOWN, FaultScope.PROXY, 503, "no_available_account",
    "The proxy on the way to upstream cannot be reached.", retryable=True,
)  # fmt: skip
_BROKEN = _upstream(FaultKind.BROKEN_STREAM, 502, "upstream_error", "Upstream's answer broke off.")


@dataclass(frozen=True, slots=True)
class _Row:
    """A class of failure and how it is known: by one of the markers, or by all of them together.

    The statuses are part of it, because xAI's texts can quote what a client sent: a tool that is named
    "user is blocked" must not cost anybody an account. 0 stands for an error without a status.
    """

    template: _Template
    statuses: frozenset[int] | None
    markers: tuple[str, ...]
    together: bool = False

    def matches(self, status: int, text: str) -> bool:
        """Tell whether an error is of this class; `text` is lower case."""
        if self.statuses is not None and status not in self.statuses:
            return False
        found = (marker in text for marker in self.markers)
        return all(found) if self.together else any(found)


_NOT_TOGETHER = ("instructions", "previous_response_id")
"""Two fields that xAI does not take together; what the first one says can be said elsewhere."""
_DENIED = frozenset({0, 401, 403})
_PURSE = frozenset({0, 402, 403, 429})
_MALFORMED = frozenset({0, 400, 422})

_TABLE: tuple[_Row, ...] = (
    _Row(_SAFETY, None, ("content violates usage guidelines", "safety_check_type")),
    _Row(_BAD_KEY, frozenset({0, 400, 401, 403}), ("\nincorrect api key provided",)),
    _Row(_TOKEN_EXPIRED, _DENIED, ("unauthenticated:bad-credentials", "access token could not be validated")),
    _Row(_NOT_AUTHENTICATED, _DENIED, ("unauthenticated:no-credentials", "no credentials provided")),
    _Row(
        _BLOCKED, _DENIED, ("unauthorized:blocked-user", "user is blocked", "team_blocked", "team is blocked")
    ),
    _Row(_BLOCKED, _DENIED, ("key is blocked", "key is disabled", "api_key_blocked", "api_key_disabled")),
    _Row(_BLOCKED, _DENIED, ("the api key xai-", " is blocked"), together=True),
    _Row(_BLOCKED, _DENIED, ("the api key xai-", " is disabled"), together=True),
    _Row(_QUOTA, _PURSE, ("subscription:free-usage-exhausted",)),
    _Row(_NO_CREDIT, _PURSE, ("used all available credits", "reached its monthly spending limit")),
    _Row(_NO_CREDIT, _PURSE, ("have any credits", "has any credits", "run out of credits")),
    _Row(_NO_CREDIT, _PURSE, ("personal-team-blocked:spending-limit", "usage balance exhausted")),
    _Row(_NO_CREDIT, _PURSE, ("billing_error", "insufficient_quota")),
    _Row(_SURFACE_DENIED, _DENIED, ("access to the chat endpoint is denied",)),
    _Row(_CONTEXT, _MALFORMED, ("failed to start sampling", "exceeds budget"), together=True),
    _Row(
        _CONTEXT, _MALFORMED, ("context_length_exceeded", "maximum context length", "maximum prompt length")
    ),
    _Row(_ENCRYPTED, _MALFORMED, ("encrypted_content", "encrypted reasoning")),
    _Row(_RATE_LIMIT, frozenset({429}), ("",)),
    _Row(
        _RATE_LIMIT,
        frozenset({0, 403, 503}),
        ("resource-exhausted", "too many requests", "rate_limit_exceeded"),
    ),
    _Row(_INVALID, frozenset({0, 400, 403}), ("video resolution is not available",)),
    _Row(_ARGUMENT_REFUSED, _MALFORMED, ("argument not supported", "does not support parameter")),
    _Row(_ARGUMENT_REFUSED, _MALFORMED, ("unsupported_parameter",)),
    _Row(_ARGUMENT_REFUSED, _MALFORMED, _NOT_TOGETHER, together=True),
    _Row(_MODEL_MISSING, frozenset({404}), ("model",)),
    _Row(_MODEL_MISSING, frozenset({0, 400}), ("model not found", "model_not_found")),
    _Row(_MODEL_MISSING, frozenset({0, 400}), ("the model ", "does not exist"), together=True),
    _Row(_ACCESS_DENIED, frozenset({0, 403}), ("permission", "model"), together=True),
    _Row(_ACCESS_DENIED, frozenset({0, 403}), ("permission", " acl"), together=True),
    _Row(_SURFACE_DENIED, frozenset({0, 403}), ("permission", "endpoint"), together=True),
    _Row(_UNAVAILABLE, None, ("the service is currently unavailable", "service_unavailable")),
    _Row(_OVERLOADED, frozenset({0, 503, 529}), ("overloaded",)),
)

_BY_STATUS: Mapping[int, _Template] = {
    401: _NOT_AUTHENTICATED,
    402: _NO_CREDIT,
    403: _UNREADABLE,
    404: _OBJECT_MISSING,
    408: _TIMEOUT,
    413: _TOO_LARGE,
    429: _RATE_LIMIT,
    503: _OVERLOADED,
    504: _TIMEOUT,
    524: _TIMEOUT,
    529: _OVERLOADED,
}


_SAID_BY_OTHERS = frozenset({0, 520})
"""No answer at all, and a CDN that could not read the answer that it got."""

_STATUS_OF_CODE: Mapping[str, int] = {
    "invalid-argument": 400,
    "client specified an invalid argument": 400,
    "unauthenticated": 401,
    "unauthorized": 403,
    "permission-denied": 403,
    "the caller does not have permission to execute the specified operation": 403,
    "not-found": 404,
    "some requested entity was not found": 404,
    "resource-exhausted": 429,
}
"""What xAI answers with each of its codes, both generations: an error in a stream has no other status."""


def classify_response(status: int, content: bytes, headers: Mapping[str, str], now: float) -> Fault:
    """Classify an error answer. `now` is wall time, for a Retry-After that names a date."""
    body = read_error_body(content)
    waits = retry_after_seconds(headers, now)
    return _fault(_template(status, body), body, status, waits)


def classify_event(error: Mapping[str, object]) -> Fault:
    """Classify the error object of a stream event, or a 200 answer that holds one."""
    body = read_error_object(error)
    return _fault(_template(body.status, body), body, body.status or 200, None)


def classify_hidden_error(content: bytes) -> Fault:
    """Classify a 200 answer that is no answer: JSON where a stream was asked for, or nothing readable.

    Half an answer is an answer: only a page of a web server is quoted, since what is quoted is kept.
    """
    body = read_error_body(content)
    if body.text and not body.readable and not body.text.startswith(_PAGE):
        body = replace(body, text=f"{len(content)} bytes that cannot be read as JSON")
    return _fault(_template(body.status, body), body, body.status or 200, None)


def classify_transport(error: TransportError) -> Fault:
    """Classify a failure of the network."""
    template = _PROXY_DOWN if error.where == "proxy" else _UNREACHABLE
    if error.stale:
        template = _STALE
    elif error.sent or error.where == "exchange":
        template = _TIMEOUT if error.timed_out else _BROKEN
    return _fault(template, ErrorBody(text=str(error)), 0, None, accepted=error.sent)


def broken_stream(reason: str) -> Fault:
    """Return the fault for a stream that ended without its end, or that cannot be read."""
    return _fault(_BROKEN, ErrorBody(text=reason), 200, None, accepted=True)


def _template(status: int, body: ErrorBody) -> _Template:
    text, status = body.searchable, status or _STATUS_OF_CODE.get(body.code.partition(":")[0], 0)
    if body.readable:
        for row in _TABLE:
            if row.matches(status, text):
                return row.template
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500 or 300 <= status < 400:
        return _UNAVAILABLE
    if status >= 400:
        return _INVALID if body.readable else _UNREADABLE
    return _by_code(body.code)


def _by_code(code: str) -> _Template:
    """An error without a status: the code of a stream event, in xAI's or OpenAI's words."""
    if "invalid" in code:
        return _INVALID
    return _UNREADABLE if "permission" in code else _UNAVAILABLE


def _fault(
    template: _Template, body: ErrorBody, status: int, waits: float | None, *, accepted: bool | None = None
) -> Fault:
    message = template.message
    param = body.param if template.scope is _REQUEST else None
    if template.quotes and body.readable and body.text:
        message = f"{template.message} Grok says: {_quotable(body.text)}"
    if template is _ARGUMENT_REFUSED:
        param = _refused_argument(body) or param
    if template is _MODEL_MISSING:
        param = "model"
    if template is _RATE_LIMIT and waits is None:
        waits = seconds_in_text(body.text)
    return Fault(
        kind=template.kind,
        scope=template.scope,
        status=template.status,
        code=template.code,
        message=message,
        retryable=template.retryable,
        retry_after=waits,
        accepted=_acceptance(template, status, body) if accepted is None else "maybe" if accepted else "no",
        upstream_status=status,
        detail=_quotable(body.text) if body.text else body.code,
        param=param,
    )


def _acceptance(template: _Template, status: int, body: ErrorBody) -> Acceptance:
    """Return what became of the work, if the line held: whoever names a failure of its own has ended it.

    A time that is over is no such failure, nor is an answer of success that nobody can read; and what stands
    between may not know either.
    """
    if template.scope is not FaultScope.UPSTREAM or template is _UNREACHABLE:
        return "no"
    told = template is not _TIMEOUT and status not in _SAID_BY_OTHERS and (status >= 300 or body.readable)
    return "failed" if told else "maybe"


def _refused_argument(body: ErrorBody) -> str | None:
    """Return the name of the argument that an error is about, if it says so."""
    match = _ARGUMENT.search(body.text)
    if match is not None:
        return _CAMEL.sub("_", match.group(1)).lower()
    together = all(name in body.searchable for name in _NOT_TOGETHER)
    return _NOT_TOGETHER[0] if together else None


def _quotable(text: str) -> str:
    """Shorten xAI's reason to one line without anything that names an account, a key or an address."""
    line = " ".join("".join(c if c.isprintable() else " " for c in _SECRETS.sub("[…]", text)).split())
    return line if len(line) <= 300 else line[:299] + "…"
