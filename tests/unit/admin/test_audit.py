"""The audit tells of every change before it is made, and a change that cannot be told is not made."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from grok2api.admin.roles import RULES
from grok2api.errors import StorageError
from grok2api.storage.auditing import AuditEntry
from support.admin_client import Browser
from support.admin_server import PASSWORD, AdminServer

KEY = "xai-abcdefghijklmnop"


async def entries(operator: Browser, query: str = "") -> list[Any]:
    got = await operator.get(f"/audit?limit=500{query}")
    assert got.status == 200, got.raw
    return list(got.json["data"])


async def test_a_change_is_told_before_and_after(operator: Browser) -> None:
    added = (await operator.post("/credentials", {"key": KEY, "name": "one"})).json["id"]
    got = await operator.send(
        "PATCH", f"/credentials/{added}", {"name": "two", "proxy": "http://u:p@h.example:1"}
    )
    done, begun = await entries(operator, "&action=credentials.edit")
    assert (begun["outcome"], begun["of"], begun["status"]) == ("begun", None, 0)
    assert (done["outcome"], done["of"], done["status"]) == ("done", begun["sequence"], 200)
    for told in (begun, done):
        assert (told["actor"], told["role"], told["way"]) == ("admin", "owner", "session")
        assert (told["address"], told["target"]) == ("127.0.0.1", added)
        assert told["request_id"] == got.headers["x-request-id"]
    assert done["before"] == {"name": "one", "proxy": ""}
    assert done["after"] == {"name": "two", "proxy": "http://***@h.example:1"}


async def test_what_is_made_and_what_is_gone_is_told(operator: Browser) -> None:
    added = (await operator.post("/credentials", {"key": KEY, "name": "one"})).json["id"]
    await operator.send("DELETE", f"/credentials/{added}")
    made = (await entries(operator, "&action=credentials.add&outcome=done"))[0]
    gone = (await entries(operator, "&action=credentials.delete&outcome=done"))[0]
    assert made["target"] == gone["target"] == added
    assert made["after"]["name"] == gone["before"]["name"] == "one"
    assert (made["before"], gone["after"]) == (None, None)


async def test_what_becomes_of_a_client_key_is_told(operator: Browser) -> None:
    made = (await operator.post("/keys", {"name": "app", "rpm": 60, "budget_day_usd": "2.50"})).json
    at = f"/keys/{made['id']}"
    await operator.send("PATCH", at, {"rpm": 0, "networks": ["10.0.0.0/8"]})
    await operator.post(f"{at}/disable")
    renewed = (await operator.post(f"{at}/rotate")).json
    await operator.send("DELETE", at)
    told = await entries(operator, "&action=keys&outcome=done")
    assert {each["target"] for each in told} == {made["id"]}
    gone, rotated, disabled, edited, created = told
    assert (created["before"], created["after"]["name"]) == (None, "app")
    assert (created["after"]["rpm"], created["after"]["budget_day_usd"]) == (60, "2.50")
    assert (edited["before"], edited["after"]) == (
        {"rpm": 60, "networks": []},
        {"rpm": None, "networks": ["10.0.0.0/8"]},
    )
    assert (disabled["before"], disabled["after"]) == ({"state": "active"}, {"state": "disabled"})
    assert rotated["after"]["hint"] == renewed["hint"] != rotated["before"]["hint"] == made["hint"]
    assert (gone["before"]["hint"], gone["after"]) == (renewed["hint"], None)
    assert not any(each["key"] in json.dumps(told) for each in (made, renewed))


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("since=2026-11-18T02:10:00Z&until=2026-11-18T01:40:00Z", "since"),
        ("since=2026-11-18T02:10:00Z&until=2026-11-18T02:10:00Z", "since"),
        ("until=1795000000", "until"),
    ],
)
async def test_a_span_that_is_none_is_refused_by_name(operator: Browser, query: str, param: str) -> None:
    for path in ("/audit", "/audit/export"):
        got = await operator.get(f"{path}?{query}")
        assert (got.status, got.error["param"]) == (400, param)


async def test_it_is_told_whose_sessions_were_ended(operator: Browser) -> None:
    await operator.send("DELETE", "/sessions?everyone=true&keep_own=true")
    (told,) = await entries(operator, "&action=sessions.revoke-all&outcome=done")
    assert told["after"] == {"ended": 0, "everyone": True, "keep_own": True}


async def test_what_was_changed_is_told_by_its_name(operator: Browser) -> None:
    kept = (await operator.post("/keys", {"name": "app"})).json["id"]
    gone = (await operator.post("/credentials", {"key": KEY, "name": "one"})).json["id"]
    person = {"name": "mia", "role": "viewer", "password": PASSWORD}
    account = (await operator.post("/operators", person)).json["id"]
    await operator.send("PATCH", f"/operators/{account}", {"role": "operator"})
    await operator.send("PATCH", f"/keys/{kept}", {"name": "renamed"})
    await operator.send("DELETE", f"/credentials/{gone}")
    told = await entries(operator, "&outcome=done")
    names = {(each["action"], each["target_name"]) for each in told if each["target"]}
    assert names == {
        ("keys.create", "renamed"),
        ("keys.edit", "renamed"),
        ("credentials.add", "one"),
        ("credentials.delete", "one"),
        ("operators.create", "mia"),
        ("operators.edit", "mia"),
    }


async def test_the_audit_goes_out_as_a_file(operator: Browser) -> None:
    added = (await operator.post("/credentials", {"key": KEY, "name": "=one"})).json["id"]
    await operator.send("PATCH", f"/credentials/{added}", {"proxy": "http://u:p@h.example:1"})
    listed = await entries(operator, "&action=credentials")
    lines = await operator.get("/audit/export?format=jsonl&action=credentials")
    assert [json.loads(line) for line in lines.raw.splitlines()] == listed
    table = await operator.get("/audit/export?action=credentials")
    assert table.headers["content-disposition"] == 'attachment; filename="grok2api-audit.csv"'
    rows = list(csv.DictReader(io.StringIO(table.raw.decode())))
    assert [row["sequence"] for row in rows] == [str(each["sequence"]) for each in listed]
    assert {row["target_name"] for row in rows if row["target"]} == {"'=one"}
    assert json.loads(rows[0]["after"]) == {"proxy": "http://***@h.example:1"}
    assert (await operator.get("/audit/export?format=xlsx")).status == 400


async def test_a_change_that_failed_is_told_as_such(operator: Browser) -> None:
    await operator.send("DELETE", "/credentials/cred_none")
    await operator.post("/credentials", {"key": 1})
    await operator.send("PATCH", "/credentials/cred_none", b"{")
    told = await entries(operator, "&outcome=failed")
    assert [(each["action"], each["status"]) for each in told] == [
        ("credentials.edit", 400),
        ("credentials.add", 400),
        ("credentials.delete", 404),
    ]


async def test_a_change_that_cannot_be_told_is_not_made(
    operator: Browser, admin: AdminServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = (await operator.post("/credentials", {"key": KEY})).json["id"]

    async def refuse(_entry: AuditEntry) -> None:
        raise StorageError("The store is not available at the moment; try again shortly.")

    monkeypatch.setattr(admin.world.records.audit, "append", refuse)
    for rule in RULES:
        if rule.action:
            got = await operator.send(rule.method, rule.path.replace("{credential_id}", added), {})
            assert (got.status, got.error["code"]) == (503, "store_unavailable"), rule
    got = await operator.post("/session", {"password": PASSWORD})
    assert got.status == 503
    assert "set-cookie" not in got.headers
    monkeypatch.undo()
    assert (await operator.get("/credentials")).json["total"] == 1


async def test_the_end_that_cannot_be_told_leaves_the_beginning(
    operator: Browser, admin: AdminServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = (await operator.post("/credentials", {"key": KEY})).json["id"]
    append = admin.world.records.audit.append

    async def refuse_ends(entry: AuditEntry) -> None:
        if entry.of:
            raise StorageError("The store is not available at the moment; try again shortly.")
        await append(entry)

    monkeypatch.setattr(admin.world.records.audit, "append", refuse_ends)
    assert (await operator.post(f"/credentials/{added}/disable")).status == 200
    monkeypatch.undo()
    (told,) = await entries(operator, "&action=credentials.disable")
    assert told["outcome"] == "begun"


async def test_sign_ins_are_told_and_no_password_is(operator: Browser, stranger: Browser) -> None:
    await stranger.post("/session", {"password": "hunter2-hunter2"})
    await stranger.post("/session", {"name": "hunter2-hunter2", "password": "x"})
    told = await entries(operator, "&action=session.begin")
    assert [(each["outcome"], each["actor"]) for each in told] == [
        ("failed", "hun…"),
        ("failed", "admin"),
        ("done", "admin"),
    ]
    assert "hunter2" not in json.dumps(told)


async def test_what_programs_do_is_told_under_their_name(operator: Browser) -> None:
    program = await operator.program("operator")
    await program.post("/credentials", {"key": KEY})
    (told,) = await entries(operator, "&way=token&outcome=done")
    assert (told["actor"], told["role"]) == ("nightly", "operator")
    assert told["actor_id"].startswith("tok_")


async def test_pages_follow_each_other(operator: Browser) -> None:
    for _ in range(4):
        await operator.send("DELETE", "/jobs/job_none")
    everything = [each["sequence"] for each in await entries(operator)]
    page = (await operator.get("/audit?limit=2")).json
    paged = [each["sequence"] for each in page["data"]]
    while page["next_cursor"] is not None:
        page = (await operator.get(f"/audit?limit=2&cursor={page['next_cursor']}")).json
        paged += [each["sequence"] for each in page["data"]]
    assert paged == everything


@pytest.mark.parametrize(
    "query", ["since=yesterday", "until=x", "outcome=maybe", "limit=0", "cursor=x", "no=1"]
)
async def test_a_filter_that_cannot_be_is_told(operator: Browser, query: str) -> None:
    got = await operator.get(f"/audit?{query}")
    assert (got.status, got.error["param"]) == (400, query.partition("=")[0])


async def test_the_chain_shows_what_was_done_to_it(operator: Browser, admin: AdminServer) -> None:
    for _ in range(3):
        await operator.send("DELETE", "/jobs/job_none")
    rows = admin.world.records.audit.entries
    whole = (await operator.get("/audit/verify")).json
    assert whole == {"ok": True, "entries": 7, "broken_at": None, "reason": ""}
    kept = list(rows)
    for spoil, at in (
        (lambda: rows.__setitem__(2, replace(rows[2], actor="somebody else")), 3),
        (lambda: rows.pop(3), 4),
        (lambda: rows.insert(1, replace(rows[1])), 3),
        (lambda: rows.__setitem__(slice(0, 2), []), 1),
    ):
        rows[:] = kept
        spoil()
        told = (await operator.get("/audit/verify")).json
        assert (told["ok"], told["broken_at"]) == (False, at)
    rows[:] = kept
