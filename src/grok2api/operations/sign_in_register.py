"""The sign-ins of a process that are under way or have ended a short while ago.

Few may be under way, so that nobody can fill the memory with them; one that has ended can be looked at for
ten minutes. Must never hand out what a person may not see: that is what `Running` holds beside `SignIn`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from grok2api.canonical.tokens import AuthorizationRequest
from grok2api.errors import LimitExceeded, NotFound
from grok2api.kit.clock import Clock
from grok2api.operations.sign_in_keeper import Wishes

MOST: Final = 32
"""Sign-ins under way at a time."""
_SHOWN_AFTERWARDS: Final = 600.0
_MOST_ENDED: Final = 256

State = Literal["waiting", "storing", "done", "refused", "expired", "cancelled", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A sign-in as a person may see it.

    Attributes:
        url: Where to go with a browser; empty for a device code.
        user_code: What to type at `verification_uri`; empty for a browser sign-in.
        expires_at: Wall time in seconds at which it ends by itself.
        interval: Seconds between two questions whether it was confirmed.
        message: How it stands, in words.
        credential_id: The credential it became, once `state` is `done`.
        renewed: Whether that credential was in the pool before.
    """

    id: str
    state: State = "waiting"
    url: str = ""
    user_code: str = ""
    verification_uri: str = ""
    verification_uri_complete: str = ""
    expires_at: float
    interval: float = 0.0
    message: str = ""
    credential_id: str = ""
    renewed: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state not in {"waiting", "storing"}


@dataclass(slots=True)
class Running:
    """A sign-in with what a person may not see."""

    shown: SignIn
    wishes: Wishes
    ends: float
    """Monotonic time."""
    request: AuthorizationRequest | None = field(default=None, repr=False)
    task: asyncio.Task[None] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def working(self) -> bool:
        """Whether a task works on it."""
        return self.task is not None and not self.task.done()


class Register:
    """Sign-ins by their ids.

    Args:
        clock: Ends what nobody finishes.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, Running] = {}

    def all(self) -> tuple[Running, ...]:
        """Return every sign-in that is known."""
        return tuple(self._known.values())

    def add(self, shown: SignIn, wishes: Wishes, seconds: float) -> Running:
        """Take in a sign-in that ends by itself after so many seconds; LimitExceeded if there is no room."""
        self.make_room()
        running = Running(shown, wishes, self._clock.monotonic() + seconds)
        self._known[shown.id] = running
        return running

    def find(self, identifier: str) -> Running:
        """Return a sign-in; raise NotFound if there is none, or none any more."""
        running = self._known.get(identifier)
        if running is None:
            raise NotFound("There is no such sign-in, or none any more.")
        self.expire(running)
        return running

    def end(self, running: Running, state: State, message: str) -> None:
        """Say how a sign-in ended, and wake whoever waits for that."""
        running.shown = replace(running.shown, state=state, message=message)
        running.ends = self._clock.monotonic()
        running.request = None
        running.changed.set()

    def expire(self, running: Running) -> None:
        """End a sign-in whose time is over and that nothing works on."""
        if running.shown.ended or running.working or self._clock.monotonic() < running.ends:
            return
        self.end(running, "expired", "nobody finished it in time: begin again")

    def make_room(self) -> None:
        """Forget what ended a while ago; raise LimitExceeded if too much is under way."""
        now = self._clock.monotonic()
        for running in self.all():
            self.expire(running)
        ended = [each for each in self.all() if each.shown.ended]
        old = [each for each in ended if now >= each.ends + _SHOWN_AFTERWARDS]
        for running in old or ended[: max(0, len(ended) - _MOST_ENDED)]:
            del self._known[running.shown.id]
        if sum(not each.shown.ended for each in self.all()) >= MOST:
            raise LimitExceeded(f"{MOST} sign-ins are under way; end one, or wait until one has ended.")
