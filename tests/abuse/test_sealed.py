"""S22: what was changed or exchanged in the store opens nothing, is told, and is not written over."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from support.observing import eventually
from support.operator import SIGNED, Operator
from support.processes import Gateway, Sandbox

CHAT = {"model": "grok-3", "messages": [{"role": "user", "content": "say exactly: ok"}]}
KEYS = ("xai-sandbox-alice", "xai-sandbox-bob", "xai-sandbox-carol")
QUICK = SIGNED | {"GROK2API_POOL__POLL_SECONDS": "0.1"}


def rows(directory: Path) -> dict[str, str]:
    """Return the sealed secret of each credential, as it lies in the database."""
    with closing(sqlite3.connect(directory / "data" / "grok2api.db")) as database:
        return dict(database.execute("SELECT id, secret FROM credentials ORDER BY id"))


def write(directory: Path, secrets: dict[str, str]) -> None:
    """Do what somebody does who may write to the database: put other secrets into the rows."""
    with closing(sqlite3.connect(directory / "data" / "grok2api.db", timeout=30)) as database, database:
        for identifier, secret in secrets.items():
            database.execute(
                "UPDATE credentials SET secret = ?, "
                "revision = (SELECT value + 1 FROM revision_counter) WHERE id = ?",
                (secret, identifier),
            )
            database.execute("UPDATE revision_counter SET value = value + 1")


def test_exchanged_and_changed_secrets_serve_nobody_and_are_told(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=KEYS, environment=QUICK)
    try:
        owner = Operator(gateway)
        first, second, third = before = rows(tmp_path)
        changed = before[third][:-5] + ("A" if before[third][-5] != "A" else "B") + before[third][-4:]
        tampered = {first: before[second], second: before[first], third: changed}
        assert not any(key.encode() in (tmp_path / "data/grok2api.db").read_bytes() for key in KEYS)
        sandbox.clear()
        write(tmp_path, tampered)
        eventually(lambda: gateway.post("/chat/completions", CHAT)[0] == 503, "the end of what was exchanged")
        code = json.loads(gateway.post("/chat/completions", CHAT)[2])["error"]["code"]
        assert code == "no_available_account"
        shown = owner.get("/credentials")["data"]
        assert {row["status"] for row in shown} == {"blocked"}
        assert all("does not open" in row["reason"] for row in shown)
        told = eventually(
            lambda: {
                each["subject"]
                for each in owner.get("/alerts")["data"]
                if each["kind"] == "credential.unreadable"
            },
            "the alert",
        )
        assert told == set(before)
        assert rows(tmp_path) == tampered, "nothing was written over"
        write(tmp_path, before)
        eventually(lambda: gateway.post("/chat/completions", CHAT)[0] == 200, "what was put back")
    finally:
        gateway.stop()
