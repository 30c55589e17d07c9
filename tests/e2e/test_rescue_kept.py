"""What is kept of conversations: sealed, for keys that opted in only, and gone when somebody says so."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support.conversations import SECRET_WORD, Talk, block, disable, kept_rows, new_key, talk_on
from support.observing import database, eventually
from support.pool_faults import Drill, drilling, forget_orders
from support.processes import CLIENT_KEY, Gateway, Sandbox

GONE = (400, "previous_response_not_found")
ACCOUNTS = ("vera", "walt")


@pytest.fixture(scope="module")
def shared_drill(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    with drilling(tmp_path_factory.mktemp("kept"), shared_sandbox) as drill:
        yield drill


@pytest.fixture
def upstream(shared_sandbox: Sandbox) -> Iterator[Sandbox]:
    """The upstream without orders."""
    forget_orders(shared_sandbox)
    yield shared_sandbox
    forget_orders(shared_sandbox)


@pytest.fixture
def drill(shared_drill: Drill, upstream: Sandbox) -> Iterator[Drill]:
    """A pool of two accounts of this upstream, and nothing kept."""
    assert shared_drill.sandbox is upstream
    shared_drill.fill(ACCOUNTS)
    yield shared_drill
    shared_drill.command("keys", "revoke", *{row["id"] for row in keys(shared_drill)})


def keys(drill: Drill) -> list[dict[str, str]]:
    """Return the client keys that were made here."""
    found: list[dict[str, str]] = json.loads(drill.command("keys", "list", "--json"))
    return found


def change(drill: Drill, what: str) -> None:
    """Change rows behind the program's back."""
    with closing(sqlite3.connect(database(drill.gateway.directory), timeout=20)) as connection, connection:
        connection.execute(f"UPDATE transcripts SET {what}")  # noqa: S608


def rows_are(drill: Drill, count: int) -> None:
    eventually(lambda: kept_rows(drill.gateway.directory) == count, f"{count} rows")


def test_nothing_that_was_said_can_be_read_in_the_store(drill: Drill) -> None:
    talk, _ = talk_on(drill, new_key(drill, "--rescue", "7d"))
    rows_are(drill, 3)
    files = sorted(database(drill.gateway.directory).parent.iterdir())
    stored = b"".join(path.read_bytes() for path in files if path.is_file())
    for word in (SECRET_WORD, "My name is Bob", "Nice to meet you", talk.ids[0]):
        assert word.encode() not in stored
    assert SECRET_WORD not in drill.gateway.log.read_text()


def test_a_key_that_did_not_opt_in_leaves_nothing(drill: Drill) -> None:
    talk_on(drill, CLIENT_KEY)
    talk, _ = talk_on(drill, new_key(drill, "--rescue", "7d"))
    talk.turn("not this one", store=False)
    talk.previous = talk.ids[2]
    talk.say("but this one")
    rows_are(drill, 4)


def test_a_deleted_response_is_deleted_here_too(drill: Drill) -> None:
    talk, owner = talk_on(drill, new_key(drill, "--rescue", "7d"))
    rows_are(drill, 3)
    assert talk.delete(talk.ids[0]) == 200
    rows_are(drill, 2)
    disable(drill, owner)
    assert talk.refused() == GONE, "its beginning is gone"


@pytest.mark.parametrize("words", [("edit", "client", "--rescue", "off"), ("revoke", "client")])
def test_switching_it_off_forgets_everything_of_that_key(drill: Drill, words: tuple[str, ...]) -> None:
    talk_on(drill, new_key(drill, "--rescue", "7d"))
    talk_on(drill, new_key(drill, "--rescue", "7d", name="another"))
    rows_are(drill, 6)
    drill.command("keys", *words)
    rows_are(drill, 3)


def test_what_has_expired_is_not_told(drill: Drill) -> None:
    talk, owner = talk_on(drill, new_key(drill, "--rescue", "7d"))
    rows_are(drill, 3)
    change(drill, "expires_at = 1 WHERE created_at = (SELECT min(created_at) FROM transcripts)")
    disable(drill, owner)
    assert talk.refused() == GONE


def test_a_row_that_was_moved_is_not_told(drill: Drill) -> None:
    talk, owner = talk_on(drill, new_key(drill, "--rescue", "7d"))
    rows_are(drill, 3)
    change(drill, "content = (SELECT content FROM transcripts ORDER BY created_at DESC LIMIT 1)")
    disable(drill, owner)
    assert talk.refused() == GONE


def test_what_one_worker_kept_another_tells(upstream: Sandbox, tmp_path: Path) -> None:
    with drilling(tmp_path, upstream, SERVER__WORKERS=2) as drill:
        drill.fill(ACCOUNTS)
        key = new_key(drill, "--rescue", "7d")
        eventually(lambda: all(knows(drill, key) for _ in range(8)), "a key that all workers know")
        talk, owner = talk_on(drill, key)
        rows_are(drill, 3)
        block(drill, owner)
        assert "Bob" in talk.say("What is my name?")
        assert talk.rescued[-1]


def knows(drill: Drill, key: str) -> bool:
    return drill.gateway.get("/models", Authorization=f"Bearer {key}")[0] == 200


def test_what_waits_is_written_at_the_end_and_other_workers_read_it(
    upstream: Sandbox, tmp_path: Path
) -> None:
    with drilling(tmp_path, upstream) as drill:
        drill.fill(ACCOUNTS)
        talk, owner = talk_on(drill, new_key(drill, "--rescue", "7d"))
        drill.gateway.stop()
        assert kept_rows(tmp_path) == 3
        drill.command("credentials", "disable", owner)
    gateway = Gateway.start(tmp_path, upstream=upstream.base_url)
    try:
        later = Talk(gateway, talk.key, previous=talk.previous)
        assert "Bob" in later.say("What is my name?")
        assert later.rescued == [True]
    finally:
        gateway.stop()
