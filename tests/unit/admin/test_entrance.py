"""The framework of the admin API is made once, by the first who comes through the gate."""

from __future__ import annotations

import asyncio
import threading

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from grok2api.admin.entrance import OnDemand


class Made:
    """Counts how often it was made, and who asked what."""

    def __init__(self) -> None:
        self.makers: list[str] = []
        self.asked: list[str] = []

    def make(self) -> ASGIApp:
        self.makers.append(threading.current_thread().name)
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope["path"])


async def ask(app: OnDemand, path: str) -> None:
    async def receive() -> dict[str, object]:
        return {"type": "http.request"}

    async def send(message: object) -> None:
        raise AssertionError(message)

    await app({"type": "http", "path": path}, receive, send)


@pytest.mark.anyio
async def test_many_who_come_at_once_make_it_once_and_in_a_thread() -> None:
    made = Made()
    app = OnDemand(made.make)
    assert made.makers == []
    await asyncio.gather(*(ask(app, f"/{number}") for number in range(5)))
    await ask(app, "/later")
    assert len(made.makers) == 1
    assert made.makers[0] != threading.main_thread().name
    assert sorted(made.asked) == ["/0", "/1", "/2", "/3", "/4", "/later"]


@pytest.mark.anyio
async def test_what_could_not_be_made_is_tried_again() -> None:
    made, tries = Made(), iter([ImportError("half an installation"), None])

    def make() -> ASGIApp:
        trouble = next(tries)
        if trouble is not None:
            raise trouble
        return made.make()

    app = OnDemand(make)
    with pytest.raises(ImportError):
        await ask(app, "/first")
    await ask(app, "/second")
    assert made.asked == ["/second"]
