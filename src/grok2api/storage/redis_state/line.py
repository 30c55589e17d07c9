"""The line to Redis: what is asked at about the same time goes out together, in its order.

One task sends, so a thousand requests need one connection and a few writes. Once Redis does not answer in
time, nobody waits for it any more: everything fails at once, until a command that knocks gets its answer.
Must never be left without its task, and never let a request wait longer than the time limit and its turn.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from grok2api.observability.logging import get_logger
from grok2api.storage.redis_state.patience import patience
from grok2api.storage.redis_state.scripts import Scripts
from grok2api.storage.state import StateAway

_log = get_logger("grok2api.shared_state")

_AT_ONCE: Final = 256
Word = str | bytes | int
Done = Callable[[object], None]
"""Takes the reply, or a `StateAway`."""


@dataclass(frozen=True, slots=True)
class _Asked:
    words: Sequence[Word]
    done: Done
    knocks: bool = False


class Line:
    """Commands on their way.

    Args:
        client: The connection.
        scripts: What is sent by its hash.
        timeout: Seconds that one exchange may take.
    """

    def __init__(self, client: Redis, scripts: Scripts, *, timeout: float) -> None:
        self._client = client
        self._scripts = scripts
        self._timeout = timeout
        self._waiting: deque[_Asked] = deque()
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.away = False

    async def ask(self, *words: Word, knocks: bool = False) -> object:
        """Return the reply to a command. One that knocks is sent even while Redis is away.

        Raises:
            StateAway: there is none.
        """
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()

        def done(reply: object) -> None:
            if answer.done():
                return
            if isinstance(reply, StateAway):
                answer.set_exception(reply)
            else:
                answer.set_result(reply)

        self.tell(*words, done=done, knocks=knocks)
        return await answer

    def tell(self, *words: Word, done: Done, knocks: bool = False) -> None:
        """Send a command without waiting; `done` is told what came of it."""
        if self.away and not knocks:
            done(StateAway())
            return
        self._waiting.append(_Asked(words, done, knocks))
        self._idle.clear()
        self._news.set()

    async def flush(self) -> None:
        """Return when everything said so far was sent, or has failed."""
        await self._idle.wait()

    async def run(self) -> None:
        """Send what waits, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                await self._send([self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))])
            self._idle.set()

    async def _send(self, asked: list[_Asked]) -> None:
        try:
            async with patience(self._timeout):
                replies = await self._exchange([one.words for one in asked])
        except asyncio.CancelledError:
            self._fail(asked)
            raise
        except Exception as error:  # noqa: BLE001  an edge: whoever waits is told of any failure
            self._gone(asked, error)
            return
        broken = next((reply for reply in replies if isinstance(reply, Exception)), None)
        if broken is None and self.away and any(one.knocks for one in asked):
            self.away = False
            _log.info("shared state is back")
        for one, reply in zip(asked, replies, strict=True):
            one.done(StateAway() if isinstance(reply, Exception) else reply)
        if broken is not None:
            self._gone([], broken)

    async def _exchange(self, commands: list[Sequence[Word]]) -> list[object]:
        """Return the reply to each command; scripts that Redis has forgotten are told to it again."""
        try:
            replies = await self._pass(commands)
        except RuntimeError:  # what uvloop says of a kept connection that has died; a new one is made at once
            await self._client.connection_pool.disconnect(inuse_connections=False)
            replies = await self._pass(commands)
        unknown = [place for place, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
        if unknown:
            await self._pass([("SCRIPT LOAD", text) for text in self._scripts.texts])
            again = await self._pass([commands[place] for place in unknown])
            for place, reply in zip(unknown, again, strict=True):
                replies[place] = reply
        return replies

    async def _pass(self, commands: list[Sequence[Word]]) -> list[object]:
        pipe = self._client.pipeline(transaction=False)
        for words in commands:
            pipe.execute_command(*words)
        replies: list[Any] = await pipe.execute(raise_on_error=False)
        return replies

    def _gone(self, asked: list[_Asked], error: Exception) -> None:
        """Let everybody who waits know that there will be no answer; those who knock will do so again."""
        if not self.away:
            self.away = True
            _log.warning(
                "shared state is away; limits go by each worker's share",
                reason=f"{type(error).__name__}: {error}".strip(": "),
            )
        self._fail(asked)

    def _fail(self, asked: list[_Asked]) -> None:
        asked = [*asked, *self._waiting]
        self._waiting.clear()
        for one in asked:
            one.done(StateAway())
