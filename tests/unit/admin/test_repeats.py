"""A write that is sent twice under one mark is done once, and answered twice."""

from __future__ import annotations

import asyncio

import pytest

from support.admin_client import Browser
from support.admin_server import AdminServer

MARK = {"idempotency_key": "3e5f-1"}
TOKEN = {"name": "nightly", "role": "viewer"}


async def test_the_second_gets_the_answer_of_the_first(operator: Browser, admin: AdminServer) -> None:
    first = await operator.post("/tokens", TOKEN, **MARK)
    second = await operator.post("/tokens", TOKEN, **MARK)
    assert (first.status, second.status) == (201, 201)
    assert first.raw == second.raw
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["content-type"] == first.headers["content-type"]
    assert len((await operator.get("/tokens")).json["data"]) == 1
    told = [each for each in admin.world.records.audit.entries if each.action == "tokens.create"]
    assert len(told) == 2


async def test_the_answer_is_sealed(operator: Browser, admin: AdminServer) -> None:
    token = (await operator.post("/tokens", TOKEN, **MARK)).json["token"]
    assert token not in repr([each.content for each in await admin.world.records.answers.list()])


async def test_another_request_under_the_same_mark_is_refused(operator: Browser) -> None:
    await operator.post("/tokens", TOKEN, **MARK)
    for method, path, body in (
        ("POST", "/tokens", TOKEN | {"role": "owner"}),
        ("POST", "/tokens?x=1", TOKEN),
        ("POST", "/operators", TOKEN),
    ):
        got = await operator.send(method, path, body, **MARK)
        assert (got.status, got.error["code"]) == (409, "idempotency_conflict")


async def test_a_mark_belongs_to_who_sent_it(operator: Browser) -> None:
    program = await operator.program("owner")
    first = await operator.post("/tokens", TOKEN, **MARK)
    second = await program.post("/tokens", TOKEN, **MARK)
    assert first.json["id"] != second.json["id"]


async def test_what_was_refused_may_be_sent_again(operator: Browser) -> None:
    assert (await operator.post("/tokens", {"name": "x", "role": "king"}, **MARK)).status == 400
    assert (await operator.post("/tokens", TOKEN, **MARK)).status == 201


async def test_of_many_at_once_one_is_done(operator: Browser) -> None:
    got = await asyncio.gather(*(operator.post("/tokens", TOKEN, **MARK) for _ in range(8)))
    assert {each.status for each in got} <= {201, 409}
    assert len((await operator.get("/tokens")).json["data"]) == 1


async def test_after_a_day_a_mark_is_new(operator: Browser, admin: AdminServer) -> None:
    first = await operator.post("/tokens", TOKEN, **MARK)
    admin.world.clock.advance(86_401)
    await operator.sign_in()
    assert (await operator.post("/tokens", TOKEN, **MARK)).json["id"] != first.json["id"]


@pytest.mark.parametrize("mark", ["", "a b", "x" * 256])
async def test_a_mark_that_cannot_be_is_told(operator: Browser, mark: str) -> None:
    got = await operator.post("/tokens", TOKEN, idempotency_key=mark)
    assert (got.status, got.error["param"]) == (400, "idempotency-key")


async def test_an_empty_answer_is_repeated_too(operator: Browser) -> None:
    made = (await operator.post("/tokens", TOKEN)).json["id"]
    for _ in range(2):
        assert (await operator.send("DELETE", f"/tokens/{made}", **MARK)).status == 204
