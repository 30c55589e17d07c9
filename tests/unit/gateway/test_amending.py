"""What is left out of a request that upstream refused, and what the client is told where nothing helps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok2api.canonical.amendments import UNAMENDED, Amendments
from grok2api.canonical.fault import Fault
from grok2api.errors import Grok2ApiError, InvalidRequest, NotFound
from grok2api.gateway.amending import amended
from grok2api.gateway.settling import in_terms_of
from grok2api.upstream.xai.faults import classify_event, classify_response
from support.responses_api import parse

MODEL = "Argument not supported on this model: "


def refusal(text: str) -> Fault:
    body = b'{"code":"invalid-argument","error":"%b"}' % text.encode()
    return classify_response(400, body, {}, 0.0)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f"{MODEL}presencePenalty", {"presence_penalty"}),
        (f"{MODEL}topP", {"top_p"}),
        (f"{MODEL}parallelToolCalls", {"parallel_tool_calls"}),
        (f"{MODEL}stop", {"stop"}),
        ("Model grok-4 does not support parameter reasoningEffort.", {"reasoning_effort"}),
        ("Model grok-4 does not support parameter: `reasoning.effort`", {"reasoning_effort"}),
        ("Argument not supported: prompt_cache_retention", {"prompt_cache_retention"}),
        (f"{MODEL}instructions", {"instructions"}),
        ("instructions cannot be combined with previous_response_id", {"instructions"}),
        ("`previous_response_id` and `instructions` are exclusive.", {"instructions"}),
        (f"{MODEL}previousResponseId", None),
        (f"{MODEL}tools", None),
        (f"{MODEL}input", None),
        (f"{MODEL}responseFormat", None),
        ("Argument not supported on tool web_search: user_location", None),
        ("Something else is wrong.", None),
    ],
)
def test_an_argument_is_named_by_its_field(text: str, names: set[str] | None) -> None:
    for fault in (refusal(text), classify_event({"code": "invalid-argument", "message": text})):
        found = amended(fault, UNAMENDED)
        assert (None if found is None else set(found.arguments)) == names


def test_nothing_is_tried_twice_and_not_without_end() -> None:
    fault = refusal(f"{MODEL}topP")
    assert amended(fault, Amendments(arguments=frozenset({"top_p"}))) is None
    assert amended(fault, Amendments(arguments=frozenset("abcdef"))) is None
    mismatch = refusal("Could not decrypt the provided encrypted_content.")
    once = amended(mismatch, UNAMENDED)
    assert once == Amendments(without_reasoning=True)
    assert amended(mismatch, Amendments(without_reasoning=True)) is None


@pytest.mark.parametrize(
    ("pin", "pinned_by", "param", "code"),
    [
        (b"a", "previous_response_id", "previous_response_id", "previous_response_not_found"),
        (b"a", None, "previous_response_id", "previous_response_not_found"),
        (b"a", "input[0].encrypted_content", "input[0].encrypted_content", "invalid_value"),
        (None, None, None, "not_found"),
    ],
)
def test_a_missing_object_is_told_in_the_words_of_what_named_it(
    pin: bytes | None, pinned_by: str | None, param: str | None, code: str
) -> None:
    call = replace(parse({}), account_pin=pin, pinned_by=pinned_by)
    told = in_terms_of(call, NotFound("gone"))
    assert (told.param, told.code) == (param, code)
    assert isinstance(told, Grok2ApiError if pin is None else InvalidRequest)


def test_a_refusal_names_the_argument_and_no_more() -> None:
    assert refusal("Model grok-4 does not support parameter reasoningEffort.").param == "reasoning_effort"
    assert refusal("Argument not supported on tool web_search: user_location").param is None
