"""A receiver of alerts on this machine, which checks their signature and keeps what it heard."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from typing_extensions import override

from support.observing import eventually
from support.plain_server import plain_server

SECRET = "the secret of the hook"
_LOOKS = 4800
"""Looks, of which there are forty in a second, at what may take a minute of being right."""


@dataclass
class Hook:
    """A receiver of alerts; `refusals` many are answered with 503 first."""

    url: str
    heard: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    refusals: int = 0
    refused: int = 0

    @property
    def told(self) -> list[tuple[str, str]]:
        """What happened to which kind, in the order in which it was heard."""
        return [(each["type"].removeprefix("alert."), each["kind"]) for each in self.heard]

    def wait_for(self, count: int) -> None:
        """Return once so many messages are there."""
        self._until(lambda: len(self.heard) >= count, f"{count} alerts")

    def wait_for_all(self, *told: tuple[str, str]) -> None:
        """Return once all of these were heard, in whatever order."""
        self._until(lambda: set(told) <= set(self.told), f"alerts {told}")

    def _until(self, heard: Callable[[], bool], what: str) -> None:
        try:
            eventually(heard, what, _LOOKS)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.told}") from None


@contextmanager
def alert_hook() -> Iterator[Hook]:
    """Run a receiver."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            moment, _, digest = self.headers["x-grok2api-signature"].partition(",v1=")
            signed = moment.removeprefix("t=").encode() + b"." + body
            if digest != hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest():
                receiver.wrong.append(self.headers["x-grok2api-signature"])
            refused = receiver.refusals > 0
            receiver.refusals -= refused
            receiver.refused += refused
            if not refused:
                receiver.heard.append(json.loads(body))
            self.send_response(503 if refused else 204)
            self.end_headers()

        @override
        def log_message(self, *_words: object) -> None:
            pass

    with plain_server(Handler) as address:
        receiver = Hook(f"{address}/hook?token=canary")
        yield receiver


def hook_settings(hook: Hook, **more: str) -> dict[str, str]:
    """Return the environment of a gateway that posts there; whether it may is for `ALLOW_PRIVATE` to say."""
    named = {"WEBHOOK_URL": hook.url, "SECRET": SECRET, **more}
    return {f"GROK2API_ALERTS__{name}": value for name, value in named.items()}
