"""Routes behind a key: an unlimited one passes untouched, a limited one never gets by without the gate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from grok2api.accounting.client_keys import KeyDirectory, new_client_key
from grok2api.api.auth import Authenticator, Closed, caller_of, enter
from grok2api.api.context import RequestContext, context_of, make_context
from grok2api.canonical.limits import Family
from grok2api.errors import Forbidden, InvalidRequest, LimitExceeded, Unauthenticated
from grok2api.gateway.limits.gate import KeyGate
from grok2api.kit.clock import ManualClock
from grok2api.operations.key_editing import KeyEdit
from grok2api.server.routes import family_of
from grok2api.storage.records import Changes
from support.key_gates import a_gate
from support.memory_records import MemoryRecords


@dataclass
class House:
    """A key, the gate, and a client that sends requests."""

    edit: KeyEdit
    sent: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        clock = ManualClock()
        self.gate: KeyGate = a_gate(MemoryRecords(), clock)
        directory = KeyDirectory(pepper=b"pepper", clock=clock)
        record, self.key = new_client_key("under test", pepper=b"pepper", now=clock.now())
        directory.apply(Changes(revision=1, keys=(self.edit.applied(record, now=clock.now()),)))
        self.authenticator = Authenticator(directory)

    async def ask(
        self, endpoint: Any, *, family: Family | None = "chat", enters: bool = False, client: str = "10.0.0.1"
    ) -> RequestContext:
        scope: Scope = {
            "type": "http",
            "headers": [(b"authorization", f"Bearer {self.key}".encode())],
            "client": (client, 5000),
        }
        context = make_context(scope)
        closed = Closed(endpoint, self.authenticator, self.gate, family, enters=enters)

        async def send(message: Message) -> None:
            self.sent.append(message)

        async def receive() -> Message:
            return {"type": "http.disconnect"}

        try:
            await closed(scope, receive, send)
        finally:
            self.context = context
        return context


async def answers(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def refuses(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise InvalidRequest("no")


async def test_a_key_without_limits_is_asked_nothing() -> None:
    house = House(KeyEdit())
    for enters in (False, True):
        context = await house.ask(answers, enters=enters)
        assert context.limits_told is None
    assert len(house.sent) == 2


async def test_an_endpoint_that_lets_nobody_in_cannot_answer() -> None:
    house = House(KeyEdit(rpm=5))
    with pytest.raises(LookupError, match="has not let in"):
        await house.ask(answers, enters=True)
    assert house.sent == []


async def test_an_endpoint_that_lets_requests_in_itself_answers_them() -> None:
    house = House(KeyEdit(rpm=5))

    async def enters(scope: Scope, receive: Receive, send: Send) -> None:
        caller = caller_of(scope)
        assert caller.limits is not None
        await enter(house.gate, context_of(scope), caller, caller.limits)
        await answers(scope, receive, send)

    context = await house.ask(enters, enters=True)
    assert dict(context.limits_told or ())[b"x-ratelimit-remaining-requests"] == b"4"


async def test_every_other_route_is_entered_for_its_endpoint_and_left_however_it_ends() -> None:
    house = House(KeyEdit(max_concurrency=1, rpm=3))
    await house.ask(answers)
    with pytest.raises(InvalidRequest):
        await house.ask(refuses)
    await house.ask(answers)
    with pytest.raises(LimitExceeded):
        await house.ask(answers)
    assert dict(house.context.limits_told or ())[b"x-ratelimit-remaining-requests"] == b"0"


async def test_a_refusal_before_the_gate_tells_how_limits_stand() -> None:
    house = House(KeyEdit(rpm=5, tpm=100))
    with pytest.raises(InvalidRequest):
        await house.ask(refuses, enters=True)
    told = dict(house.context.limits_told or ())
    assert told[b"x-ratelimit-remaining-requests"] == b"5"
    assert told[b"x-ratelimit-remaining-tokens"] == b"100"


@pytest.mark.parametrize(
    ("edit", "family", "code"),
    [
        (KeyEdit(endpoints=("chat",)), "files", "endpoint_not_allowed"),
        (KeyEdit(networks=("10.1.0.0/16",)), "chat", "ip_not_authorized"),
        (KeyEdit(networks=("10.1.0.0/16",)), None, "ip_not_authorized"),
    ],
)
async def test_a_key_stays_where_it_may(edit: KeyEdit, family: Family | None, code: str) -> None:
    house = House(edit)
    with pytest.raises(Forbidden) as refused:
        await house.ask(answers, family=family)
    assert refused.value.code == code


async def test_a_route_of_no_family_is_open_to_every_key() -> None:
    house = House(KeyEdit(endpoints=("chat",)))
    await house.ask(answers, family=None)
    house.key = "sk-nobody"
    with pytest.raises(Unauthenticated):
        await house.ask(answers, family=None)


@pytest.mark.parametrize(
    ("path", "family"),
    [
        ("/v1/chat/completions", "chat"),
        ("/v1/responses/{response_id}/cancel", "responses"),
        ("/v1/messages/count_tokens", "messages"),
        ("/v1/images/edits", "images"),
        ("/v1/videos", "videos"),
        ("/v1/tts/voices/{voice_id}", "audio"),
        ("/v1/stt", "audio"),
        ("/v1/files/{file_id}", "files"),
        ("/v1/models/{model:path}", "models"),
        ("/v1/openapi.json", None),
    ],
)
def test_each_route_belongs_to_a_family(path: str, family: Family | None) -> None:
    assert family_of(path) == family
