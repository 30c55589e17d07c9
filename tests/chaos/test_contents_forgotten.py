"""S20: words whose time is over are deleted within minutes, and nobody reads them until then."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from support.limited_keys import SIGNED, KeyMaker
from support.measured import measured
from support.observing import eventually
from support.processes import Gateway, Sandbox, request

CHAT = {"model": "grok-3", "messages": [{"role": "user", "content": "say exactly: ok"}]}
HOUR = 3600
LOOKS = 40 * 300


def store(directory: Path, statement: str) -> int:
    """Run a statement of somebody who may write to the store; return its number, or that of changed rows."""
    with closing(sqlite3.connect(directory / "data" / "grok2api.db", timeout=30)) as database, database:
        found = database.execute(statement)
        return int(found.fetchone()[0]) if found.description else found.rowcount


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_words_are_gone_long_before_an_hour_after_their_end(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = Gateway.start(
        tmp_path, upstream=sandbox.base_url, keys=("xai-sandbox-alice",), environment=SIGNED
    )
    try:
        keys = KeyMaker(gateway)
        key = keys.make(record_content=True, content_hours=1, rescue_seconds=HOUR)
        _, headers, _ = key.post("/chat/completions", CHAT)
        assert key.post("/responses", {"model": "grok-3", "input": "say exactly: ok"})[0] == 200
        page = f"{gateway.url}/admin/api/requests/{headers['x-request-id']}/content"
        assert request("GET", page, headers=keys._headers)[0] == 200
        eventually(lambda: store(tmp_path, "SELECT count(*) FROM transcripts"), "what is kept for a rescue")
        for table in ("request_contents", "transcripts"):
            assert store(tmp_path, f"UPDATE {table} SET expires_at = {time.time()}") >= 1  # noqa: S608
        ended = time.monotonic()
        assert request("GET", page, headers=keys._headers)[0] == 404
        for table in ("request_contents", "transcripts"):
            count = f"SELECT count(*) FROM {table}"  # noqa: S608
            eventually(lambda count=count: store(tmp_path, count) == 0, table, LOOKS)  # type: ignore[misc]
        measured("words", deleted_after_s=time.monotonic() - ended)
        assert time.monotonic() - ended < HOUR
    finally:
        gateway.stop()
