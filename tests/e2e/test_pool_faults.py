"""What a credential's own faults do: nothing to the client, nothing to others, to itself what it deserves.

F1 and F2 of the reliability promises: 401 and the many meanings of 403, each with a state that an operator
can read, and with the trace that tells which attempt failed how.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from support.observing import eventually
from support.pool_faults import SURFACE, Drill, drilling, order_account
from support.processes import Sandbox, request

CROWD = tuple(f"crowd{number}" for number in range(26))
BARRED_NOT = "grok-4"
BAD_TOKEN = {
    "code": "unauthenticated:bad-credentials",
    "error": "The OAuth2 access token could not be validated. Please sign in again.",
}
NO_MODEL = {
    "code": "not-found",
    "error": "The model does not exist or your team does not have access to it.",
}
FEW = ("ann", "bob", "cid", "dan")


@pytest.fixture(scope="module")
def shared_drill(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    issuer = shared_sandbox.base_url.removesuffix("/v1")
    with drilling(
        tmp_path_factory.mktemp("pool"),
        shared_sandbox,
        OAUTH__ENABLED="true",
        OAUTH__ISSUER=issuer,
        PERFORMANCE__QUEUE_WAIT="5",
    ) as drill:
        yield drill


def refuse(sandbox: Sandbox, status: int, code: str, error: str, **match: str) -> None:
    """Let upstream refuse in xAI's most common shape."""
    sandbox.scenario("status", status=status, body={"code": code, "error": error}, match=SURFACE | match)


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [
        (401, None, "cooling"),
        (
            401,
            {"code": "unauthenticated:no-credentials", "error": "No credentials."},
            "cooling",
        ),
        (400, {"code": "invalid-argument", "error": "Incorrect API key provided: xa***y1."}, "blocked"),
        (401, {"error": {"message": "Incorrect API key provided: xa***y1.", "code": "x"}}, "blocked"),
    ],
    ids=["401", "401 no credentials", "400 wrong key", "401 wrong key, nested"],
)
def test_a_key_that_is_refused_is_marked_and_not_picked_again(
    drill: Drill, status: int, body: Any, state: str
) -> None:
    drill.fill(FEW)
    drill.sandbox.scenario("status", status=status, body=body, match=SURFACE | {"key": "ann"})
    answers = [drill.ask(f"question {number}") for number in range(12)]
    assert {answer.status for answer in answers} == {200}
    calls = drill.served_by()
    assert calls.count("ann") == 1, "it is not picked again"
    assert len(calls) == 13, "one round trip more, for one request"
    row = drill.credentials()["ann"]
    assert row["live"]["status"] == state
    assert row["live"]["reason"]
    assert drill.statuses()["active"] == 3


def sign_in(drill: Drill, account: str, **facts: Any) -> None:
    """Put a sign-in of the sandbox's issuer into the pool, and wait until the worker has it."""
    _, _, content = request("POST", _issuer(drill, "/issue"), {"account": account, **facts})
    told = json.loads(content)
    tokens = {"name": account, "access_token": told["access_token"], "refresh_token": told["refresh_token"]}
    drill.admin("POST", "/credentials/import", {"content": json.dumps([tokens]), "format": "json"})
    eventually(lambda: account in drill.live(), "the sign-in")
    drill.sandbox.clear()


def family(drill: Drill, account: str) -> dict[str, Any]:
    """Return what the issuer knows of the newest sign-in of an account."""
    rows = json.loads(request("GET", _issuer(drill))[2])["families"]
    found: dict[str, Any] = [row for row in rows if row["account"] == account][-1]
    return found


def _issuer(drill: Drill, path: str = "") -> str:
    return drill.sandbox.control_url + "/oauth" + path


@pytest.mark.parametrize("status", [401, 403])
def test_a_sign_in_whose_token_is_refused_is_refreshed_once_and_asked_again(
    drill: Drill, status: int
) -> None:
    drill.empty()
    account = f"zoe{status}"
    sign_in(drill, account)
    drill.sandbox.scenario("status", status=status, body=BAD_TOKEN, match=SURFACE | {"key": account}, times=1)
    answer = drill.ask("say exactly: replayed")
    assert (answer.status, answer.text) == (200, "replayed"), answer.content
    surface = [call["status"] for call in drill.sandbox.calls("/responses")]
    assert surface == [status, 200], "the same request, once more"
    assert len(drill.sandbox.calls("/oauth2/token")) == 1
    assert family(drill, account)["refresh_calls"] == 1
    assert family(drill, account)["reuse_detections"] == 0
    assert drill.live() == {account: "active"}


def test_a_sign_in_that_is_refused_with_a_fresh_token_too_rests(drill: Drill) -> None:
    drill.fill(FEW)
    sign_in(drill, "yan")
    drill.sandbox.scenario("status", status=403, body=BAD_TOKEN, match=SURFACE | {"key": "yan"})
    asked = itertools.count()

    def rests() -> bool:
        assert drill.ask(f"question {next(asked)}").status == 200
        return drill.live()["yan"] == "cooling"

    eventually(rests, "the rest of the sign-in")
    assert [drill.ask(f"later {number}").status for number in range(10)] == [200] * 10
    assert drill.served_by().count("yan") == 2, "once with either token"
    assert family(drill, "yan")["refresh_calls"] == 1
    row = eventually(lambda: drill.credentials()["yan"]["reason"], "the reason in the store")
    assert "fresh ones too" in row


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
def test_a_safety_refusal_is_the_requests_own(drill: Drill, stream: bool) -> None:
    drill.fill(CROWD)
    drill.sandbox.scenario("safety", match=SURFACE)
    for number in range(10):
        answer = drill.ask(f"question {number}", stream=stream)
        assert (answer.status, answer.error["code"]) == (400, "content_policy_violation")
        assert "retry-after" not in answer.headers
    assert len(drill.sandbox.calls()) == 10, "nobody is asked twice"
    assert drill.statuses() == {"active": 26}
    drill.sandbox.clear()
    assert drill.ask().status == 200


def test_one_request_with_an_unreadable_403_costs_a_pool_of_26_at_most_one(drill: Drill) -> None:
    drill.fill(CROWD)
    drill.sandbox.scenario("status", status=403, body="<p>who knows</p>", match=SURFACE)
    answer = drill.ask()
    assert (answer.status, answer.error["code"]) == (502, "upstream_error")
    assert drill.statuses()["active"] >= 25
    assert len(drill.sandbox.calls()) <= 4, "and it does not walk the pool"
    faults = drill.faults_of(answer)
    assert [(fault, status) for _, fault, status in faults] == [("unreadable", 403)] * len(faults)
    kept = drill.explain(answer)["decisions"]
    assert all("who knows" in each["detail"] for each in kept), "upstream's body is kept for the operator"


@pytest.mark.parametrize(
    ("body", "status"),
    [("<p>odd one</p>", 403), ({"oddity": ["two"]}, 403), ("", 403), ("odd one", 401)],
    ids=["html", "json", "nothing", "401"],
)
def test_many_requests_with_the_same_unreadable_answer_cost_a_bounded_share(
    drill: Drill, body: Any, status: int
) -> None:
    drill.fill(CROWD)
    drill.sandbox.scenario("status", status=status, body=body, match=SURFACE)
    for number in range(26):
        drill.ask(f"question {number} of {status} {body}")
    assert drill.statuses()["active"] >= 26 - int(0.35 * 26), drill.statuses()
    drill.sandbox.clear()
    assert drill.ask().status == 200


STATES: dict[str, tuple[int, Any, str, str]] = {
    "user blocked": (
        403,
        {"code": "unauthorized:blocked-user", "error": "User is blocked. Please contact support."},
        "blocked",
        "blocked",
    ),
    "team blocked": (
        403,
        {"code": "permission-denied", "error": "The team 7 is blocked (team_blocked)."},
        "blocked",
        "blocked",
    ),
    "key disabled": (
        403,
        {"code": "permission-denied", "error": "The API key xai-...1234 is disabled."},
        "blocked",
        "blocked",
    ),
    "no credit, 403": (
        403,
        {"code": "permission-denied", "error": "Your team has either used all available credits or so."},
        "exhausted",
        "out of credit",
    ),
    "no credit, 403, older code": (
        403,
        {
            "code": "The caller does not have permission to execute the specified operation",
            "error": "Your newly created team doesn't have any credits (or licenses) yet.",
        },
        "exhausted",
        "out of credit",
    ),
    "no credit, 429": (
        429,
        {"code": "resource-exhausted", "error": "Your team reached its monthly spending limit."},
        "exhausted",
        "out of credit",
    ),
    "no credit, 402, kebab": (
        402,
        {"code": "personal-team-blocked:spending-limit", "error": "You have run out of credits."},
        "exhausted",
        "out of credit",
    ),
    "no credit, 429, marker": (
        429,
        {"code": 429, "error": "Sorry. [WKE=personal-team-blocked:spending-limit]"},
        "exhausted",
        "out of credit",
    ),
    "no credit, 402, nested": (
        402,
        {"error": {"message": "Grok Build usage balance exhausted.", "type": "billing_error", "code": None}},
        "exhausted",
        "out of credit",
    ),
    "free usage": (
        429,
        {"code": "subscription:free-usage-exhausted", "error": "Free usage is exhausted for now."},
        "exhausted",
        "allowance",
    ),
}


def test_each_way_of_being_out_of_service_is_a_state_of_its_own(drill: Drill) -> None:
    named = {what.replace(" ", "-").replace(",", "") + "-case": told for what, told in STATES.items()}
    drill.fill([*named, "spare1", "spare2"])
    for name, (status, body, _, _) in named.items():
        drill.sandbox.clear()
        drill.sandbox.scenario("status", status=status, body=body, match=SURFACE | {"key": name})
        for number in range(200):
            assert drill.ask(f"question {number} of {name}").status == 200
            if name in drill.served_by():
                break
    drill.sandbox.clear()
    assert {drill.ask(f"one more question {number}").status for number in range(20)} == {200}
    assert set(drill.served_by()) == {"spare1", "spare2"}, "each was asked once and never again"

    def stored() -> bool:
        return all(drill.credentials()[name]["status"] == told[2] for name, told in named.items())

    eventually(stored, "the states in the store")
    shown = {row["name"]: row for row in json.loads(drill.command("credentials", "list", "--json"))}
    for name, (_, _, state, reason) in named.items():
        assert shown[name]["status"] == state, shown[name]
        assert reason in shown[name]["reason"]
        assert (shown[name]["cooldown_until"] is not None) is (state == "exhausted")
        assert drill.credentials()[name]["reason"] == shown[name]["reason"]


def test_an_access_list_bars_a_key_from_one_model_only(drill: Drill) -> None:
    drill.fill(["ann", "bob"])
    order_account(drill.sandbox, name="ann", acls=["api-key:model:grok-4.5", "api-key:endpoint:chat"])
    assert [drill.ask(f"question {number}").status for number in range(8)] == [200] * 8
    assert drill.served_by().count("ann") == 1
    served = [drill.ask(f"question {number}", model=BARRED_NOT).status for number in range(8)]
    assert served == [200] * 8
    assert drill.served_by().count("ann") > 1, "the other model is not barred"
    assert drill.statuses() == {"active": 2}
    last = drill.ask("one more")
    rows = {row["name"]: row for row in drill.explain(last)["now"]["credentials"]}
    assert (rows["ann"]["rule"], rows["bob"]["rule"]) == ("not allowed", "")
    assert rows["ann"]["reason"]
    assert rows["ann"]["seconds"] > 0


def test_a_tier_without_the_surface_is_barred_and_not_signed_in_again(drill: Drill) -> None:
    drill.fill(["ann"])
    sign_in(drill, "fred", tier="free")
    answers = [drill.ask(f"question {number}") for number in range(8)]
    assert {answer.status for answer in answers} == {200}
    assert drill.served_by().count("fred") == 1
    assert not drill.sandbox.calls("/oauth2/token"), "new tokens would not help"
    assert drill.live() == {"ann": "active", "fred": "active"}
    rows = {row["name"]: row for row in drill.explain(answers[-1])["now"]["credentials"]}
    assert rows["fred"]["rule"] == "not allowed"


def test_the_trace_names_each_attempt_and_its_fault(drill: Drill) -> None:
    drill.fill(FEW)
    drill.sandbox.scenario("status", status=429, retry_after=30, match=SURFACE, times=1)
    drill.sandbox.scenario("status", status=403, body=STATES["user blocked"][1], match=SURFACE, times=1)
    drill.sandbox.scenario("status", status=503, match=SURFACE, times=1)
    answer = drill.ask("say exactly: at last")
    assert (answer.status, answer.text) == (200, "at last")
    faults = drill.faults_of(answer)
    assert [name for name, _, _ in faults] == drill.served_by()
    assert [(fault, status) for _, fault, status in faults] == [
        ("rate_limit", 429),
        ("blocked", 403),
        ("unavailable", 503),
        ("", 0),
    ]
    told = drill.explain(answer)
    assert told["request"]["attempts"] == 4
    assert told["decisions"][1]["removed"] == {"rate limited": 1}
    assert told["decisions"][2]["removed"] == {"blocked": 1, "rate limited": 1}
    assert told["decisions"][3]["removed"] == {"blocked": 1, "rate limited": 1, "tried already": 1}


@pytest.mark.parametrize(
    "dead",
    [{}, {"blocked": 2}, {"disabled": 2}, {"blocked": 1, "disabled": 1}],
    ids=["empty", "blocked", "switched off", "both"],
)
def test_a_pool_in_which_nobody_lives_says_so_and_why(drill: Drill, dead: dict[str, int]) -> None:
    states = [state for state, count in dead.items() for _ in range(count)]
    named = {f"{state}{number}": state for number, state in enumerate(states)}
    drill.fill(named, lambda name: {"enabled": named[name] != "disabled"})
    refuse(drill.sandbox, 403, "unauthorized:blocked-user", "User is blocked.")
    eventually(lambda: drill.ask().status == 503, "the last one's end")
    drill.sandbox.clear()
    answer = drill.ask()
    assert (answer.status, answer.error["code"]) == (503, "no_available_account")
    assert not drill.served_by()
    last = drill.explain(answer)["decisions"][-1]
    assert (last["pool"], last["removed"], last["chosen"]) == (len(named), dead, "")
    for state in dead:
        assert state in answer.error["message"], answer.error
    advice = "grok2api explain" if named else "holds no credential. Whoever runs this server adds one"
    assert advice in answer.error["message"], answer.error
    rows = drill.credentials()
    assert {name: row["live"]["status"] for name, row in rows.items()} == named
    assert all(row["live"]["reason"] for row in rows.values())
    eventually(lambda: {n: r["status"] for n, r in drill.credentials().items()} == named, "the stored states")
    shown = json.loads(drill.command("credentials", "list", "--json"))
    assert {row["name"]: row["status"] for row in shown} == named
    assert all(row["reason"] for row in shown)


def test_a_sign_in_that_cannot_be_refreshed_now_costs_its_request_nothing(drill: Drill) -> None:
    drill.fill(["uma"])
    sign_in(drill, "tia")
    request("POST", _issuer(drill), {"fail": {"status": 503, "error": "temporarily_unavailable"}})
    drill.sandbox.scenario("status", status=401, body=BAD_TOKEN, match=SURFACE | {"key": "tia"})
    answers = [drill.ask(f"question {number}") for number in range(10)]
    request("POST", _issuer(drill), {"fail": None})
    assert {answer.status for answer in answers} == {200}
    assert drill.served_by().count("tia") == 1
    assert drill.live() == {"uma": "active", "tia": "active"}, "trouble with a refresh is not its end"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"fault": "status", "status": 403, "body": STATES["user blocked"][1]}, "blocked"),
        ({"fault": "status", "status": 402, "body": STATES["no credit, 402, nested"][1]}, "no_credit"),
        ({"fault": "status", "status": 429, "retry_after": "30"}, "rate_limit"),
        ({"fault": "status", "status": 405, "body": "Method Not Allowed"}, "unreadable"),
        ({"fault": "html", "status": 403}, "unreadable"),
        ({"fault": "status", "status": 529}, "overloaded"),
        ({"fault": "error_200"}, "unavailable"),
    ],
    ids=["blocked", "no credit", "rate limit", "405", "html", "529", "error under 200"],
)
def test_a_stream_and_a_whole_answer_are_judged_alike(drill: Drill, fault: dict[str, Any], kind: str) -> None:
    first = {}
    for stream in (True, False):
        drill.fill(f"{kind.replace('_', '-')}-{stream}-{number}".lower() for number in range(12))
        drill.sandbox.scenario(**fault, match=SURFACE, times=1)
        answer = drill.ask(f"say exactly: {kind} {stream}", stream=stream)
        assert (answer.status, answer.text) == (200, f"{kind} {stream}")
        (name, told, status), *_ = drill.faults_of(answer)
        assert told == kind
        first[stream] = (told, status, drill.live()[name])
    assert first[True] == first[False]


def test_a_request_gets_through_a_pool_whose_tokens_are_all_old(drill: Drill) -> None:
    accounts = [f"old{number}" for number in range(6)]
    drill.empty()
    for account in accounts:
        sign_in(drill, account)
    for account in accounts:
        request(
            "POST", drill.sandbox.control_url + "/oauth/revoke", {"account": account, "access_only": True}
        )
    drill.sandbox.clear()
    assert drill.ask("one question").status == 200
    assert len(drill.sandbox.calls("/responses")) <= 4, "grok.max_retry is 3"


def test_a_chain_of_models_is_no_reason_for_more_than_four_calls(drill: Drill) -> None:
    drill.fill(CROWD)
    drill.sandbox.scenario("status", status=404, body=NO_MODEL, match=SURFACE)
    answer = drill.ask("question", model="grok-4")
    assert (answer.status, answer.error["code"]) == (404, "model_not_found")
    assert len(drill.sandbox.calls()) <= 4
    assert len({call["body"]["model"] for call in drill.sandbox.calls()}) > 1, "a fallback was tried"


def test_a_subscription_that_may_not_use_the_api_is_told_apart(drill: Drill) -> None:
    account = "nina"
    drill.empty()
    sign_in(drill, account)
    issuer = drill.sandbox.control_url + "/oauth"
    request("POST", issuer, {"tier_denied": [account]})
    request("POST", issuer + "/revoke", {"account": account, "access_only": True})
    assert drill.ask("question").status in {429, 503}
    row = eventually(lambda: drill.credentials()[account]["reason"], "the reason")
    assert "tier denied" in row
    answer = drill.ask("another question")
    assert (answer.status, answer.error["code"]) == (503, "no_available_account")
    request("POST", issuer, {"tier_denied": []})
    drill.clear()
    assert drill.ask("a last question").status == 200
