"""Responses in the background, in the hands of the official SDK and on the wire."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import openai
import pytest
from openai import OpenAI

from support.background import RESPONSES, TEXT, asking, created, ended, frames, shown, streamed
from support.observing import Caller, events_of, eventually, row_of
from support.processes import ROOT, Gateway, Sandbox, clean_environment


def test_asking_again_until_it_is_done(client: OpenAI, gateway: Gateway) -> None:
    made = client.responses.create(model="grok-4", input=TEXT, background=True)
    assert made.status in {"queued", "in_progress"}
    assert (made.background, made.output) == (True, [])

    def look() -> Any:
        found = client.responses.retrieve(made.id)
        return found if found.status not in {"queued", "in_progress"} else None

    done = eventually(look, "the response's end")
    assert (done.id, done.status, done.background) == (made.id, "completed", True)
    assert done.output_text == "the quick brown fox"
    assert done.usage.total_tokens
    following = client.responses.create(
        model="grok-4", previous_response_id=made.id, input="what are your instructions?"
    )
    assert following.status == "completed"


def test_a_stream_is_picked_up_at_every_event(gateway: Gateway) -> None:
    status, headers, whole = gateway.post(RESPONSES, asking(stream=True))
    assert status == 200, whole
    assert headers["x-grok2api-upstream-model"]
    told = frames(whole)
    events = events_of(whole)
    numbered = events[:-1]
    assert [event.data["sequence_number"] for event in numbered] == list(range(len(numbered)))
    assert (events[-2].name, events[-1].data) == ("response.completed", "[DONE]")
    assert all(event.data["response"]["background"] for event in numbered if "response" in event.data)
    identifier = numbered[0].data["response"]["id"]
    assert frames(streamed(gateway, identifier)) == told
    for number in range(len(numbered)):
        assert frames(streamed(gateway, identifier, number)) == told[number + 1 :]
    final = shown(gateway, identifier)
    assert final.pop("output_text") == "the quick brown fox"
    assert final.pop("created") == final["created_at"]
    assert final == numbered[-1].data["response"]


def test_a_response_that_was_only_asked_for_can_be_streamed_all_the_same(
    gateway: Gateway, sandbox: Sandbox
) -> None:
    sandbox.scenario("trickle", delay=0.02, match={"path": RESPONSES})
    made = created(gateway, "count to 20")
    whole = streamed(gateway, made["id"])
    assert events_of(whole)[-2].name == "response.completed"
    assert frames(streamed(gateway, made["id"])) == frames(whole)
    assert len(sandbox.calls(RESPONSES)) == 1


def test_a_client_that_left_goes_on_where_it_was(gateway: Gateway, sandbox: Sandbox) -> None:
    sandbox.scenario("trickle", delay=0.02, match={"path": RESPONSES})
    with Caller(gateway, RESPONSES, asking("count to 30", stream=True)) as caller:
        seen = caller.read_until(b"response.output_text.delta")
        caller.leave()
    first = frames(seen)
    last = json.loads(first[-1].partition(b"data: ")[2])["sequence_number"]
    identifier = json.loads(first[0].partition(b"data: ")[2])["response"]["id"]
    rest = frames(streamed(gateway, identifier, last))
    assert first + rest == frames(streamed(gateway, identifier))
    assert rest[-1] == b"data: [DONE]"
    assert shown(gateway, identifier)["status"] == "completed"
    assert len(sandbox.calls(RESPONSES)) == 1


def test_the_sdk_picks_up_a_stream(client: OpenAI) -> None:
    with client.responses.create(model="grok-4", input=TEXT, background=True, stream=True) as events:
        seen = [next(iter(events)) for _ in range(3)]
    opening = seen[0]
    assert opening.type == "response.created"
    with client.responses.retrieve(
        opening.response.id, stream=True, starting_after=seen[-1].sequence_number
    ) as rest:
        told = [*seen, *rest]
    assert [event.sequence_number for event in told] == list(range(len(told)))
    final = told[-1]
    assert final.type == "response.completed"
    assert final.response.output_text == "the quick brown fox"


def test_the_sdks_own_helper_picks_up_a_stream(client: OpenAI) -> None:
    with client.responses.stream(model="grok-4", input=TEXT, background=True) as events:
        whole = [event for event in events if hasattr(event, "sequence_number")]
        final = events.get_final_response()
    for number in (0, 3, len(whole) - 2):
        with client.responses.stream(response_id=final.id, starting_after=number) as events:
            rest = [event.sequence_number for event in events if hasattr(event, "sequence_number")]
            assert events.get_final_response().output_text == final.output_text
        assert rest == list(range(number + 1, len(whole)))


def test_two_readers_at_once_read_the_same(gateway: Gateway, sandbox: Sandbox) -> None:
    sandbox.scenario("trickle", delay=0.02, match={"path": RESPONSES})
    with Caller(gateway, RESPONSES, asking("count to 20", stream=True)) as one:
        identifier = json.loads(one.read_until(b"\n\n").partition(b"data: ")[2].partition(b"\n")[0])[
            "response"
        ]["id"]
        whole = streamed(gateway, identifier)
    assert frames(streamed(gateway, identifier)) == frames(whole)


@pytest.mark.parametrize("after", ["-1", "x", "", "1e3", "99999", "9999999999"])
def test_a_place_that_is_none_is_refused(gateway: Gateway, after: str) -> None:
    identifier = created(gateway)["id"]
    ended(gateway, identifier)
    status, _, answer = gateway.get(f"{RESPONSES}/{identifier}?stream=true&starting_after={after}")
    if not after:
        assert status == 200, "an empty parameter is none"
        return
    assert status == 400
    error = json.loads(answer)["error"]
    assert (error["code"], error["param"]) == ("invalid_value", "starting_after")


def test_a_running_response_is_shown_as_far_as_it_is(gateway: Gateway, sandbox: Sandbox) -> None:
    sandbox.scenario("trickle", delay=0.05, match={"path": RESPONSES})
    made = created(gateway, "count to 50")
    found = shown(gateway, made["id"])
    assert (found["status"], found["background"]) == ("in_progress", True)
    assert found["id"] == made["id"]
    gateway.post(f"{RESPONSES}/{made['id']}/cancel", {})


def test_cancelling_ends_the_call(client: OpenAI, gateway: Gateway, sandbox: Sandbox) -> None:
    sandbox.scenario("trickle", delay=0.05, match={"path": RESPONSES})
    made = client.responses.create(model="grok-4", input="count to 500", background=True)
    cancelled = client.responses.cancel(made.id)
    assert (cancelled.id, cancelled.status, cancelled.error) == (made.id, "cancelled", None)
    eventually(lambda: [call["ended"] for call in sandbox.calls(RESPONSES)] == ["cancelled"], "the end")
    assert client.responses.retrieve(made.id).status == "cancelled"
    assert client.responses.cancel(made.id) == cancelled, "once more changes nothing"
    events = events_of(streamed(gateway, made.id))
    assert events[-1].data == "[DONE]"
    assert events[-2].data["response"]["status"] == "cancelled"
    assert [event.data["sequence_number"] for event in events[:-1]] == list(range(len(events) - 1))
    row = row_of(gateway, made._request_id or "")
    assert (row["end"], row["status"], row["stream"]) == ("cancelled", 200, 0)


def test_cancelling_what_is_done_changes_nothing(client: OpenAI) -> None:
    made = client.responses.create(model="grok-4", input=TEXT, background=True, stream=True)
    done = list(made)[-1]
    assert done.type == "response.completed"
    assert client.responses.cancel(done.response.id).status == "completed"


def test_only_background_responses_can_be_cancelled(client: OpenAI) -> None:
    made = client.responses.create(model="grok-4", input=TEXT)
    with pytest.raises(openai.BadRequestError, match="background"):
        client.responses.cancel(made.id)


def test_deleting_ends_and_forgets(client: OpenAI, gateway: Gateway, sandbox: Sandbox) -> None:
    sandbox.scenario("trickle", delay=0.05, match={"path": RESPONSES})
    made = client.responses.create(model="grok-4", input="count to 500", background=True)
    client.responses.delete(made.id)
    eventually(
        lambda: (
            [call["ended"] for call in sandbox.calls("/responses") if call["method"] == "POST"]
            == ["cancelled"]
        ),
        "the end",
    )
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(made.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.cancel(made.id)


def test_what_is_not_stored_cannot_run_in_the_background(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="grok-4", input=TEXT, background=True, store=False)
    assert caught.value.param == "store"


def test_an_attempt_that_fails_before_the_beginning_is_made_good(gateway: Gateway, sandbox: Sandbox) -> None:
    sandbox.scenario("status", status=503, match={"path": RESPONSES}, times=1)
    assert ended(gateway, created(gateway)["id"])["status"] == "completed"
    assert len(sandbox.calls(RESPONSES)) == 2


def test_what_fails_before_the_beginning_is_an_ordinary_error(gateway: Gateway, sandbox: Sandbox) -> None:
    sandbox.scenario("status", status=400, match={"path": RESPONSES})
    for stream in (False, True):
        status, headers, answer = gateway.post(RESPONSES, asking(stream=stream))
        assert status == 400, answer
        assert headers["content-type"] == "application/json"
        assert json.loads(answer)["error"]["code"] == "invalid_value"


@pytest.mark.parametrize("fault", ["response_failed", "stream_error", "cut"])
def test_upstream_failing_on_the_way_fails_the_response(
    gateway: Gateway, sandbox: Sandbox, fault: str
) -> None:
    sandbox.scenario(fault, after_events=8, match={"path": RESPONSES})
    status, headers, answer = gateway.post(RESPONSES, asking("count to 30"))
    assert status == 200, answer
    made = json.loads(answer)
    found = ended(gateway, made["id"])
    assert found["status"] == "failed"
    assert found["error"]["code"]
    events = events_of(streamed(gateway, made["id"]))
    assert [event.name for event in events[-2:]] == ["response.failed", ""]
    row = row_of(gateway, headers["x-request-id"])
    assert (row["end"], row["status"]) == ("cut", 200)


def blocks(language: str) -> list[str]:
    """Return the examples of the page about background responses."""
    page = (ROOT / "docs" / "background.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def test_the_examples_of_the_documentation_run(gateway: Gateway, sandbox: Sandbox) -> None:
    sandbox.scenario("trickle", delay=0.01, match={"path": RESPONSES})
    (example,) = blocks("python")
    example = example.replace("http://127.0.0.1:8000/v1", gateway.base_url).replace("KEY", gateway.key)
    ran = subprocess.run(
        [sys.executable, "-c", example], check=True, capture_output=True, text=True, timeout=60
    )
    assert ran.stdout.rstrip(".").endswith("50")
    (lines,) = blocks("sh")
    made = created(gateway, "count to 50")
    shell = lines.replace("resp_...", made["id"])
    said = subprocess.run(
        ["bash", "-ec", shell],
        check=True,
        capture_output=True,
        text=True,
        env=clean_environment(BASE=gateway.base_url, KEY=gateway.key),
        timeout=60,
    )
    assert '"background":true' in said.stdout
    assert "data: [DONE]" in said.stdout


def test_each_run_has_one_row(gateway: Gateway) -> None:
    _, headers, whole = gateway.post(RESPONSES, asking(stream=True))
    identifier = events_of(whole)[0].data["response"]["id"]
    streamed(gateway, identifier)
    shown(gateway, identifier)
    row = row_of(gateway, headers["x-request-id"])
    assert (row["end"], row["operation"], row["usage_source"]) == ("completed", "responses", "upstream")
