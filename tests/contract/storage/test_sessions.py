"""An operator is signed in until the session ends or is ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grok2api.storage.records import AdminSession

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grok2api.storage.stores import Records


def session(number: int, **fields: object) -> AdminSession:
    values: dict[str, object] = {"hash": f"{number:064x}", "created_at": 100.25, "expires_at": 200.0}
    return AdminSession(**{**values, **fields})  # type: ignore[arg-type]


async def test_a_session_is_known_to_every_process(
    records: Records, open_another: Callable[[], Awaitable[Records]]
) -> None:
    other = await open_another()
    await records.sessions.put(session(1))
    assert await other.sessions.get(session(1).hash) == session(1)
    assert await other.sessions.get(session(2).hash) is None
    await other.sessions.put(session(1, expires_at=300.5))
    assert await records.sessions.get(session(1).hash) == session(1, expires_at=300.5)


async def test_a_session_is_ended_once(records: Records) -> None:
    await records.sessions.put(session(1))
    await records.sessions.put(session(2))
    assert [await records.sessions.delete(session(1).hash) for _ in range(2)] == [True, False]
    assert await records.sessions.get(session(1).hash) is None
    assert await records.sessions.get(session(2).hash) == session(2)


async def test_all_sessions_are_ended_at_once(records: Records) -> None:
    for number in range(3):
        await records.sessions.put(session(number))
    assert [await records.sessions.delete_all() for _ in range(2)] == [3, 0]
    assert await records.sessions.get(session(1).hash) is None


async def test_sessions_that_have_ended_are_forgotten(records: Records) -> None:
    await records.sessions.put(session(1, expires_at=200))
    await records.sessions.put(session(2, expires_at=200.5))
    assert [await records.sessions.delete_ended(200) for _ in range(2)] == [1, 0]
    assert await records.sessions.get(session(2).hash) == session(2, expires_at=200.5)


def test_a_sessions_hash_is_not_shown() -> None:
    assert session(1).hash not in repr(session(1))


async def test_sessions_are_listed_and_note_their_use(records: Records) -> None:
    second = session(2, operator_id="op_1", stamp="s", address="::1", agent="Ä browser", last_used_at=5.5)
    await records.sessions.put(second)
    await records.sessions.put(session(1))
    assert await records.sessions.list() == (session(1), second)
    assert await records.sessions.touch(second.hash, now=7.25)
    assert not await records.sessions.touch("unknown", now=7.25)
    assert (await records.sessions.list())[1].last_used_at == 7.25
