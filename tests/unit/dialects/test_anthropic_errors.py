"""Anthropic's word for every error there is, and nothing less in its text."""

from __future__ import annotations

import msgspec
import pytest

from grok2api.dialects.anthropic_errors import error_body, error_object
from grok2api.errors import (
    AllCoolingDown,
    Forbidden,
    Grok2ApiError,
    InvalidRequest,
    MethodNotAllowed,
    ModelNotFound,
    NoCredential,
    OutOfCredit,
    RequestTimeout,
    TooLarge,
    Unauthenticated,
    Unsupported,
    UnsupportedMediaType,
    UpgradeRefused,
    UpstreamError,
)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (InvalidRequest("x"), "invalid_request_error"),
        (Unsupported("x"), "invalid_request_error"),
        (Unauthenticated("x"), "authentication_error"),
        (Forbidden("x"), "permission_error"),
        (ModelNotFound("x"), "not_found_error"),
        (MethodNotAllowed("x", allowed="POST"), "invalid_request_error"),
        (RequestTimeout("x"), "timeout_error"),
        (TooLarge("x"), "request_too_large"),
        (UnsupportedMediaType("x"), "invalid_request_error"),
        (UpgradeRefused("x"), "invalid_request_error"),
        (AllCoolingDown("x"), "rate_limit_error"),
        (OutOfCredit("x"), "rate_limit_error"),
        (NoCredential("x"), "overloaded_error"),
        (Grok2ApiError("x"), "api_error"),
        (UpstreamError("x", status=409), "invalid_request_error"),
        (UpstreamError("x", status=422), "invalid_request_error"),
        (UpstreamError("x", status=502), "overloaded_error"),
        (UpstreamError("x", status=504), "timeout_error"),
        (UpstreamError("x", status=529), "overloaded_error"),
    ],
)
def test_the_type_follows_from_the_status(error: Grok2ApiError, kind: str) -> None:
    assert msgspec.json.decode(error_body(error, "req_1")) == {
        "type": "error",
        "error": {"type": kind, "message": "x"},
        "request_id": "req_1",
    }


@pytest.mark.parametrize(
    ("said", "param", "told"),
    [
        ("'a.b' must be a number.", "a.b", "'a.b' must be a number."),
        ("Sounds are not supported.", "messages[0]", "messages[0]: Sounds are not supported."),
        ("It broke.", None, "It broke."),
    ],
)
def test_the_field_at_fault_is_in_the_text(said: str, param: str | None, told: str) -> None:
    assert error_object(InvalidRequest(said, param=param), "r")["error"] == {
        "type": "invalid_request_error",
        "message": told,
    }
