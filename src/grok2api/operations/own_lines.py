"""A setting that is a list of lines, each about one thing: each is put, taken away and seen by itself.

Must never write where the setting is held by something stronger than the store: it would change nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from grok2api.config.fields import value_at
from grok2api.config.live import Live
from grok2api.errors import InvalidRequest
from grok2api.operations.configuring import SettingChange, SettingOperations, SettingsMoved

_TRIES = 5


class OwnLines:
    """The lines of one setting.

    Args:
        path: The setting.
        subject: Which thing a line is about.
        settings: Where it is kept, each change as a version of the settings.
        live: The settings in force.
    """

    def __init__(
        self, path: str, subject: Callable[[str], str], settings: SettingOperations, live: Live
    ) -> None:
        self._path = path
        self._subject = subject
        self._settings = settings
        self._live = live

    async def lines(self) -> list[str]:
        """Return the lines as the store has them, which this worker may not know yet; else those in force."""
        return self._in_force() if self._held() else (await self._kept())[1]

    async def change(self, subject: str, line: str | None, actor: str) -> bool:
        """Put a line in the place of a thing's own; tell whether it had one.

        Somebody else may change the settings in between; then it is made from what they left.

        Args:
            subject: The thing.
            line: What is said of it; None takes the line away.
            actor: Who wants it, for people.

        Raises:
            InvalidRequest: the setting is held by the environment or a flag.
        """
        if self._held():
            source = self._live.loaded.sources[self._path]
            raise InvalidRequest(
                f"Prices are set by {source}, which is stronger than the console. Change them there."
            )
        tries_left = _TRIES
        while True:
            tries_left -= 1
            number, lines = await self._kept()
            others = [each for each in lines if self._subject(each) != subject]
            had_one = len(others) < len(lines)
            if line is None and not had_one:
                return False
            wanted = sorted(others if line is None else [*others, line])
            change = SettingChange(values={self._path: wanted})
            try:
                await self._settings.apply(change, expected=number, actor=actor)
            except SettingsMoved:
                if not tries_left:
                    raise
            else:
                return had_one

    async def _kept(self) -> tuple[int, list[str]]:
        number, kept = await self._settings.present()
        lines = kept.get(self._path)
        return number, self._in_force() if lines is None else msgspec.convert(lines, list[str])

    def _in_force(self) -> list[str]:
        return msgspec.convert(value_at(self._live.current, self._path), list[str])

    def _held(self) -> bool:
        source = self._live.loaded.sources.get(self._path)
        return source is not None and source.outranks_store
