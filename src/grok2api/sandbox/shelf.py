"""Stored responses and deferred completions, each belonging to the team that made it.

Another team's object is simply not there. Expiry follows the sandbox's clock.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from grok2api.kit.clock import Clock
from grok2api.sandbox.wire import Json

KEPT_SECONDS = 30 * 86_400.0
DEFERRED_KEPT_SECONDS = 86_400.0
DEFERRED_READY_SECONDS = 2.0
MAX_OBJECTS = 5_000


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response, the items it was asked with, and all items up to and including its output."""

    response: Json
    input_items: list[Json]
    history: list[Json]
    expires: float


@dataclass(frozen=True, slots=True)
class Deferred:
    """A completion that is ready at a time (monotonic seconds) and may be read once."""

    completion: Json
    ready: float
    expires: float


class Shelf:
    """The objects of all teams."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._responses: OrderedDict[tuple[str, str], StoredResponse] = OrderedDict()
        self._deferred: OrderedDict[tuple[str, str], Deferred] = OrderedDict()

    def keep_response(self, team_id: str, response: Json, asked: list[Json], before: list[Json]) -> None:
        """Store a response with its input; `before` is the history it continued."""
        expires = self._clock.monotonic() + KEPT_SECONDS
        history = [*before, *asked, *response["output"]]
        self._responses[team_id, response["id"]] = StoredResponse(response, asked, history, expires)
        while len(self._responses) > MAX_OBJECTS:
            self._responses.popitem(last=False)

    def response(self, team_id: str, identifier: str) -> StoredResponse | None:
        """Return a stored response of this team, or None."""
        stored = self._responses.get((team_id, identifier))
        return stored if stored is not None and stored.expires > self._clock.monotonic() else None

    def delete_response(self, team_id: str, identifier: str) -> bool:
        """Delete a stored response of this team; tell whether there was one."""
        return self._responses.pop((team_id, identifier), None) is not None

    def defer(self, team_id: str, identifier: str, completion: Json) -> None:
        """Keep a completion to be fetched later."""
        now = self._clock.monotonic()
        self._deferred[team_id, identifier] = Deferred(
            completion, now + DEFERRED_READY_SECONDS, now + DEFERRED_KEPT_SECONDS
        )
        while len(self._deferred) > MAX_OBJECTS:
            self._deferred.popitem(last=False)

    def deferred(self, team_id: str, identifier: str) -> Deferred | None:
        """Return a deferred completion of this team, or None when unknown, read or expired."""
        kept = self._deferred.get((team_id, identifier))
        return kept if kept is not None and kept.expires > self._clock.monotonic() else None

    def is_ready(self, kept: Deferred) -> bool:
        """Tell whether a deferred completion may be read."""
        return kept.ready <= self._clock.monotonic()

    def forget_deferred(self, team_id: str, identifier: str) -> None:
        """Drop a deferred completion that has been read."""
        self._deferred.pop((team_id, identifier), None)
