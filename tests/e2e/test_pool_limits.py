"""Rate limits, and what an operator can do about them.

F3 of the reliability promises: the team and model that were told to wait do, exactly so long, and nobody
else; the client is told the shortest wait, and what rests can be woken.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from support.observing import eventually
from support.plain_server import plain_server
from support.pool_faults import OTHER_MODEL, SURFACE, UPSTREAM_MODEL, Drill, drilling
from support.processes import Sandbox

TOO_MANY = "Too many requests for team 7 and model grok-4.3. Requests per Minute (actual/limit): 3/2."
BLOCKED = {"code": "unauthorized:blocked-user", "error": "User is blocked."}
LONG = "600"
LOOKS_OF_TWO_SECONDS = 80


@pytest.fixture(scope="module")
def shared_drill(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    with drilling(tmp_path_factory.mktemp("limits"), shared_sandbox) as drill:
        yield drill


@pytest.fixture
def names(numbers: Iterator[int]) -> tuple[str, str, str]:
    """Names that no test before had: an account's rate limit outlives its credential."""
    number = next(numbers)
    return (f"ann{number}", f"bob{number}", f"cid{number}")


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return itertools.count(1)


def limit(sandbox: Sandbox, key: str, seconds: str | None, text: str = TOO_MANY) -> None:
    """Let upstream refuse one key's calls of one model for their rate, until that is taken back."""
    body = {"code": "resource-exhausted", "error": text}
    match = SURFACE | {"model": UPSTREAM_MODEL, "key": key}
    sandbox.scenario("status", status=429, retry_after=seconds, body=body, match=match)


def standing(drill: Drill, name: str) -> dict[str, Any]:
    """Return how one credential stands to a request that was just sent."""
    rows = drill.explain(drill.ask("how does it stand?"))["now"]["credentials"]
    found: dict[str, Any] = next(row for row in rows if row["name"] == name)
    return found


@pytest.mark.parametrize(
    ("seconds", "text", "wanted"),
    [
        ("120", TOO_MANY, 120),
        ("date", TOO_MANY, 120),
        (None, TOO_MANY + " Resets in: 2m 0s", 120),
        ("86400", TOO_MANY, 900),
    ],
    ids=["seconds", "date", "text", "capped"],
)
def test_a_rate_limit_rests_this_team_and_model_for_as_long_as_told(
    drill: Drill, names: tuple[str, ...], seconds: str | None, text: str, wanted: float
) -> None:
    ann, bob, _ = names
    drill.fill([ann, bob])
    limit(drill.sandbox, ann, formatdate(time.time() + 120) if seconds == "date" else seconds, text)
    answers = [drill.ask(f"question {number}") for number in range(6)]
    assert {answer.status for answer in answers} == {200}
    assert drill.served_by().count(ann) == 1
    assert drill.statuses() == {"active": 2}, "the credential itself is well"
    stands = standing(drill, ann)
    assert stands["rule"] == "rate limited"
    assert wanted - 30 < stands["seconds"] <= wanted + 1
    assert [drill.ask(f"question {n}", model=OTHER_MODEL).status for n in range(6)] == [200] * 6
    assert drill.served_by().count(ann) > 1, "its other models are not limited"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, TOO_MANY.replace("Minute", "Second")),
        ("-5", TOO_MANY),
        ("soon", TOO_MANY),
        ("1e400", TOO_MANY),
    ],
    ids=["a second", "negative", "garbage", "endless"],
)
def test_a_rate_limit_without_a_sensible_wait_is_a_short_one(
    drill: Drill, names: tuple[str, ...], seconds: str | None, text: str
) -> None:
    drill.fill(names[:1])
    limit(drill.sandbox, names[0], seconds, text)
    answer = drill.ask()
    assert (answer.status, answer.retry_after <= 2) == (429, True)
    drill.sandbox.clear()
    eventually(lambda: drill.ask().status == 200, "the end of the rest")


class _Milliseconds(BaseHTTPRequestHandler):
    """An upstream that is too busy for a minute and a half, and says so as OpenAI's clients read it."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(429)
        self.send_header("retry-after-ms", "90000")
        self.send_header("content-length", "0")
        self.end_headers()

    @override
    def log_message(self, *_: object) -> None: ...


def test_a_wait_in_milliseconds_is_understood(sandbox: Sandbox, tmp_path: Path) -> None:
    with (
        plain_server(_Milliseconds) as upstream,
        drilling(tmp_path, sandbox, upstream=f"{upstream}/v1") as drill,
    ):
        drill.fill(["ann"])
        answer = drill.ask()
        assert (answer.status, answer.retry_after) == (429, 60), "the longest that a client is told"
        assert answer.headers["x-should-retry"] == "false"
        assert 30 < standing(drill, "ann")["seconds"] <= 90


def test_when_all_rest_the_client_is_told_the_shortest_wait(drill: Drill, names: tuple[str, ...]) -> None:
    drill.fill(names)
    for key, seconds in zip(names, ("55", "40", "48"), strict=True):
        limit(drill.sandbox, key, seconds)
    for number in range(3):
        answer = drill.ask(f"question {number}")
        assert (answer.status, answer.error["code"]) == (429, "rate_limit_exceeded")
        assert answer.error["type"] == "rate_limit_error"
        assert 10 <= answer.retry_after <= 40
    assert sorted(drill.served_by()) == sorted(names), "each was asked once"


@pytest.mark.parametrize("way", ["command line", "one", "many"])
@pytest.mark.parametrize("what", ["rate limit", "block"])
def test_whatever_is_cleared_serves_again_within_two_seconds(
    drill: Drill, names: tuple[str, ...], way: str, what: str
) -> None:
    ann = names[0]
    drill.fill([ann])
    if what == "rate limit":
        limit(drill.sandbox, ann, LONG)
    else:
        drill.sandbox.scenario("status", status=403, body=BLOCKED, match=SURFACE)
    assert drill.ask().status in {429, 503}
    drill.sandbox.clear()
    assert drill.ask().status in {429, 503}
    assert not drill.served_by(), "it rests"
    clear(drill, way)
    eventually(lambda: drill.ask().status == 200, "an answer", tries=LOOKS_OF_TWO_SECONDS)


def clear(drill: Drill, way: str) -> None:
    """End every rest, as an operator can."""
    identifier = next(iter(drill.credentials().values()))["id"]
    if way == "command line":
        drill.command("credentials", "clear-cooldown", identifier)
    elif way == "one":
        drill.admin("POST", f"/credentials/{identifier}/clear-cooldown")
    else:
        everybody = {"action": "clear-cooldown", "filter": {"everything": True}}
        drill.admin("POST", "/credentials/bulk", everybody)


@pytest.mark.parametrize("fault", ["empty_stream", "unreadable"])
def test_the_only_credential_is_never_kept_out_for_long(
    drill: Drill, names: tuple[str, ...], fault: str
) -> None:
    drill.fill(names[:1])
    if fault == "unreadable":
        drill.sandbox.scenario("status", status=403, body="no idea why", match=SURFACE)
    else:
        drill.sandbox.scenario(fault, match=SURFACE)
    assert {drill.ask(stream=True).status for _ in range(3)} <= {429, 502, 503}
    drill.sandbox.clear()
    eventually(lambda: drill.ask().status == 200, "an answer within seconds")


def test_a_conversation_leaves_a_home_that_rests_or_is_full(drill: Drill, names: tuple[str, ...]) -> None:
    drill.fill(names)
    talk = "one long talk"
    assert {drill.ask(f"turn {number}", session_id=talk).status for number in range(6)} == {200}
    home = set(drill.served_by())
    assert len(home) == 1, "a conversation keeps its prompt cache"
    limit(drill.sandbox, home.copy().pop(), LONG)
    assert {drill.ask(f"turn {number}", session_id=talk).status for number in range(6)} == {200}
    later = drill.served_by()[6:]
    assert later[0] in home
    assert len(set(later[1:])) == 1
    assert not home & set(later[1:]), "and finds one new home when it has to"


def test_a_key_never_leaves_its_part_of_the_pool(drill: Drill, names: tuple[str, ...]) -> None:
    ann, bob, cid = names
    drill.fill(names, lambda name: {"tags": ["eu"] if name == ann else ["us"]})
    key = drill.command("keys", "create", "--name", f"europe {ann}", "--pool-tag", "eu").split()[-1]
    eventually(lambda: drill.ask(key=key).status == 200, "the new key")
    assert {drill.ask(f"question {number}", key=key).status for number in range(8)} == {200}
    assert set(drill.served_by()) == {ann}
    limit(drill.sandbox, ann, "40")
    answer = drill.ask("now it rests", key=key)
    assert (answer.status, 1 <= answer.retry_after <= 40) == (429, True)
    drill.admin("POST", f"/credentials/{drill.credentials()[ann]['id']}/disable")
    eventually(lambda: drill.live()[ann] == "disabled", "the switching off")
    answer = drill.ask("now it is off", key=key)
    assert (answer.status, answer.error["code"]) == (503, "no_available_account")
    assert set(drill.served_by()) == {ann}
    assert drill.explain(answer)["decisions"][-1]["removed"] == {"disabled": 1, "tags": 2}
    assert drill.ask("without a scope").status == 200
    assert set(drill.served_by()) & {bob, cid}
