"""Files of credentials: looked at, taken in line by line, and given out sealed."""

from __future__ import annotations

import json

import pytest

from support.admin_client import Browser
from support.admin_server import PASSWORD, AdminServer

FILE = (
    b"xai-first-key-0000000001\n\nsso=abc; sso-rw=def\nxai-second-key-000000002\nxai-first-key-0000000001\n"
)
PASSPHRASE = "a long passphrase"
WANTED = {"filter": {"everything": True}, "passphrase": PASSPHRASE, "password": PASSWORD}


def outcomes(result: dict[str, list[dict[str, str]]]) -> list[tuple[str, str]]:
    return [(row["place"], row["outcome"]) for row in result["rows"]]


async def test_a_dry_run_tells_what_would_happen_and_changes_nothing(operator: Browser) -> None:
    got = await operator.post("/credentials/import?dry_run=true", FILE, content_type="text/plain")
    assert got.status == 200
    assert outcomes(got.json) == [
        ("line 1", "would add"),
        ("line 3", "rejected"),
        ("line 4", "would add"),
        ("line 5", "known"),
    ]
    assert got.json["counts"] == {"would add": 2, "rejected": 1, "known": 1}
    assert (await operator.get("/credentials")).json["total"] == 0


async def test_every_line_has_a_result(operator: Browser) -> None:
    got = await operator.post("/credentials/import", FILE, content_type="application/octet-stream")
    assert [outcome for _, outcome in outcomes(got.json)] == ["added", "rejected", "added", "known"]
    assert "cookie" in got.json["rows"][1]["reason"].lower()
    assert "first-key" not in got.raw.decode()
    again = await operator.post("/credentials/import", FILE, content_type="text/plain")
    assert again.json["counts"] == {"known": 3, "rejected": 1}
    assert (await operator.get("/credentials")).json["total"] == 2


async def test_a_file_may_come_inside_json(operator: Browser) -> None:
    sent = {"content": "key,name\nxai-a-key-in-a-table-01,desk\n", "format": "csv", "dry_run": False}
    got = await operator.post("/credentials/import", sent)
    assert (got.status, got.json["format"], got.json["rows"][0]["name"]) == (200, "csv", "desk")


@pytest.mark.parametrize(
    ("sent", "param"),
    [
        (b"", None),
        (b"{", None),
        (b"{}", "content"),
        (b'{"content": "x", "format": "pdf"}', "format"),
        (b'{"content": "x", "colour": "red"}', "colour"),
    ],
)
async def test_json_that_holds_no_file_is_refused(operator: Browser, sent: bytes, param: str | None) -> None:
    got = await operator.post("/credentials/import", sent)
    assert (got.status, got.error["param"]) == (400, param)


async def test_a_form_is_refused_with_what_to_send(operator: Browser) -> None:
    got = await operator.post("/credentials/import", b"--x", content_type="multipart/form-data; boundary=x")
    assert got.status == 415
    assert "application/octet-stream" in got.error["message"]


async def test_a_large_file_is_a_job_with_a_result_for_every_line(operator: Browser) -> None:
    lines = "".join(f"xai-key-number-{number:08}\n" for number in range(700)).encode()
    got = await operator.post("/credentials/import", lines + b"nonsense\n", content_type="text/plain")
    assert got.status == 202
    job = await operator.ended_job(got.json["job"]["id"])
    assert (job["state"], job["done"], job["total"], job["failed"]) == ("done", 700, 700, 1)
    assert job["result"]["counts"] == {"added": 700, "rejected": 1}
    assert len(job["result"]["rows"]) == 701


async def test_a_sealed_export_comes_back_with_its_passphrase_only(
    operator: Browser, admin: AdminServer
) -> None:
    await operator.post("/credentials/import", FILE, content_type="text/plain")
    got = await operator.post("/credentials/export", WANTED)
    assert got.status == 200
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith('attachment; filename="grok2api-credentials-')
    assert (got.headers["x-grok2api-exported"], got.headers["x-grok2api-left-out"]) == ("2", "0")
    assert b"first-key-00000" not in got.raw
    await operator.post("/credentials/bulk", {"action": "delete", "filter": {"everything": True}})
    for passphrase in ("", "a wrong passphrase"):
        sent = {"content": got.raw.decode(), "passphrase": passphrase}
        refused = await operator.post("/credentials/import", sent)
        assert (refused.status, refused.error["param"]) == (400, "passphrase")
    sent = {"content": got.raw.decode(), "passphrase": PASSPHRASE}
    back = await operator.post("/credentials/import", sent)
    assert back.json["counts"] == {"added": 2}


async def test_an_export_needs_somebody_and_a_passphrase(operator: Browser) -> None:
    for sent, param in (
        ({"passphrase": PASSPHRASE}, "ids"),
        ({"filter": {}, "passphrase": PASSPHRASE}, "filter"),
        ({**WANTED, "passphrase": "short"}, "passphrase"),
        ({"filter": {"everything": True}}, "passphrase"),
    ):
        got = await operator.post("/credentials/export", sent)
        assert (got.status, got.error["param"]) == (400, param), json.dumps(sent)


async def test_an_export_asks_for_the_password_once_more(operator: Browser, admin: AdminServer) -> None:
    await operator.post("/credentials/import", FILE, content_type="text/plain")
    for password, code in (("", "missing_required_parameter"), ("not the password", "invalid_value")):
        got = await operator.post("/credentials/export", {**WANTED, "password": password})
        assert (got.status, got.error["param"], got.error["code"]) == (400, "password", code)
    told = [each for each in admin.world.records.audit.entries if each.action == "credentials.export"]
    assert {each.outcome for each in told} == {"begun", "failed"}
    assert not any("not the password" in f"{each.before}{each.after}" for each in told)


async def test_whoever_guesses_at_it_is_held_up(operator: Browser) -> None:
    got = [await operator.post("/credentials/export", {**WANTED, "password": "wrong"}) for _ in range(6)]
    assert [each.status for each in got] == [400] * 5 + [429]
    assert int(got[-1].headers["retry-after"]) >= 1


async def test_a_program_has_no_password_to_send(operator: Browser) -> None:
    await operator.post("/credentials/import", FILE, content_type="text/plain")
    program = await operator.program("owner")
    got = await program.post(
        "/credentials/export", {"filter": {"everything": True}, "passphrase": PASSPHRASE}
    )
    assert (got.status, got.headers["x-grok2api-exported"]) == (200, "2")
