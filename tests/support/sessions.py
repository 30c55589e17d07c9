"""A conversation of ten turns whose account is lost in the middle: what every client has to come through.

A client is a `begin()` that makes a new conversation and returns its `say(text)`, which sends the next turn
and returns the text of the answer. The pool has two accounts, so that the other one has to go on.
"""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import pytest

from support.processes import ROOT, Gateway, Sandbox, clean_environment, request

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
        """Return a client key whose conversations are kept, and go on elsewhere when their account is lost."""
        name = f"rescued-{secrets.token_hex(4)}"
        directory = self.gateway.directory
        made = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), "keys", "create", "--name", name, "--rescue", "7d"],
            env=clean_environment(DATA_DIR=str(directory / "data")),
            cwd=directory,
            capture_output=True,
            text=True,
            check=True,
        )
        found = re.search(r"sk-\S+", made.stdout)
        assert found is not None, made.stdout
        return found[0]

    def served(self, name: str) -> list[str]:
        """Return who answered the turns of the conversation in which `name` is said, oldest first."""
        rows = [row for row in self.sandbox.calls() if row["status"] == 200]
        return [row["account"] for row in rows if name in json.dumps(row["body"])]

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
    """Lead a conversation by history through the loss of the account that began it."""
    say, name = await _settled(pool, begin)
    for turn in range(3, LOST_AT):
        await _turn(say, turn, name)
    account = pool.served(name)[0]
    with pool.without(account, loss):
        for turn in range(LOST_AT, TURNS + 1):
            await _turn(say, turn, name)
    (other,) = set(ACCOUNTS) - {account}
    assert pool.served(name) == [account] * (LOST_AT - 1) + [other] * (TURNS - LOST_AT + 1)


async def is_refused_without_its_account(
    pool: PoolOfTwo, begin: Begin, error: type[Exception]
) -> pytest.ExceptionInfo[Exception]:
    """Lead a conversation that lives upstream, by id, to the loss of its account; return how it is refused.

    Where a key may have conversations rescued, they are led by `outlives_its_account` instead.
    """
    say, name = begin(), _new_name()
    for turn in range(1, LOST_AT):
        await _turn(say, turn, name)
    assert name in await say("What is my name?")
    with pool.without(pool.served(name)[0], "deleted"), pytest.raises(error) as refused:
        await say("What is my name?")
    return refused


async def _settled(pool: PoolOfTwo, begin: Begin) -> tuple[Say, str]:
    """Say the first two turns of a conversation that is at home with the account that began it."""
    while True:
        say, name = begin(), _new_name()
        for turn in (1, 2):
            await _turn(say, turn, name)
        first, second = pool.served(name)
        if first == second:
            return say, name


async def _turn(say: Say, turn: int, name: str) -> None:
    if turn == 1:
        assert name in await say(f"My name is {name}.")
    elif turn == TURNS:
        assert name in await say("What is my name?")
    else:
        assert await say(f"Say exactly: turn {turn} is here") == f"turn {turn} is here"


def _new_name() -> str:
    return f"Bob{secrets.token_hex(4)}"
