"""S8, S20 and S22 where the store is a server: whoever has a copy of it holds no secret and no word.

Each store is read as it is: every table and column, every key and value, and the file of all that Redis was
ever told. It fails while the gateway works, too, and what is said of that is looked at like everything else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.canaries import files_below, leaks
from support.canary_house import (
    CLIENT_KEY,
    FAR,
    LOOKS,
    OPERATOR_PASSWORD,
    POOL,
    SECRETS,
    STATED,
    STORE_PASSWORD,
    WORDS,
    XAI_KEY,
    ask_everything,
    keep_secrets,
    keep_words,
    shown,
)
from support.canary_stores import STORES, Standing, standing
from support.hostile_queries import answers_to
from support.observing import eventually
from support.operator import Operator
from support.processes import Gateway, Sandbox

CHAT = {"model": "grok-3", "messages": [{"role": "user", "content": " ".join(WORDS)}]}
ROWS = {"pgsql": "request_contents", "mysql": "request_contents", "redis": "hash"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was written down, with the secrets that only came to be on the way."""

    store: str
    dump: dict[str, bytes]
    told: dict[str, bytes]
    made: tuple[str, ...]
    queried: dict[str, int]
    """What hostile queries were answered, by address."""


_described: dict[str, Any] = {}


def description(owner: Operator) -> dict[str, Any]:
    """Return what describes the admin API, which is the same whatever the store is, and long to write."""
    if not _described:
        _described.update(owner.get("/openapi.json"))
    return _described


def work_without(gateway: Gateway, owner: Operator, place: Standing) -> bytes:
    """Have everything asked for while the store has lost its rows; return what operators are told."""
    secret = {"name": "Eva", "role": "viewer", "password": OPERATOR_PASSWORD}
    place.disturb()
    try:
        for body in (CHAT, CHAT | {"stream": True}):
            gateway.post("/chat/completions", body, **FAR)
        gateway.post("/responses", {"model": "grok-3", "input": WORDS[0], "background": True}, **FAR)
        told = [
            owner.send("POST", "/credentials", {"key": XAI_KEY + "2"}),
            owner.send("POST", "/keys", {"name": "none"}),
            owner.send("POST", "/operators", secret),
            owner.send("POST", "/session", {"name": "ida", "password": OPERATOR_PASSWORD}),
            owner.send("GET", "/requests"),
        ]
    finally:
        place.mend()
    assert {status for status, _ in told} <= {500, 503}, told
    eventually(lambda: gateway.post("/chat/completions", CHAT)[0] == 200, "the store is there again", LOOKS)
    eventually(lambda: owner.send("GET", "/requests")[0] == 200, "its rows are read again", LOOKS)
    return json.dumps(told).encode()


@pytest.fixture(scope="module", params=STORES)
def evidence(
    request: pytest.FixtureRequest, shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Evidence:
    directory: Path = tmp_path_factory.mktemp(request.param)
    shared_sandbox.clear()
    with standing(request.param, directory, STORE_PASSWORD) as place:
        gateway = Gateway.start(
            directory,
            upstream=shared_sandbox.base_url,
            keys=POOL,
            client_key=CLIENT_KEY,
            environment=STATED | place.environment,
        )
        try:
            owner = Operator(gateway)
            ask_everything(gateway, shared_sandbox)
            kept = keep_words(gateway, owner)
            made = keep_secrets(gateway, owner)
            queried = answers_to(owner, description(owner))
            told = shown(gateway, owner, kept, but="/openapi.json")
            told["while the store was out of order"] = work_without(gateway, owner, place)
        finally:
            gateway.stop()
        return Evidence(request.param, place.dump(), told | files_below(directory), made, queried)


def test_the_search_looks_where_something_is(evidence: Evidence) -> None:
    assert b"v1:" in evidence.dump[ROWS[evidence.store]], "words are kept of one key, sealed"
    assert b"chat" in evidence.told["/requests"]
    assert len(evidence.told["server.log"].splitlines()) > 50
    if evidence.store == "redis":
        assert any("appendonly" in place for place in evidence.told)


def test_a_copy_of_the_store_holds_no_secret(evidence: Evidence) -> None:
    assert leaks((*SECRETS, *evidence.made), evidence.dump) == []


def test_no_secret_is_written_down_beside_it(evidence: Evidence) -> None:
    assert leaks((*SECRETS, *evidence.made), evidence.told) == []


def test_no_word_of_a_client_is_written_down(evidence: Evidence) -> None:
    """Not even those that an operator has kept: they are sealed."""
    assert leaks(WORDS, evidence.dump) == []
    told = {place: content for place, content in evidence.told.items() if not place.startswith("data/media/")}
    assert leaks(WORDS, told) == []


def test_no_query_breaks_a_store_or_what_is_in_it(evidence: Evidence) -> None:
    """S9 on every server; everything else here was asked afterwards, of the same rows."""
    assert {url: status for url, status in evidence.queried.items() if status not in {200, 400, 404}} == {}
    assert len(evidence.queried) > 30
