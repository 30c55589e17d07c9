"""The tree of errors: what each says about itself, and that nothing secret leaves with it."""

from __future__ import annotations

import inspect
import logging

import pytest

from grok2api import errors
from grok2api.errors import Grok2ApiError

CLASSES = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, Grok2ApiError) and kind is not Grok2ApiError
]
KINDS = {
    "invalid_request_error",
    "permission_error",
    "rate_limit_error",
    "server_error",
    "timeout_error",
}


def test_the_classes_stand_where_callers_look_for_them() -> None:
    assert issubclass(errors.InvalidRequest, errors.ClientError)
    assert issubclass(errors.ModelNotFound, errors.NotFound)
    assert issubclass(errors.AllCoolingDown, errors.PoolError)
    assert issubclass(errors.OutOfCredit, errors.PoolError)
    assert not issubclass(errors.PoolError, errors.ClientError)
    assert not issubclass(errors.ConfigError, Grok2ApiError)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_a_class_says_status_code_type_and_log_level(kind: type[Grok2ApiError]) -> None:
    assert 400 <= kind.status < 600
    assert kind.default_code.isidentifier()
    assert kind.default_code.islower()
    assert kind.kind in KINDS
    assert kind.log_level in {logging.INFO, logging.WARNING, logging.ERROR}
    assert inspect.getdoc(kind)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_a_type_fits_its_status(kind: type[Grok2ApiError]) -> None:
    assert (kind.kind == "rate_limit_error") == (kind.status == 429)
    assert (kind.kind == "server_error") == (kind.status >= 500)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.InvalidRequest("no"), 400, "invalid_value"),
        (errors.InvalidRequest("no", code="invalid_json"), 400, "invalid_json"),
        (errors.Unsupported("no", param="n"), 400, "unsupported_parameter"),
        (errors.Unauthenticated("no"), 401, "invalid_api_key"),
        (errors.ModelNotFound("no"), 404, "model_not_found"),
        (errors.MethodNotAllowed("no", allowed="GET"), 405, "method_not_allowed"),
        (errors.AllCoolingDown("no", retry_after=2), 429, "rate_limit_exceeded"),
        (errors.NoCredential("no"), 503, "no_available_account"),
        (errors.UpstreamError("no"), 502, "upstream_error"),
        (errors.UpstreamError("no", status=504, code="upstream_timeout"), 504, "upstream_timeout"),
        (Grok2ApiError("no"), 500, "internal_error"),
    ],
)
def test_an_error_has_the_status_and_the_code_of_its_class_or_its_own(
    error: Grok2ApiError, status: int, code: str
) -> None:
    assert (error.status, error.code) == (status, code)


def test_an_error_shows_its_public_message_and_nothing_else() -> None:
    error = errors.InvalidRequest("'n' is wrong.", param="n", retry_after=3)
    assert str(error) == error.public_message == "'n' is wrong."
    assert (error.param, error.retry_after) == ("n", 3)


def test_what_is_final_by_itself_helps_nobody_if_it_is_tried_again() -> None:
    final = {kind for kind in CLASSES if kind.final}
    assert final == {
        errors.OutOfCredit,
        errors.BudgetSpent,
        errors.CancelledByOperator,
        errors.MediaStoreError,
        errors.MediaStoreFull,
    }
    assert errors.UpstreamError("no", final=True).final
    assert not errors.UpstreamError("no").final


def test_an_upstream_error_changes_itself_and_not_its_class() -> None:
    errors.UpstreamError("no", status=429, kind="rate_limit_error")
    assert errors.UpstreamError("no").status == 502
    assert errors.UpstreamError("no").kind == "server_error"
