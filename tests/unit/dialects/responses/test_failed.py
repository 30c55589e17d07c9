"""The error of a response that failed, in the codes of OpenAI's SDK and of Codex."""

from __future__ import annotations

import pytest
from openai.types.responses import ResponseError

from grok2api import errors
from grok2api.dialects.responses.failed import failed_error

_CODEX_GIVES_UP = {"context_length_exceeded", "insufficient_quota", "invalid_prompt"}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UpstreamError("It broke off."), "server_error"),
        (errors.UpstreamError("Late.", status=504, code="upstream_timeout"), "server_error"),
        (errors.UpstreamError("Much to do.", status=503, code="overloaded"), "server_error"),
        (errors.NoCredential("Nobody."), "server_error"),
        (errors.ShuttingDown("Bye."), "server_error"),
        (errors.Grok2ApiError("Oh."), "server_error"),
        (errors.UpstreamError("No.", status=400, code="content_policy_violation"), "invalid_prompt"),
        (errors.UpstreamError("No.", status=400, code="invalid_value"), "invalid_prompt"),
        (errors.UpstreamError("No.", status=404, code="model_not_found"), "invalid_prompt"),
        (errors.AllCoolingDown("Wait."), "rate_limit_exceeded"),
    ],
)
def test_a_code_is_one_that_the_sdk_takes(error: errors.Grok2ApiError, code: str) -> None:
    written = failed_error(error)
    assert (written["code"], written["message"]) == (code, error.public_message)
    ResponseError.model_validate(written, strict=True)
    assert (code in _CODEX_GIVES_UP) == (400 <= error.status < 500 and error.status != 429)


@pytest.mark.parametrize(
    "error",
    [
        errors.OutOfCredit("Empty."),
        errors.UpstreamError("Long.", status=400, code="context_length_exceeded"),
    ],
)
def test_what_codex_stops_at_keeps_its_code(error: errors.Grok2ApiError) -> None:
    assert failed_error(error) == {"code": error.code, "message": error.public_message}


@pytest.mark.parametrize(("wait", "told"), [(0.2, "1s"), (4.0, "4s"), (29.01, "30s")])
def test_a_rate_limit_says_for_how_long(wait: float, told: str) -> None:
    error = errors.AllCoolingDown("All rest.", retry_after=wait)
    assert failed_error(error)["message"] == f"All rest. Please try again in {told}."
