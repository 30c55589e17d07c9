"""A conversation of ten turns whose account is lost in the middle: what every client has to come through.

A client is a `begin()` that makes a new conversation and returns its `say(text)`, which sends the next turn
and returns the text of the answer. The pool has two accounts, so that the other one has to go on.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

import pytest

from support.observing import eventually
from support.processes import Gateway, Sandbox, request, run_command

Say = Callable[[str], Awaitable[str]]
Begin = Callable[[], Say]
Loss = Literal["blocked by xAI", "disabled", "deleted"]

ACCOUNTS = ("dora", "emil")
LOSSES: tuple[Loss, ...] = ("blocked by xAI", "disabled", "deleted")
TURNS = 10
LOST_AT = 5
PASSWORD = "the operator's password"
_SECONDS = 20


@dataclass
class PoolOfTwo:
    """A gateway with two accounts, and the operator who may take either of them away."""

    gateway: Gateway
    sandbox: Sandbox
    token: str

    @classmethod
    def start(cls, directory: Path, sandbox: Sandbox) -> Self:
        gateway = Gateway.start(
            directory,
            upstream=sandbox.base_url,
            keys=tuple(f"xai-sandbox-{account}" for account in ACCOUNTS),
            environment={"GROK2API_APP__APP_KEY": PASSWORD, "GROK2API_POOL__POLL_SECONDS": "0.1"},
        )
        _, _, answer = request("POST", gateway.url + "/admin/api/session", {"password": PASSWORD})
        return cls(gateway, sandbox, json.loads(answer)["token"])

    def rescued_key(self) -> str:
        """Return a client key whose conversations go on elsewhere when their account is lost."""
        name = f"rescued-{secrets.token_hex(4)}"
        directory = self.gateway.directory
        made = run_command(directory, "keys", "create", "--name", name, "--rescue", "7d")
        found = re.search(r"sk-\S+", made)
        assert found is not None, made
        headers = {"Authorization": f"Bearer {found[0]}"}
        models = self.gateway.base_url + "/models"
        eventually(lambda: request("GET", models, headers=headers)[0] == 200, "the key on the server")
        return found[0]

    def served(self, mark: str) -> list[str]:
        """Return who answered the calls that have `mark` in their body, oldest first."""
        rows = [row for row in self.sandbox.calls() if row["status"] == 200]
        return [row["account"] for row in rows if mark in json.dumps(row["body"])]

    @contextmanager
    def without(self, account: str, loss: Loss) -> Iterator[None]:
        """Take an account away for the length of a block."""
        credential = self._credential(account)
        assert credential is not None
        path = f"/credentials/{credential['id']}"
        if loss == "blocked by xAI":
            self._order(account, "team")
        else:
            self._operate("POST", f"{path}/disable")
            self._await_serving(account, False)
        if loss == "deleted":
            self._operate("DELETE", path)
        try:
            yield
        finally:
            self._order(account, None)
            if loss == "deleted":
                self._operate("POST", "/credentials", {"key": f"xai-sandbox-{account}"})
            else:
                self._operate("POST", f"{path}/{'enable' if loss == 'disabled' else 'clear-cooldown'}")
            self._await_serving(account, True)

    def _order(self, account: str, blocked: str | None) -> None:
        request("POST", self.sandbox.control_url + "/accounts", {"name": account, "blocked": blocked})

    def _credential(self, account: str) -> dict[str, Any] | None:
        rows: list[dict[str, Any]] = self._operate("GET", "/credentials")["data"]
        return next((row for row in rows if row["hint"].endswith(account)), None)

    def _await_serving(self, account: str, expected: bool) -> None:
        """Wait until the pool has followed what its operator ordered."""
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            live = (self._credential(account) or {}).get("live")
            if (live is not None and live["status"] == "active") is expected:
                return
            time.sleep(0.02)
        raise AssertionError(f"the pool did not follow: {account}")

    def _operate(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        status, _, answer = request(method, f"{self.gateway.url}/admin/api{path}", body, headers=headers)
        assert status < 300, answer
        return json.loads(answer) if answer else None


async def outlives_its_account(pool: PoolOfTwo, begin: Begin, loss: Loss) -> None:
    """Lead a conversation through the loss of the account that began it, and see that the other goes on."""
    talk = await _settled(pool, begin)
    for turn in range(3, LOST_AT):
        await talk.turn(turn)
    account = pool.served(talk.mark)[0]
    with pool.without(account, loss):
        for turn in range(LOST_AT, TURNS + 1):
            await talk.turn(turn)
    (other,) = set(ACCOUNTS) - {account}
    assert pool.served(talk.mark) == [account] * (LOST_AT - 1) + [other] * (TURNS - LOST_AT + 1)


async def is_refused_without_its_account(
    pool: PoolOfTwo, begin: Begin, error: type[Exception]
) -> pytest.ExceptionInfo[Exception]:
    """Lead a conversation that lives upstream to the loss of its account; return how it is refused then.

    Where a key may have conversations rescued, they are led by `outlives_its_account` instead.
    """
    talk = _Talk(begin())
    for turn in range(1, LOST_AT):
        await talk.turn(turn)
    await talk.turn(TURNS)
    with pool.without(pool.served(talk.mark)[0], "deleted"), pytest.raises(error) as refused:
        await talk.turn(TURNS)
    return refused


@dataclass
class _Talk:
    """One conversation. Its mark is in every turn, its name in the first only: answers have to know it."""

    say: Say
    mark: str = field(default_factory=lambda: f"talk-{secrets.token_hex(4)}")
    name: str = field(default_factory=lambda: f"Bob{secrets.token_hex(4)}")

    async def turn(self, number: int) -> None:
        if number == 1:
            assert self.name in await self.say(f"My name is {self.name}. ({self.mark})")
        elif number == TURNS:
            assert self.name in await self.say(f"What is my name? ({self.mark})")
        else:
            said = f"turn {number} of {self.mark}"
            assert await self.say(f"Say exactly: {said}") == said


async def _settled(pool: PoolOfTwo, begin: Begin) -> _Talk:
    """Say the first two turns of a conversation that is at home with the account that began it."""
    while True:
        talk = _Talk(begin())
        for turn in (1, 2):
            await talk.turn(turn)
        first, second = pool.served(talk.mark)
        if first == second:
            return talk
