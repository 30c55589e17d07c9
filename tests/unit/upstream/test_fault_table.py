"""One classifier for all phases: every shape and class of xAI's errors, and one blame however it came.

The phases are: an error status before anything else, an error body under status 200, and an error event in
a stream of either surface. `test_faults.py` reads the table line by line; here its columns are crossed.
"""

# ruff: noqa: E501 - a table with a row a line is read across

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.api.errors import error_response
from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.events import TurnEvent, TurnFailed
from grok2api.canonical.fault import Fault
from grok2api.canonical.fault import FaultKind as Kind
from grok2api.canonical.fault import FaultScope as Scope
from grok2api.gateway.failures import fault_error
from grok2api.kit.clock import ManualClock
from grok2api.kit.sse import Frame, FrameReader
from grok2api.pool.health import MANUAL, CooldownRules, Health, restrict, step
from grok2api.upstream.base import UpstreamFault
from grok2api.upstream.transport import Transport
from grok2api.upstream.xai.chat_reader import ChatReader
from grok2api.upstream.xai.client import XaiClient
from grok2api.upstream.xai.error_body import read_error_body
from grok2api.upstream.xai.faults import classify_event, classify_hidden_error, classify_response
from grok2api.upstream.xai.responses_reader import ResponsesReader

RULES = CooldownRules()
FOREVER = "until somebody acts"
Rest = float | str | None
"""Seconds of rest or bar; None if nobody is punished."""


@dataclass(frozen=True, slots=True)
class Row:
    """A class of failure: how xAI says it, and all that follows."""

    status: int
    code: str
    text: str
    kind: Kind
    scope: Scope
    retryable: bool
    rest: Rest
    told: tuple[int, str]
    """Status and code that the client reads."""
    unnamed: bool = False
    """Only the status tells what it is, so that an event without one cannot be known."""


POOL = (503, "no_available_account")
QUOTA = (429, "insufficient_quota")
ACL = "The caller does not have permission to execute the specified operation"
WRONG = "Client specified an invalid argument"
SPENT = "Your team has used all available credits or reached its monthly spending limit."
LIMIT = "Too many requests for team 0f3a5b1c-1111-2222-3333-444455556666 and model grok-4.7."
MULTI = "Multi Agent requests are not allowed on chat completions"
BETA = "Client-side tools for multi-agent models require beta access"
PIXELS = "1080p video resolution is not available for your team"

# fmt: off
ROWS = [
    Row(400, "invalid-argument", "Incorrect API key provided: xa***yz.", Kind.BAD_KEY, Scope.CREDENTIAL, True, FOREVER, POOL),
    Row(400, WRONG, "Incorrect API key provided: xa***yz.", Kind.BAD_KEY, Scope.CREDENTIAL, True, FOREVER, POOL),
    Row(401, "unauthenticated:no-credentials", "No credentials provided", Kind.NOT_AUTHENTICATED, Scope.CREDENTIAL, True, 30.0, POOL),
    Row(403, "unauthenticated:bad-credentials", "The OAuth2 access token could not be validated.", Kind.TOKEN_EXPIRED, Scope.CREDENTIAL, True, FOREVER, POOL),
    Row(401, "unauthenticated:bad-credentials", "No more.", Kind.TOKEN_EXPIRED, Scope.CREDENTIAL, True, FOREVER, POOL),
    Row(401, "unauthenticated", "Who are you?", Kind.NOT_AUTHENTICATED, Scope.CREDENTIAL, True, 30.0, POOL),
    Row(403, "unauthorized:blocked-user", "User is blocked", Kind.BLOCKED, Scope.CREDENTIAL, True, FOREVER, POOL),
    Row(403, "permission-denied", "team_blocked", Kind.BLOCKED, Scope.CREDENTIAL, True, FOREVER, POOL),
    Row(403, "permission-denied", "The API key is disabled", Kind.BLOCKED, Scope.CREDENTIAL, True, FOREVER, POOL),
    Row(403, "permission-denied", "The key is not allowed to use model grok-4.7", Kind.ACCESS_DENIED, Scope.CREDENTIAL, True, 3600.0, POOL),
    Row(403, ACL, "The key is not allowed to use model grok-4.7", Kind.ACCESS_DENIED, Scope.CREDENTIAL, True, 3600.0, POOL),
    Row(403, "permission-denied", "The key may not use endpoint responses", Kind.SURFACE_DENIED, Scope.CREDENTIAL, True, 3600.0, POOL),
    Row(403, "permission-denied", "Access to the chat endpoint is denied.", Kind.SURFACE_DENIED, Scope.CREDENTIAL, True, 3600.0, POOL),
    Row(403, "permission-denied", "Something else.", Kind.UNREADABLE, Scope.CREDENTIAL, True, 30.0, (502, "upstream_error")),
    Row(403, ACL, "Something else.", Kind.UNREADABLE, Scope.CREDENTIAL, True, 30.0, (502, "upstream_error")),
    Row(403, "permission-denied", SPENT, Kind.NO_CREDIT, Scope.ACCOUNT, True, 3600.0, QUOTA),
    Row(429, "resource-exhausted", SPENT, Kind.NO_CREDIT, Scope.ACCOUNT, True, 3600.0, QUOTA),
    Row(403, ACL, "Your newly created team doesn't have any credits (or licenses) yet.", Kind.NO_CREDIT, Scope.ACCOUNT, True, 3600.0, QUOTA),
    Row(402, "personal-team-blocked:spending-limit", "You have run out of credits or need a Grok subscription.", Kind.NO_CREDIT, Scope.ACCOUNT, True, 3600.0, QUOTA),
    Row(403, "personal-team-blocked:spending-limit", "no", Kind.NO_CREDIT, Scope.ACCOUNT, True, 3600.0, QUOTA),
    Row(402, "billing_error", "Grok Build usage balance exhausted", Kind.NO_CREDIT, Scope.ACCOUNT, True, 3600.0, QUOTA),
    Row(429, "insufficient_quota", "no", Kind.NO_CREDIT, Scope.ACCOUNT, True, 3600.0, QUOTA),
    Row(429, "subscription:free-usage-exhausted", "tokens (actual/limit): 9/8", Kind.QUOTA, Scope.ACCOUNT, True, 21_600.0, QUOTA),
    Row(429, "resource-exhausted", LIMIT, Kind.RATE_LIMIT, Scope.ACCOUNT_MODEL, True, 2.0, (429, "rate_limit_exceeded")),
    Row(429, "resource-exhausted", f"{LIMIT} Resets in: 3m 4s", Kind.RATE_LIMIT, Scope.ACCOUNT_MODEL, True, 184.0, (429, "rate_limit_exceeded")),
    Row(429, "resource-exhausted", f"{LIMIT} Requests per Second (actual/limit): 9/8", Kind.RATE_LIMIT, Scope.ACCOUNT_MODEL, True, 1.0, (429, "rate_limit_exceeded")),
    Row(403, "permission-denied", "Content violates usage guidelines. SAFETY_CHECK_TYPE_BIO", Kind.SAFETY, Scope.REQUEST, False, None, (400, "content_policy_violation")),
    Row(403, ACL, "Content violates usage guidelines.", Kind.SAFETY, Scope.REQUEST, False, None, (400, "content_policy_violation")),
    Row(400, "invalid-argument", "Failed to start sampling: prompt exceeds budget", Kind.CONTEXT_LENGTH, Scope.REQUEST, False, None, (400, "context_length_exceeded")),
    Row(400, WRONG, "encrypted_content could not be decrypted", Kind.ENCRYPTED_MISMATCH, Scope.REQUEST, True, None, (400, "invalid_value")),
    Row(400, "invalid-argument", "Argument not supported on this model: stop", Kind.UNSUPPORTED_ARGUMENT, Scope.REQUEST, False, None, (400, "unsupported_parameter")),
    Row(400, WRONG, "Model grok-4 does not support parameter stop", Kind.UNSUPPORTED_ARGUMENT, Scope.REQUEST, False, None, (400, "unsupported_parameter")),
    Row(400, "invalid-argument", MULTI, Kind.INVALID_REQUEST, Scope.REQUEST, False, None, (400, "invalid_value")),
    Row(400, "invalid-argument", BETA, Kind.INVALID_REQUEST, Scope.REQUEST, False, None, (400, "invalid_value")),
    Row(400, "invalid-argument", "output.upload_url is required", Kind.INVALID_REQUEST, Scope.REQUEST, False, None, (400, "invalid_value")),
    Row(403, "permission-denied", PIXELS, Kind.INVALID_REQUEST, Scope.REQUEST, False, None, (400, "invalid_value")),
    Row(400, "invalid-argument", PIXELS, Kind.INVALID_REQUEST, Scope.REQUEST, False, None, (400, "invalid_value")),
    Row(422, "", "Failed to deserialize the JSON body", Kind.INVALID_REQUEST, Scope.REQUEST, False, None, (400, "invalid_value"), unnamed=True),
    Row(404, "not-found", "The model grok-9 does not exist", Kind.MODEL_MISSING, Scope.ACCOUNT_MODEL, True, 300.0, (404, "model_not_found")),
    Row(404, "not-found", "Response with id x not found", Kind.OBJECT_MISSING, Scope.REQUEST, False, None, (404, "not_found")),
    Row(404, "Some requested entity was not found", "No such file", Kind.OBJECT_MISSING, Scope.REQUEST, False, None, (404, "not_found")),
    Row(413, "", "Too long", Kind.TOO_LARGE, Scope.REQUEST, False, None, (413, "request_too_large"), unnamed=True),
    Row(503, "The service is currently unavailable", "x", Kind.UNAVAILABLE, Scope.UPSTREAM, True, None, (502, "upstream_error")),
    Row(500, "", "Internal error", Kind.UNAVAILABLE, Scope.UPSTREAM, True, None, (502, "upstream_error")),
    Row(503, "", "overloaded", Kind.OVERLOADED, Scope.UPSTREAM, True, None, (503, "overloaded")),
    Row(504, "", "Too slow", Kind.TIMEOUT, Scope.UPSTREAM, True, None, (504, "upstream_timeout"), unnamed=True),
]
# fmt: on


def name_of(row: Row) -> str:
    return f"{row.status} {row.code or row.text}"[:40]


every_row = pytest.mark.parametrize("row", ROWS, ids=name_of)


def shapes(row: Row) -> Mapping[str, object]:
    """Return the bodies that may say a row, by the letters of the fact sheet."""
    told: dict[str, object] = {
        "b nested": {"error": {"message": row.text, "type": row.code, "param": None, "code": row.code}},
        "b type only": {"error": {"message": row.text, "type": row.code, "code": None}},
        "d marker": {"code": row.status, "error": f"{row.text} [WKE={row.code}]"},
        "i error event": {"type": "error", "code": row.code, "message": row.text, "param": None},
        "j status_code": {"code": row.code, "error": row.text, "status_code": row.status},
        "a flat": {"code": row.code, "error": row.text},
    }
    if not row.code or " " in row.code:
        del told["d marker"]
    if not row.code:
        told |= {"c error alone": {"error": row.text}, "e text": row.text, "f detail": {"detail": row.text}}
    return told


def same(fault: Fault) -> tuple[object, ...]:
    """Return all of a fault that may not depend on the way it came."""
    return (
        fault.kind,
        fault.scope,
        fault.status,
        fault.code,
        fault.retryable,
        fault.retry_after,
        fault.message,
    )


def before_headers(row: Row, body: object) -> Fault:
    return classify_response(row.status, json.dumps(body).encode(), {}, 0.0)


class Reader(Protocol):
    def feed(self, frames: list[Frame]) -> list[TurnEvent]: ...


def in_stream(make: Callable[[], Reader], event: Mapping[str, object]) -> Fault:
    """Return the fault of an event, as the reader of a surface hands it to the classifier."""
    frames = FrameReader().feed(b"data: " + json.dumps(event).encode() + b"\n\n")
    (failure,) = make().feed(frames)
    assert isinstance(failure, TurnFailed)
    return classify_event(failure.error)


# What each class means


@every_row
def test_every_shape_says_the_same(row: Row) -> None:
    for name, body in shapes(row).items():
        fault = before_headers(row, body)
        assert (fault.kind, fault.scope, fault.retryable) == (row.kind, row.scope, row.retryable), name
        error = fault_error(fault)
        assert (error.status, error.code) == row.told, name
        assert fault.upstream_status == row.status


@every_row
def test_every_class_makes_rest_as_long_as_it_says(row: Row) -> None:
    fault = before_headers(row, shapes(row)["a flat"])
    health = step(Health(), fault, 100.0, RULES)
    bar = restrict(fault, 100.0, RULES, model="grok-4.7", surface="chat")
    if row.rest is None:
        assert health.usable(100.0)
        assert bar is None
    elif row.rest == FOREVER:
        assert health.status in MANUAL
    else:
        assert (bar.until if bar else health.until) == pytest.approx(100.0 + float(row.rest))
        assert (bar.reason if bar else health.reason) != ""


# One blame, however it came


@every_row
def test_an_error_under_200_is_the_error(row: Row) -> None:
    for name, body in shapes(row).items():
        if not row.unnamed or "status" in name:
            hidden = classify_hidden_error(json.dumps(body).encode())
            assert same(hidden) == same(before_headers(row, body)), name


@every_row
@pytest.mark.parametrize("place", ["status", "status_code", "nowhere"])
def test_an_error_in_a_stream_is_the_error(row: Row, place: str) -> None:
    status = {} if place == "nowhere" else {place: row.status}
    if row.unnamed and not status:
        return
    nested = {"message": row.text, "code": row.code}
    told = before_headers(row, {"code": row.code, "error": row.text})
    for event in (
        {"type": "error", "code": row.code, "message": row.text, **status},
        {"type": "error", "error": nested, **status},
        {"type": "response.failed", "response": {"status": "failed", "error": {**nested, **status}}},
        {"code": row.code, "error": row.text, **status},
    ):
        assert same(in_stream(ResponsesReader, event)) == same(told), event
    for event in ({"error": nested, **status}, {"code": row.code, "error": row.text, **status}):
        assert same(in_stream(ChatReader, event)) == same(told), event


def test_words_of_the_request_cost_nobody_an_account_in_a_stream_either() -> None:
    for words in (
        "user is blocked",
        "used all available credits",
        "Incorrect API key provided",
        "overloaded",
    ):
        for code in ("invalid-argument", WRONG):
            error = {"code": code, "message": f"Invalid tool name: {words}"}
            assert classify_event(error).scope is Scope.REQUEST
            body = json.dumps({"code": code, "error": error["message"]}).encode()
            assert classify_hidden_error(body).scope is Scope.REQUEST


def test_the_marker_in_the_text_stands_above_the_code() -> None:
    body = {"code": "permission-denied", "error": "No. [WKE=unauthenticated:bad-credentials]"}
    assert before_headers(Row(403, *TAIL), body).kind is Kind.TOKEN_EXPIRED
    assert read_error_body(json.dumps(body).encode()).code == "unauthenticated:bad-credentials"


TAIL = ("", "", Kind.UNREADABLE, Scope.CREDENTIAL, True, None, POOL)


@pytest.mark.parametrize("status", [403, 429, 500, 502, 520, 521, 522, 523, 524, 525])
def test_a_page_of_the_network_in_between_blames_no_account(status: int) -> None:
    page = b"<!DOCTYPE html><html><title>User is blocked | model permission | overloaded</title></html>"
    fault = classify_response(status, page, {}, 0.0)
    assert fault.kind not in {Kind.BLOCKED, Kind.NO_CREDIT, Kind.ACCESS_DENIED, Kind.BAD_KEY}
    assert fault.scope is (
        Scope.UPSTREAM if status >= 500 else Scope.ACCOUNT_MODEL if status == 429 else Scope.CREDENTIAL
    )


@pytest.mark.parametrize("status", [True, False, 0, 3, 200, 302, 999, "403", None])
def test_a_status_that_no_failure_has_is_none(status: object) -> None:
    body = {"code": "unauthorized:blocked-user", "error": "User is blocked", "status": status}
    assert classify_hidden_error(json.dumps(body).encode()).kind is Kind.BLOCKED


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["error", "code", "message", "status", "status_code", "type", "detail", "param"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    ),
    st.sampled_from([200, 400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 503, 529]),
)
def test_whatever_it_says_the_fault_is_whole(body: Any, status: int) -> None:
    content = json.dumps(body).encode()
    faults = [classify_response(status, content, {}, 0.0), classify_hidden_error(content)]
    if isinstance(body, dict):
        faults.append(classify_event(body))
    for fault in faults:
        assert 400 <= fault.status < 600
        assert fault.code
        assert fault.retry_after is None or fault.retry_after >= 0
        assert fault.scope is not Scope.PROXY
        assert fault.upstream_status == 200 or 400 <= fault.upstream_status < 600


# How long upstream wants to be left alone


SOME_TEXT = st.text("0123456789 .,:+-eExX_GMTJan\x00\xb2", max_size=40)
ODD_WAITS = st.one_of(
    st.integers(-(10**30), 10**30).map(str),
    st.floats().map(str),
    st.sampled_from(
        ["", " ", "-0", "+7", "1e400", "1_000", "0x10", "nan", "-inf", "soon", "7, 9", "9" * 5000]
    ),
    st.sampled_from(
        ["Thu, 01 Jan 1970 00:02:00 GMT", "Thu, 99 Foo 9999 99:99:99 GMT", "01 Jan 0001 00:00:00"]
    ),
    st.datetimes().map(lambda when: when.strftime("%a, %d %b %Y %H:%M:%S +0000")),
    SOME_TEXT,
)


@given(
    st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms"]), ODD_WAITS, max_size=2),
    st.sampled_from(["", "Resets in: ", "Requests per Second"]),
    st.sampled_from(["3m 4s", "9" * 500 + "d", "1.5h", "-4s", "never"]),
)
def test_whatever_upstream_asks_for_nobody_rests_longer_than_the_cap(
    headers: dict[str, str], opening: str, wait: str
) -> None:
    body = json.dumps({"code": "resource-exhausted", "error": opening + wait}).encode()
    fault = classify_response(429, body, headers, 1_795_000_000.0)
    assert fault.retry_after is None or 0 <= fault.retry_after < float("inf")
    bar = restrict(fault, 100.0, RULES, model="grok-4.7", surface="chat")
    assert bar is not None
    assert 100.0 <= bar.until <= 100.0 + RULES.retry_after_cap
    for kind in Kind:
        health = step(Health(), replace(fault, kind=kind), 100.0, RULES)
        assert health.status in MANUAL or health.until <= 100.0 + RULES.longest(health.status)
    _, _, told = error_response(fault_error(fault))
    assert all(0 < int(value) <= 60 for name, value in told if name == b"retry-after")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3600"}, 900.0),
        ({"retry-after": "1e300"}, 900.0),
        ({"retry-after": "Fri, 01 Jan 2999 00:00:00 GMT"}, 900.0),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "-1", "retry-after": "9"}, 9.0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "-5"}, 2.0),
        ({"retry-after": "later"}, 2.0),
        ({}, 2.0),
    ],
)
def test_what_makes_sense_is_obeyed_up_to_the_cap(headers: dict[str, str], seconds: float) -> None:
    fault = classify_response(429, b"{}", headers, 1_795_000_000.0)
    bar = restrict(fault, 100.0, RULES, model="grok-4.7", surface="chat")
    assert bar is not None
    assert bar.until == 100.0 + seconds


# The same over real sockets: status, content type and body, asked for as a stream and as a whole


@asynccontextmanager
async def answering(status: int, content_type: str, body: bytes) -> AsyncIterator[str]:
    """Serve one answer to everybody."""
    head = f"HTTP/1.1 {status} Because\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def blamed(status: int, content_type: str, body: bytes, *, stream: bool) -> Fault:
    """Return the fault that one call ends with."""
    async with (
        answering(status, content_type, body) as url,
        Transport(user_agent="test") as transport,
    ):
        client = XaiClient(transport, ManualClock())
        lease = Lease(credential_id="c", account_id="a", token="t", base_url=url)
        dispatch = Dispatch(method="GET", path="/answer", stream=stream)
        with pytest.raises(UpstreamFault) as caught:
            await (client.stream(dispatch, lease) if stream else client.whole(dispatch, lease))
        return caught.value.fault


JSON_TYPES = ["application/json", "application/json; charset=utf-8", "application/problem+json"]
KINDS_ON_THE_WIRE = [
    row for row in ROWS if row.kind in {Kind.SAFETY, Kind.NO_CREDIT, Kind.UNAVAILABLE, Kind.BAD_KEY}
]


@pytest.mark.parametrize("content_type", [*JSON_TYPES, "text/plain", "text/event-stream"])
@pytest.mark.parametrize("row", KINDS_ON_THE_WIRE[::2], ids=name_of)
async def test_a_stream_and_a_whole_answer_blame_alike_before_the_headers(
    row: Row, content_type: str
) -> None:
    body = json.dumps({"code": row.code, "error": row.text}).encode()
    streamed = await blamed(row.status, content_type, body, stream=True)
    whole = await blamed(row.status, content_type, body, stream=False)
    assert streamed == whole
    assert streamed.kind is row.kind


@pytest.mark.parametrize("content_type", JSON_TYPES)
@pytest.mark.parametrize("row", [row for row in KINDS_ON_THE_WIRE if row.code][::2], ids=name_of)
async def test_a_stream_and_a_whole_answer_blame_alike_under_200(row: Row, content_type: str) -> None:
    body = json.dumps({"code": row.code, "error": row.text}).encode()
    streamed = await blamed(200, content_type, body, stream=True)
    whole = await blamed(200, content_type, body, stream=False)
    assert streamed == whole
    assert streamed.kind is row.kind


async def test_a_page_under_200_is_no_stream() -> None:
    page = b"<html>Checking your browser</html>"
    assert (await blamed(200, "text/html", page, stream=True)).scope is Scope.UPSTREAM
    assert (await blamed(200, "text/html", page, stream=False)).scope is Scope.UPSTREAM
