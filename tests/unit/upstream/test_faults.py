"""The classifier's table: what xAI answers, who is to blame, what the client reads."""

from __future__ import annotations

import json

import pytest

from grok2api.canonical.fault import FaultKind as Kind
from grok2api.canonical.fault import FaultScope as Scope
from grok2api.upstream.transport import TransportError
from grok2api.upstream.xai.faults import (
    broken_stream,
    classify_event,
    classify_hidden_error,
    classify_response,
    classify_transport,
)

TEAM = "0f3a5b1c-1111-2222-3333-444455556666"


def flat(code: str, text: str) -> object:
    return {"code": code, "error": text}


TABLE: list[tuple[int, object, Kind, Scope, int, str]] = [
    (400, flat("invalid-argument", "Incorrect API key provided: xa***yz."), Kind.BAD_KEY, Scope.CREDENTIAL, 503, "no_available_account"),
    (400, {"error": {"message": "Incorrect API key provided: x", "code": "invalid_api_key"}}, Kind.BAD_KEY, Scope.CREDENTIAL, 503, "no_available_account"),
    (401, flat("unauthenticated:no-credentials", "No credentials provided"), Kind.NOT_AUTHENTICATED, Scope.CREDENTIAL, 503, "no_available_account"),
    (403, flat("unauthenticated:bad-credentials", "The OAuth2 access token could not be validated."), Kind.TOKEN_EXPIRED, Scope.CREDENTIAL, 503, "no_available_account"),
    (401, flat("", "OAuth2 access token could not be validated"), Kind.TOKEN_EXPIRED, Scope.CREDENTIAL, 503, "no_available_account"),
    (403, flat("unauthorized:blocked-user", "User is blocked"), Kind.BLOCKED, Scope.CREDENTIAL, 503, "no_available_account"),
    (403, flat("permission-denied", "Your team has used all available credits or reached its monthly spending limit."), Kind.NO_CREDIT, Scope.ACCOUNT, 429, "insufficient_quota"),
    (403, flat("permission-denied", "Your newly created team doesn't have any credits (or licenses) yet."), Kind.NO_CREDIT, Scope.ACCOUNT, 429, "insufficient_quota"),
    (429, {"code": 429, "error": "no more [WKE=personal-team-blocked:spending-limit]"}, Kind.NO_CREDIT, Scope.ACCOUNT, 429, "insufficient_quota"),
    (402, {"error": {"type": "billing_error", "message": "Grok Build usage balance exhausted"}}, Kind.NO_CREDIT, Scope.ACCOUNT, 429, "insufficient_quota"),
    (429, flat("subscription:free-usage-exhausted", "free usage is exhausted"), Kind.QUOTA, Scope.ACCOUNT, 429, "insufficient_quota"),
    (429, flat("resource-exhausted", f"Too many requests for team {TEAM} and model grok-4.3"), Kind.RATE_LIMIT, Scope.ACCOUNT_MODEL, 429, "rate_limit_exceeded"),
    (403, flat("permission-denied", "Content violates usage guidelines. SAFETY_CHECK_TYPE_BIO"), Kind.SAFETY, Scope.REQUEST, 400, "content_policy_violation"),
    (403, flat("The caller does not have permission to execute the specified operation", "Content violates usage guidelines."), Kind.SAFETY, Scope.REQUEST, 400, "content_policy_violation"),
    (403, flat("permission-denied", "Access to the chat endpoint is denied."), Kind.SURFACE_DENIED, Scope.CREDENTIAL, 503, "no_available_account"),
    (403, flat("permission-denied", "The API key does not have permission to use endpoint responses"), Kind.SURFACE_DENIED, Scope.CREDENTIAL, 503, "no_available_account"),
    (403, flat("permission-denied", "The API key is not allowed to use model grok-4.7"), Kind.ACCESS_DENIED, Scope.CREDENTIAL, 503, "no_available_account"),
    (403, "<html><body>Attention Required! | Cloudflare</body></html>", Kind.UNREADABLE, Scope.CREDENTIAL, 502, "upstream_error"),
    (400, flat("invalid-argument", "Failed to start sampling: prompt exceeds budget of 500000"), Kind.CONTEXT_LENGTH, Scope.REQUEST, 400, "context_length_exceeded"),
    (400, flat("invalid-argument", "Argument not supported on this model: presencePenalty"), Kind.UNSUPPORTED_ARGUMENT, Scope.REQUEST, 400, "unsupported_parameter"),
    (400, flat("invalid-argument", "encrypted_content could not be decrypted"), Kind.ENCRYPTED_MISMATCH, Scope.REQUEST, 400, "invalid_value"),
    (422, {"error": "Failed to deserialize the JSON body into the target type: messages[3].content"}, Kind.INVALID_REQUEST, Scope.REQUEST, 400, "invalid_value"),
    (400, "A request may either be streaming or deferred, but not both.", Kind.INVALID_REQUEST, Scope.REQUEST, 400, "invalid_value"),
    (404, flat("not-found", "The model grok-9 does not exist or your team has no access to it."), Kind.MODEL_MISSING, Scope.ACCOUNT_MODEL, 404, "model_not_found"),
    (404, flat("Some requested entity was not found", "Response with id x not found"), Kind.OBJECT_MISSING, Scope.REQUEST, 404, "not_found"),
    (413, "", Kind.TOO_LARGE, Scope.REQUEST, 413, "request_too_large"),
    (500, {"detail": "oops"}, Kind.UNAVAILABLE, Scope.UPSTREAM, 502, "upstream_error"),
    (503, flat("The service is currently unavailable", "x"), Kind.UNAVAILABLE, Scope.UPSTREAM, 502, "upstream_error"),
    (504, "", Kind.TIMEOUT, Scope.UPSTREAM, 504, "upstream_timeout"),
    (522, "<html>cloudflare</html>", Kind.UNAVAILABLE, Scope.UPSTREAM, 502, "upstream_error"),
    (529, flat("", "overloaded"), Kind.OVERLOADED, Scope.UPSTREAM, 503, "overloaded"),
    (302, "", Kind.UNAVAILABLE, Scope.UPSTREAM, 502, "upstream_error"),
]  # fmt: skip


def body_of(content: object) -> bytes:
    return (
        content.encode()
        if isinstance(content, str) and content.startswith("<")
        else json.dumps(content).encode()
    )


@pytest.mark.parametrize(("status", "content", "kind", "scope", "told", "code"), TABLE)
def test_the_table(status: int, content: object, kind: Kind, scope: Scope, told: int, code: str) -> None:
    fault = classify_response(status, body_of(content), {}, 0.0)
    assert (fault.kind, fault.scope, fault.status, fault.code) == (kind, scope, told, code)
    assert fault.upstream_status == status
    assert fault.retryable is (scope is not Scope.REQUEST or kind is Kind.ENCRYPTED_MISMATCH)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[" * 100_000, b"{}", b"null", b"[1]", b'{"error":7}']
)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_no_body_breaks_it(status: int, content: bytes) -> None:
    assert classify_response(status, content, {}, 0.0).upstream_status == status


def test_a_200_that_holds_an_error_is_the_error() -> None:
    unavailable = json.dumps(flat("The service is currently unavailable", "x")).encode()
    assert classify_hidden_error(unavailable).kind is Kind.UNAVAILABLE
    assert classify_hidden_error(b'{"code":"x","error":"Incorrect API key provided: y"}').kind is Kind.BAD_KEY
    assert "secret words" not in classify_hidden_error(b'{"output":[{"text":"secret words').detail
    assert "Bad gateway" in classify_hidden_error(b"<html><title>Bad gateway</title>").detail


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": "server_error", "message": "boom"}, Kind.UNAVAILABLE),
        ({"code": "rate_limit_exceeded", "message": "slow down"}, Kind.RATE_LIMIT),
        (
            {"type": "error", "error": {"code": "invalid-argument", "message": "no"}, "status": 400},
            Kind.INVALID_REQUEST,
        ),
        ({"code": "invalid_prompt", "message": "no"}, Kind.INVALID_REQUEST),
        ({}, Kind.UNAVAILABLE),
    ],
)
def test_errors_of_a_stream(error: dict[str, object], kind: Kind) -> None:
    assert classify_event(error).kind is kind


@pytest.mark.parametrize(
    ("headers", "text", "seconds"),
    [
        ({"retry-after": "7"}, "", 7.0),
        ({"retry-after": "1.5"}, "", 1.5),
        ({"retry-after-ms": "250"}, "", 0.25),
        ({"retry-after": "Thu, 01 Jan 1970 00:02:00 GMT"}, "", 20.0),
        ({"retry-after": "-3"}, "", None),
        ({"retry-after": "soon"}, "", None),
        ({"retry-after": "inf"}, "", None),
        ({}, "Requests per Minute (actual/limit): 9/8. Resets in: 3m 4s", 184.0),
        ({}, "Requests per Second (actual/limit): 9/8", 1.0),
        ({}, "no word of it", None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], text: str, seconds: float | None) -> None:
    assert classify_response(429, json.dumps(flat("", text)).encode(), headers, 100.0).retry_after == seconds


@pytest.mark.parametrize(
    ("error", "kind", "accepted"),
    [
        (TransportError("x", sent=False), Kind.UNREACHABLE, "no"),
        (TransportError("x", sent=True), Kind.BROKEN_STREAM, "maybe"),
        (TransportError("x", sent=True, timed_out=True), Kind.TIMEOUT, "maybe"),
    ],
)
def test_failures_of_the_network(error: TransportError, kind: Kind, accepted: str) -> None:
    fault = classify_transport(error)
    assert (fault.kind, fault.accepted) == (kind, accepted)


@pytest.mark.parametrize(
    ("status", "content", "accepted"),
    [
        (500, b"{}", "failed"),
        (502, b"<html>", "failed"),
        (503, b'{"error":"overloaded"}', "failed"),
        (529, b"", "failed"),
        (200, b'{"error":"The service is currently unavailable"}', "failed"),
        (200, b"no error at all", "maybe"),
        (504, b"", "maybe"),
        (524, b"", "maybe"),
        (408, b"", "maybe"),
        (520, b"", "maybe"),
        (400, b'{"error":"no"}', "no"),
        (401, b"", "no"),
        (403, b"", "no"),
        (429, b"", "no"),
    ],
)
def test_whether_the_work_may_go_on(status: int, content: bytes, accepted: str) -> None:
    hidden = status == 200
    fault = classify_hidden_error(content) if hidden else classify_response(status, content, {}, 0.0)
    assert fault.accepted == accepted


def test_of_an_answer_that_breaks_off_nobody_knows() -> None:
    assert broken_stream("x").accepted == "maybe"
    assert classify_transport(TransportError("x", sent=True, stale=True)).accepted == "maybe"


def test_words_of_the_request_cost_nobody_an_account() -> None:
    """xAI quotes what a client sent; a tool called "user is blocked" must not block a credential."""
    for words in ("user is blocked", "used all available credits", "Incorrect API key provided"):
        quoted = flat("invalid-argument", f"Invalid tool name: {words}")
        assert classify_response(400, json.dumps(quoted).encode(), {}, 0.0).scope is Scope.REQUEST


def test_the_client_reads_the_reason_but_nothing_that_names_an_account() -> None:
    text = f"Bad field for team {TEAM} with key xai-abcdef123456 at https://x.ai/a?b [WKE=some:code]\nsecond line"
    fault = classify_response(400, json.dumps(flat("invalid-argument", text)).encode(), {}, 0.0)
    assert "Bad field" in fault.message
    for secret in (TEAM, "xai-abcdef", "https://", "WKE", "\n"):
        assert secret not in fault.message
        assert secret not in fault.detail
    assert "oops-internal" not in classify_response(500, b'{"error":"oops-internal"}', {}, 0.0).message


def test_an_address_in_xais_reason_is_left_out_and_the_sentence_around_it_stays() -> None:
    said = flat("invalid-argument", "It was refused (see https://a.example/b?c=d), try again.")
    fault = classify_response(400, json.dumps(said).encode(), {}, 0.0)
    assert fault.detail == "It was refused (see […]), try again."
