"""When a conversation is rebuilt on another account, and what its client is told when it is not."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from grok2api.canonical.call import Call, Caller
from grok2api.canonical.fault import FaultKind, FaultScope
from grok2api.errors import (
    AllCoolingDown,
    ContentRefused,
    Grok2ApiError,
    InvalidRequest,
    ModelNotFound,
    NoCredential,
    NotFound,
    OutOfCredit,
    Overloaded,
    StorageError,
)
from grok2api.gateway.failures import fault_error
from grok2api.gateway.rescue import for_want_of_its_account, rebuilt, rescuable, told
from support.calls import make_call
from support.faults import make_fault

OPTED_IN = Caller("key_1", "test", rescue=60.0)
PIN = b"account!"


def pinned(caller: Caller = OPTED_IN) -> Call:
    call = make_call("grok-4", dialect="responses", caller=caller)
    return replace(call, account_pin=PIN, continues="resp_1")


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (pinned(), True),
        (pinned(Caller("key_1", "test")), False),
        (replace(pinned(), account_pin=None), False),
        (replace(pinned(), continues=None), False),
        (replace(pinned(), history=()), False),
    ],
    ids=["opted in", "not opted in", "any account", "nothing before", "stands on items already"],
)
def test_only_who_opted_in_and_goes_on_is_rescued(call: Call, expected: bool) -> None:
    assert rescuable(call) is expected


def failed(kind: FaultKind, scope: FaultScope) -> Grok2ApiError:
    return fault_error(make_fault(kind, scope=scope))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (NotFound("gone"), True),
        (NoCredential("disabled"), True),
        (AllCoolingDown("rests", retry_after=600.0), True),
        (OutOfCredit("no money"), True),
        (failed(FaultKind.BLOCKED, FaultScope.CREDENTIAL), True),
        (failed(FaultKind.NO_CREDIT, FaultScope.ACCOUNT), True),
        (failed(FaultKind.RATE_LIMIT, FaultScope.ACCOUNT_MODEL), True),
        (failed(FaultKind.UNREADABLE, FaultScope.CREDENTIAL), True),
        (failed(FaultKind.OBJECT_MISSING, FaultScope.REQUEST), False),
        (failed(FaultKind.SAFETY, FaultScope.REQUEST), False),
        (failed(FaultKind.CONTEXT_LENGTH, FaultScope.REQUEST), False),
        (failed(FaultKind.OVERLOADED, FaultScope.UPSTREAM), False),
        (failed(FaultKind.PROXY_DOWN, FaultScope.PROXY), False),
        (ModelNotFound("none"), False),
        (InvalidRequest("wrong"), False),
        (ContentRefused("no"), False),
        (Overloaded("later"), False),
        (StorageError("away"), False),
    ],
    ids=lambda value: getattr(value, "code", None),
)
def test_only_for_want_of_its_account(error: Grok2ApiError, expected: bool) -> None:
    assert for_want_of_its_account(error) is expected


def test_a_rebuilt_call_may_be_served_by_any_account() -> None:
    item = msgspec.Raw(b'{"role":"user","content":"hi"}')
    call = rebuilt(pinned(), [item])
    assert (call.history, call.account_pin, call.continues) == ((item,), None, "resp_1")
    assert not rescuable(call)


def test_a_call_that_names_a_file_stays_with_the_account_that_holds_it() -> None:
    call = rebuilt(replace(pinned(), files_in=PIN, pinned_by="previous_response_id"), [])
    assert call.account_pin == PIN


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NoCredential("disabled"), "previous_response_not_found"),
        (NoCredential("the proxy", retry_after=5.0), "no_available_account"),
        (AllCoolingDown("rests", retry_after=5.0), "rate_limit_exceeded"),
        (OutOfCredit("no money"), "insufficient_quota"),
    ],
)
def test_an_account_that_is_gone_for_good_is_like_a_response_that_is_gone(
    error: Grok2ApiError, code: str
) -> None:
    assert told(pinned(), error).code == code
    assert told(rebuilt(pinned(), ()), error) is error
    assert told(make_call("grok-4"), error) is error
