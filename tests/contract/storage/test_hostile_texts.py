"""S9: no text from outside is ever part of a statement; a hook on the way to the driver looks at each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from grok2api.storage.access import AdminAnswer, SignInAttempts
from grok2api.storage.auditing import AuditFilter
from grok2api.storage.records import ClientKey, Credential, UsageRecord
from grok2api.storage.sql.records import SqlRecords
from grok2api.storage.stores import Records
from grok2api.storage.usage import UsageFilter

CANARY = "c4n4ry"
TEXTS = (
    f"{CANARY}' OR '1'='1",
    f"{CANARY}'; DROP TABLE credentials; --",
    f'{CANARY}" OR ""="',
    f"{CANARY}\\' OR 1=1 #",
    f"%{CANARY}%_%",
    f"{CANARY}%(id)s :id ? $1 {{id}}",
    f"{CANARY}/* */ UNION SELECT * FROM meta",  # noqa: S608  which is what an attacker would write
    f"{CANARY}\u02bc OR 1=1",
)


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Collect what is sent to a database, and fail if a text of ours is part of it."""
    seen: list[str] = []

    def look(_: Any, __: Any, statement: str, *___: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", look)
    yield seen
    event.remove(Engine, "before_cursor_execute", look)
    assert not [statement for statement in seen if CANARY in statement]


async def read_with(records: Records, text: str) -> list[object]:
    """Ask every verb that takes a text; return what was found."""
    usage = UsageFilter(
        key_id=text, model=text, credential_id=text, operation=text, end=text, request_id=text
    )
    wanted = AuditFilter(actor=text, action=text, target=text, way=text, outcome=text, request_id=text)
    found: list[object] = [
        await records.credentials.get(text),
        await records.credentials.with_fingerprint(text),
        await records.keys.get(text),
        await records.models.get(text),
        await records.usage.get(text),
        await records.usage.latest(text),
        *(await records.usage.search(usage, limit=5)).rows,
        *(await records.usage.search(UsageFilter(request_id=text), limit=5)).rows,
        *await records.audit.page(wanted, limit=5),
        *await records.audit.page(AuditFilter(action=text), limit=5),
        await records.sessions.get(text),
        await records.operators.get(text),
        await records.operators.marked(text),
        await records.tokens.get(text),
        await records.tokens.hashed(text),
        await records.attempts.get(text, now=1.0),
        await records.jobs.get(text),
        await records.runs.get(text),
        *await records.runs.frames_from(text, 0, limit=5),
        await records.transcripts.get(text),
        await records.videos.get(text),
        await records.videos.with_idempotency(text),
        *await records.videos.list(text, 5),
        await records.assets.get(text),
        *await records.assets.recent(5, owner=text),
        *await records.assets.idle(text, unused_since=1.0, limit=5),
        await records.files.get(text),
        *await records.files.page(text, now=1.0, limit=5, purpose=text),
        *await records.budgets.windows([text], [text]),
        await records.claims.holder(text, now=1.0),
        await records.meta.get(text),
    ]
    return [each for each in found if each is not None]


async def test_no_text_becomes_part_of_a_statement(
    records: Records,
    statements: list[str],
    make_credential: Callable[..., Credential],
    make_key: Callable[..., ClientKey],
    make_usage: Callable[..., UsageRecord],
) -> None:
    """What is there besides is neither found nor changed by it."""
    await records.credentials.add(make_credential(1))
    await records.keys.add(make_key(1))
    await records.usage.append([make_usage(1)])
    for number, text in enumerate(TEXTS, 2):
        assert await read_with(records, text) == []
        assert not await records.credentials.delete(text)
        assert await records.credentials.change_many([text], {"note": text}) == 0
        assert not await records.keys.delete(text)
        credential = make_credential(number, id=text, name=text, note=text, tags=(text,))
        await records.credentials.add(credential)
        await records.keys.add(make_key(number, name=text))
        await records.usage.append([make_usage(number, model=text)])
        await records.meta.put(text, text)
        await write_for_a_while(records, text)
        assert (await records.credentials.get(text)) is not None
        assert len(await records.credentials.list()) == len(await records.keys.list()) == number
        (row,) = (await records.usage.search(UsageFilter(model=text), limit=5)).rows
        assert row.model == text
    if isinstance(records, SqlRecords):
        assert len(statements) > 100, "the hook sees what is sent"


async def test_what_no_database_keeps_is_looked_for_and_not_found(
    records: Records, make_usage: Callable[..., UsageRecord]
) -> None:
    """A NUL in a filter, a name or an id: there is none in any row, and that is an answer."""
    await records.usage.append([make_usage(1)])
    for text in (f"{CANARY}\0", "\0"):
        assert await read_with(records, text) == []
        assert not await records.credentials.delete(text)
        assert not await records.keys.delete(text)


async def write_for_a_while(records: Records, text: str) -> None:
    """Keep what is kept for a while only."""
    answer = AdminAnswer(id=text, digest=text, content=text, created_at=1.0, expires_at=2.0)
    await records.answers.begin(answer, now=1.0)
    attempts = SignInAttempts(id=text, version=1, failures=1, first_at=1.0, last_at=1.0, expires_at=9.0)
    await records.attempts.swap(attempts, now=1.0)


async def test_what_databases_take_for_anything_is_taken_as_it_is_written(
    records: Records, make_usage: Callable[..., UsageRecord]
) -> None:
    await records.usage.append([make_usage(1, request_id="req_1", model="grok-3")])
    for wild in ("%", "_", "%_%_%", "\\%", "*", "[a-z]", "req%", "req_%"):
        for wanted in (UsageFilter(model=wild), UsageFilter(request_id=wild), UsageFilter(key_id=wild)):
            assert (await records.usage.search(wanted, limit=5)).rows == ()
        assert await records.audit.page(AuditFilter(action=wild), limit=5) == ()
