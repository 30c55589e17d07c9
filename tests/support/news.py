"""Somebody who follows the admin API's events on a connection of his own, as a browser does."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

PATIENCE = 60
"""Seconds for which an event is waited."""


class Newsreader:
    """Reads events one after the other; each is read once.

    Args:
        base: The admin API's address.
        headers: What lets him in.
    """

    def __init__(self, base: str, headers: dict[str, str]) -> None:
        where = urlsplit(base)
        self._connection = http.client.HTTPConnection(where.netloc, timeout=PATIENCE)
        self._connection.request("GET", f"{where.path}/events", headers=headers)
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200, self._answer.read()
        self.names: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._answer.close()
        self._connection.close()

    def until(self, wanted: str, fits: Callable[[Any], bool] = lambda _data: True) -> Any:
        """Read up to the next event with a name that fits, and return what it tells."""
        name, until = "", time.monotonic() + PATIENCE
        while time.monotonic() < until and (line := self._answer.readline().decode()):
            if line.startswith("event: "):
                name = line.removeprefix("event: ").strip()
                self.names.append(name)
            elif line.startswith("data: ") and name == wanted:
                data = json.loads(line.removeprefix("data: "))
                if fits(data):
                    return data
        raise AssertionError(f"{wanted} did not come: {self.names}")
