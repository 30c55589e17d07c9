"""The audit tells of each deed what was before or what is after, and no secret in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from grok2api.admin.roles import RULES
from grok2api.config.schema import MASK
from support.audited_walk import Walk
from support.operator import SIGNED
from support.processes import Gateway, Sandbox

TELLS_ITSELF = {
    "session.end": "a sign-out: who it was and when is all there is to it",
    "session.second-factor.begin": "nothing is kept, and nothing is another one, until the code is sent",
}
"""Actions of which nothing was before and nothing is after, and why."""


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """Somebody who has done everything once."""
    sandbox = Sandbox.start()
    gateway = Gateway.start(
        tmp_path_factory.mktemp("audited"),
        upstream=sandbox.base_url,
        keys=("xai-sandbox-alice", "xai-sandbox-bob"),
        environment=SIGNED
        | {
            "GROK2API_OAUTH__ENABLED": "true",
            "GROK2API_OAUTH__ISSUER": sandbox.base_url.removesuffix("/v1"),
        },
    )
    try:
        walk = Walk(gateway, sandbox)
        walk.all()
        yield walk
    finally:
        gateway.stop()
        sandbox.stop()


def ends(walk: Walk) -> dict[str, Any]:
    """Return the entry with which each request ended, by the request's id."""
    told: list[Any] = walk.owner.send("GET", "/audit?limit=500&outcome=done")["data"]
    return {each["request_id"]: each for each in told}


def test_every_deed_was_done(walked: Walk) -> None:
    assert {rule for rule in RULES if rule.action} == walked.done.keys()


def test_each_deed_tells_what_was_before_or_what_is_after(walked: Walk) -> None:
    entries = ends(walked)
    for rule, request_id in walked.done.items():
        assert entries[request_id]["action"] == rule.action, rule
    silent = {
        rule.action
        for rule, request_id in walked.done.items()
        if not (entries[request_id]["before"] or entries[request_id]["after"])
    }
    assert silent == TELLS_ITSELF.keys()


def test_what_is_told_says_what_happened(walked: Walk) -> None:
    entries, by_action = ends(walked), {}
    for rule, request_id in walked.done.items():
        by_action[rule.action] = entries[request_id]
    for action, side, fields in (
        ("jobs.cancel", "before", {"kind", "state"}),
        ("requests.cancel", "before", {"model", "key_id", "operation", "state"}),
        ("sign-ins.cancel", "after", {"state"}),
        ("sign-ins.finish", "after", {"state", "credential_id"}),
        ("backups.download", "after", {"bytes"}),
        ("backups.delete", "before", {"bytes", "made_at"}),
        ("operators.create", "after", {"name", "role"}),
        ("operators.edit", "before", {"role"}),
        ("operators.delete", "before", {"name", "role"}),
        ("tokens.create", "after", {"name", "role"}),
        ("tokens.revoke", "before", {"name", "role", "hint"}),
        ("alerts.test", "after", {"delivered", "reason"}),
        ("credentials.test", "after", {"ok", "message"}),
        ("credentials.refresh", "after", {"ok", "message"}),
    ):
        assert fields <= (by_action[action][side] or {}).keys(), action
    assert by_action["operators.edit"]["after"] == {"role": "viewer", "password": MASK}
    assert by_action["sign-ins.finish"]["after"]["state"] == "done"


def test_no_secret_is_in_the_audit(walked: Walk) -> None:
    exported = walked.owner.send("GET", "/audit/export?format=jsonl").decode()
    shown = exported + json.dumps(ends(walked))
    assert exported.count("\n") > 100
    assert not {each for each in walked.secrets if each in shown}
