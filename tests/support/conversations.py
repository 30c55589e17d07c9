"""Conversations by `previous_response_id`, held with the official SDK, and what may befall their account."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from openai import APIStatusError, OpenAI

from support.observing import database, eventually
from support.pool_faults import MODEL, SURFACE, UPSTREAM_MODEL, Drill, order_account
from support.processes import Gateway, request
from support.sdk import judged

RESCUED = "x-grok2api-rescued"
SECRET_WORD = "Zanzibar-canary-4711"
TOO_MANY = {"code": "resource-exhausted", "error": "Too many requests for team 7 and model grok-4.3."}


@dataclass(slots=True)
class Talk:
    """One conversation of one client key, turn by turn."""

    gateway: Gateway
    key: str
    stream: bool = False
    previous: str | None = None
    headers: list[dict[str, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def say(self, said: Any, **more: Any) -> str:
        """Say something; return the answer's text."""
        return str(self.turn(said, **more).output_text)

    def turn(self, said: Any, **more: Any) -> Any:
        """Say something; return the response."""
        asked: dict[str, Any] = {"model": MODEL, "input": said, "stream": self.stream, **more}
        if self.previous is not None:
            asked["previous_response_id"] = self.previous
        with (
            OpenAI(base_url=self.gateway.base_url, api_key=self.key, max_retries=0, **judged()) as client,
            client.responses.with_streaming_response.create(**asked) as raw,
        ):
            self.headers.append(dict(raw.headers))
            response: Any = raw.parse()
            if self.stream:
                response = next(each.response for each in response if each.type == "response.completed")
        assert response.previous_response_id == self.previous
        self.previous = response.id
        self.ids.append(response.id)
        return response

    def refused(self, said: str = "What is my name?") -> tuple[int, str]:
        """Say something that is refused; return status and code."""
        with pytest.raises(APIStatusError) as caught:
            self.turn(said)
        return caught.value.status_code, str(caught.value.code)

    def delete(self, response_id: str) -> int:
        """Delete a response; return the status."""
        url, key = f"{self.gateway.base_url}/responses/{response_id}", f"Bearer {self.key}"
        return request("DELETE", url, headers={"Authorization": key})[0]

    @property
    def rescued(self) -> list[bool]:
        """Whether each turn so far was told to be rescued."""
        return [RESCUED in headers for headers in self.headers]


def talk_on(drill: Drill, key: str, *, stream: bool = False) -> tuple[Talk, str]:
    """Return a conversation of three turns, whose rows are kept if they are to be, and who answered them."""
    talk, before = Talk(drill.gateway, key, stream), len(drill.served_by())
    talk.say("My name is Bob.")
    talk.say(f"remember: {SECRET_WORD}")
    talk.say("count to 3")
    (owner,) = set(drill.served_by()[before:])
    return talk, owner


def disable(drill: Drill, name: str) -> None:
    drill.command("credentials", "disable", name)
    eventually(lambda: drill.live()[name] == "disabled", "a disabled credential")


def delete(drill: Drill, name: str) -> None:
    before = drill.size()
    drill.command("credentials", "delete", name, "--yes")
    eventually(lambda: drill.size() < before, "a deleted credential")


def block(drill: Drill, name: str) -> None:
    order_account(drill.sandbox, name=name, blocked="user")


def limit(drill: Drill, name: str, seconds: int = 600) -> None:
    match = SURFACE | {"model": UPSTREAM_MODEL, "key": name}
    drill.sandbox.scenario("status", status=429, retry_after=seconds, body=TOO_MANY, match=match)


def impoverish(drill: Drill, name: str) -> None:
    order_account(drill.sandbox, name=name, credit=0)


FATES: dict[str, Callable[[Drill, str], None]] = {
    "disabled": disable,
    "deleted": delete,
    "blocked": block,
    "limited": limit,
    "out of credit": impoverish,
}
"""What may befall an account between two turns. The last three are noticed in the middle of a turn."""


def new_key(drill: Drill, *words: str, name: str = "client") -> str:
    """Make a client key, and wait until the server knows it."""
    made = drill.command("keys", "create", "--name", name, *words).strip()
    headers = {"Authorization": f"Bearer {made}"}
    eventually(lambda: drill.gateway.get("/models", **headers)[0] == 200, "the new key")
    return made


def kept_rows(directory: Path) -> int:
    """Return how many responses the database of a gateway keeps."""
    with closing(sqlite3.connect(f"file:{database(directory)}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM transcripts").fetchone()[0])
