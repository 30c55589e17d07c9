"""S8 and S20: after everything has happened, no secret and no word of a client is written down anywhere.

The store is SQLite here; `test_leaks_of_stores.py` has the others.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from support.canaries import files_below, leaks
from support.canary_house import (
    CHAT,
    CLIENT_KEY,
    FAR,
    LOOKS,
    NOWHERE,
    POOL,
    REDIS_PASSWORD,
    SECRETS,
    STATED,
    STORE_PASSWORD,
    WORDS,
    ask_everything,
    keep_secrets,
    keep_words,
    listening,
    seen_while_running,
    shown,
)
from support.collector import Collector, collecting
from support.observing import eventually
from support.operator import Operator
from support.processes import Gateway, Sandbox, clean_environment, request
from support.starting import run_program

FAILED = 2
"""The status of a span that tells of a failure."""
TALKATIVE = {
    "SERVER_WORKERS": "2",
    "REDIS_URL": f"redis://:{quote(REDIS_PASSWORD, safe='')}@{NOWHERE}/0",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was written down: by the server, in the store, in what operators are shown, by commands."""

    told: dict[str, bytes]
    made: tuple[str, ...]
    """Secrets that only came to be on the way: a session, a token, a client key."""
    collector: Collector


def make_it_fall(gateway: Gateway, owner: Operator) -> None:
    """Have the program fall over what it does not expect in its store, with a prompt in its hands."""
    _, key = owner.send("POST", "/keys", {"name": "spends", "budget_day_usd": "1"})
    headers = FAR | {"Authorization": f"Bearer {key['key']}"}

    def ask(method: str, path: str, body: object = None) -> int:
        return request(method, gateway.base_url + path, body, headers=headers)[0]

    eventually(lambda: {ask("GET", "/models") for _ in range(12)} == {200}, "the key on both workers")
    chat = {"model": "grok-3", "messages": CHAT}
    assert ask("POST", "/chat/completions", chat) == 200
    with closing(sqlite3.connect(gateway.directory / "data" / "grok2api.db", timeout=30)) as store, store:
        store.execute("UPDATE budget_windows SET spent = '99999999999999999999 is no number'")
        store.execute("UPDATE usage_records SET started_at = 'no time'")
    assert ask("POST", "/chat/completions", chat) == 500
    assert owner.send("GET", "/requests")[0] == 500


def commanded(directory: Path, environment: dict[str, str], *words: str) -> bytes:
    """Return all that a command says."""
    done = run_program(list(words), clean_environment(**environment), directory)
    return (done.stdout + done.stderr).encode()


@pytest.fixture(scope="module")
def evidence(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    directory = tmp_path_factory.mktemp("leaks")
    shared_sandbox.clear()
    environment = STATED | TALKATIVE
    with collecting() as collector:
        environment["GROK2API_TELEMETRY__OTLP_ENDPOINT"] = collector.url
        gateway = Gateway.start(
            directory,
            upstream=shared_sandbox.base_url,
            keys=POOL,
            client_key=CLIENT_KEY,
            environment=environment,
        )
        owner = Operator(gateway)
        try:
            with listening(owner) as heard:
                ask_everything(gateway, shared_sandbox)
                live = seen_while_running(gateway, owner, shared_sandbox)
                kept = keep_words(gateway, owner)
                made = keep_secrets(gateway, owner)
                eventually(lambda: b"event: credentials" in heard, "word of the credentials", LOOKS)
            told = shown(gateway, owner, kept) | {"while it ran": live, "events": bytes(heard)}
            limits = Path(f"/proc/{gateway.process.pid}/limits").read_bytes()
            assert owner.send("POST", "/backups")[0] < 300
            eventually(lambda: owner.get("/backups")["data"], "the backup")
            make_it_fall(gateway, owner)
        finally:
            gateway.stop()
    assert re.search(rb"Max core file size\s+0 ", limits), "a crash would write down all that was in memory"
    told["telemetry"] = b"".join(collector.bodies)
    stated = environment | {"DATA_DIR": str(directory / "data"), "GROK2API_APP__API_KEY": CLIENT_KEY}
    away = f"postgresql://u:{quote(STORE_PASSWORD, safe='')}@{NOWHERE}/d"
    told["config show"] = commanded(directory, stated | {"DATABASE_URL": away}, "config", "show")
    for words in (("doctor",), ("credentials", "list", "--json"), ("keys", "list", "--json")):
        told[" ".join(words)] = commanded(directory, stated, *words)
    return Evidence(told | files_below(directory), made, collector)


def test_the_search_looks_where_something_is(evidence: Evidence) -> None:
    """Nothing is found where nothing was looked at: the places are there, and hold what they should."""
    told = evidence.told
    assert {"server.log", "data/grok2api.db", "/metrics", "/audit", "/settings"} <= set(told)
    assert b"settings.edit" in told["/audit"]
    assert b"redis_url" in told["config show"]
    assert len(told["server.log"].splitlines()) > 50
    assert b"ciphertext" in told["sealed export"]
    assert b"data" in told["doctor"]
    assert b"xai-" in told["credentials list --json"]
    assert b"chat" in told["/requests"]
    assert b"grok-3" in told["while it ran"]
    assert b"event: credentials" in told["events"]
    assert any(place.startswith("data/backups/") for place in told)


def test_what_is_told_of_faults_is_among_it(evidence: Evidence) -> None:
    """Spans and points that a collector got while upstream failed, and traces of what nobody expected."""
    collector = evidence.collector
    assert any(span.status == FAILED for span in collector.spans)
    assert b"gen_ai" in evidence.told["telemetry"]
    assert collector.points
    assert evidence.told["server.log"].count(b"Traceback (most recent call last)") >= 2


def test_no_secret_is_written_down(evidence: Evidence) -> None:
    assert leaks((*SECRETS, *evidence.made), evidence.told) == []


def test_no_word_of_a_client_is_written_down(evidence: Evidence) -> None:
    """All but what operators keep by setting: pictures, clips and sounds. Names of files are known."""
    told = {place: content for place, content in evidence.told.items() if not place.startswith("data/media/")}
    assert leaks(WORDS, told) == []
