"""A gateway whose pool is made anew for every drill, and an operator who looks at it and puts it right.

The pool is filled through the admin API, as an operator fills it, so that every credential has a name that
upstream's journal knows too. Questions that the gateway asks about credentials by itself are made rare:
they are not what is drilled.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from support.load import CHAT, Ask, Outcome, send_all
from support.observing import chat_text, events_of, eventually
from support.processes import Gateway, Sandbox, request, run_command

MODEL, UPSTREAM_MODEL = "grok-3", "grok-4.3"
OTHER_MODEL = "grok-4"
SURFACE = {"path": "/responses"}
"""The only calls that faults are ordered for: those that serve clients."""
PASSWORD = "a password of the operator"
QUIET = {
    "GROK2API_APP__APP_KEY": PASSWORD,
    "GROK2API_POOL__POLL_SECONDS": "0.1",
    "GROK2API_POOL__CHECKS_PER_SECOND": "0.1",
    "GROK2API_GROK__RETRY_BUDGET": "10",
    "GROK2API_GROK__RETRY_BACKOFF_BASE": "0",
    "GROK2API_PERFORMANCE__QUEUE_WAIT": "0",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client got."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def error(self) -> dict[str, Any]:
        """The error of OpenAI's envelope."""
        error: dict[str, Any] = json.loads(self.content)["error"]
        return error

    @property
    def text(self) -> str:
        """The text of a chat answer, streamed or whole."""
        if self.headers["content-type"].startswith("text/event-stream"):
            return chat_text(events_of(self.content))
        return str(json.loads(self.content)["choices"][0]["message"]["content"])

    @property
    def retry_after(self) -> int:
        """The seconds that the client is told to wait."""
        return int(self.headers["retry-after"])


@dataclass(slots=True)
class Drill:
    """A gateway under drill, its upstream, and its operator."""

    gateway: Gateway
    sandbox: Sandbox
    token: str = field(default="", repr=False)

    def admin(self, method: str, path: str, body: object = None) -> Any:
        """Ask the admin API for something that must succeed."""
        status, _, content = request(
            method, f"{self.gateway.url}/admin/api{path}", body, headers=self._authorised()
        )
        assert status < 300, (status, content)
        return json.loads(content) if content else None

    def _authorised(self) -> dict[str, str]:
        if not self.token:
            url = f"{self.gateway.url}/admin/api/session"
            status, _, content = request("POST", url, {"password": PASSWORD})
            assert status == 200, content
            self.token = json.loads(content)["token"]
        return {"Authorization": f"Bearer {self.token}"}

    def credentials(self) -> dict[str, dict[str, Any]]:
        """Return what the admin API shows of every credential, by name."""
        return {row["name"]: row for row in self.admin("GET", "/credentials?limit=500")["data"]}

    def live(self) -> dict[str, str]:
        """Return the state of every credential as the worker itself sees it, by name."""
        return {name: row["live"]["status"] for name, row in self.credentials().items() if row["live"]}

    def size(self) -> int:
        """Return how many credentials the worker has; one that was deleted it has until it looks."""
        return int(self.admin("GET", "/pool")["total"])

    def statuses(self) -> Counter[str]:
        """Return how many credentials the worker sees in each state."""
        return Counter(self.live().values())

    def fill(self, names: Iterable[str], each: Callable[[str], dict[str, Any]] = lambda _: {}) -> None:
        """Replace the whole pool by the sandbox keys of these names, and wait until the worker has them.

        Args:
            names: Of the sandbox's accounts; the credentials are called so too.
            each: Gives further fields of a credential.
        """
        self.empty()
        wanted = {name: each(name) for name in names}
        if any(wanted.values()):
            for name, fields in wanted.items():
                self.add(name, **fields)
        else:
            self._import(wanted)
        eventually(lambda: self.live().keys() == wanted.keys(), "the new pool")
        self.sandbox.clear()

    def add(self, name: str, **fields: Any) -> None:
        """Add the sandbox key of this name."""
        self.admin("POST", "/credentials", {"key": f"xai-sandbox-{name}", "name": name, **fields})

    def _import(self, names: Iterable[str]) -> None:
        """Add the sandbox keys of these names, all in one go."""
        lines = ["key,name", *(f"xai-sandbox-{name},{name}" for name in names)]
        url = f"{self.gateway.url}/admin/api/credentials/import?file_name=pool.csv"
        headers = self._authorised() | {"Content-Type": "text/csv"}
        status, _, content = request("POST", url, "\n".join(lines).encode(), headers=headers)
        assert status < 300, (status, content)

    def empty(self) -> None:
        """Delete every credential."""
        if self.credentials():
            self.admin("POST", "/credentials/bulk", {"action": "delete", "filter": {"everything": True}})
        eventually(lambda: not self.size(), "an empty pool")

    def clear(self) -> None:
        """End every rest, and wait until the worker has noticed."""
        self.admin("POST", "/credentials/bulk", {"action": "clear-cooldown", "filter": {"everything": True}})
        eventually(lambda: self.statuses().keys() <= {"active"}, "the end of every rest")

    def ask(
        self,
        text: str = "hello",
        *,
        model: str = MODEL,
        stream: bool = False,
        key: str = "",
        **headers: str,
    ) -> Answer:
        """Send one chat request; a header's name is written with underscores."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        said = {"model": model, "stream": stream, "messages": [{"role": "user", "content": text}]}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        return Answer(*self.gateway.post(CHAT, said, **headers))

    def served_by(self) -> list[str]:
        """Return the names of the credentials that upstream was called with, in order."""
        return [call["account"] for call in self.sandbox.calls(SURFACE["path"])]

    def explain(self, answer: Answer) -> dict[str, Any]:
        """Return the decision trace of a request, once it is written."""
        url = f"{self.gateway.url}/admin/api/requests/{answer.headers['x-request-id']}/explain"

        def told() -> Any:
            status, _, content = request("GET", url, headers=self._authorised())
            return json.loads(content) if status == 200 else None

        found: dict[str, Any] = eventually(told, "the trace")
        return found

    def faults_of(self, answer: Answer) -> list[tuple[str, str, int]]:
        """Return (credential's name, fault, upstream's status) of each attempt at a request."""
        names = {row["id"]: name for name, row in self.credentials().items()}
        told = self.explain(answer)["decisions"]
        return [(names.get(each["chosen"], ""), each["fault"], each["status"]) for each in told]

    def load(self, asks: Iterable[Ask], *, at_once: int) -> list[Outcome]:
        """Send requests, so many at a time."""
        return asyncio.run(send_all(self.gateway, asks, at_once=at_once))

    def command(self, *words: str) -> str:
        """Run the command line beside the server, and return what it prints."""
        return run_command(self.gateway.directory, *words)


@contextmanager
def drilling(directory: Path, sandbox: Sandbox, *, upstream: str = "", **settings: object) -> Iterator[Drill]:
    """Run a gateway with an empty pool for as long as the block runs.

    Args:
        directory: Where it works.
        sandbox: Its upstream.
        upstream: Another address under which that is reached.
        settings: Settings by the names of their variables, without what all of ours begin with.
    """
    environment = QUIET | {f"GROK2API_{name}": str(value) for name, value in settings.items()}
    gateway = Gateway.start(directory, upstream=upstream or sandbox.base_url, environment=environment)
    try:
        yield Drill(gateway, sandbox)
    finally:
        gateway.stop()


def order_account(sandbox: Sandbox, **facts: object) -> None:
    """Order facts about an account of the sandbox, by `name` or `team`."""
    status, _, content = request("POST", sandbox.control_url + "/accounts", facts)
    assert status == 200, content


def forget_orders(sandbox: Sandbox) -> None:
    """Take back all faults, facts and the journal."""
    request("DELETE", sandbox.control_url + "/accounts")
    sandbox.clear()


def asks(name: str, count: int, *, stream: bool = False) -> Iterator[Ask]:
    """Yield short chat requests that differ from each other."""
    for number in range(count):
        tag = f"{name}-{number:05d}"
        messages = [{"role": "user", "content": f"say exactly: {tag}"}]
        content = json.dumps({"model": MODEL, "stream": stream, "messages": messages}).encode()
        yield Ask(tag=tag, path=CHAT, content=content, stream=stream, says=tag)


def code_of(outcome: Outcome) -> str:
    """Return the code of the error that a request of a load ended with; empty if it was answered."""
    return "" if outcome.status == 200 else str(json.loads(outcome.body)["error"]["code"])


def fail_some_calls(sandbox: Sandbox, *, share: float, calls: int, seed: int, status: int = 503) -> None:
    """Let a share of the next calls fail, drawn anew for every call; all later ones succeed.

    A rule that holds nothing back lets a call pass, so that rules of one use each are a sequence.
    """
    chance = Random(seed)  # noqa: S311  a run that can be repeated
    fates = [chance.random() < share for _ in range(calls)]
    for fails, run in itertools.groupby(fates):
        times = len(list(run))
        if fails:
            sandbox.scenario("status", status=status, match=SURFACE, times=times)
        else:
            sandbox.scenario("slow_first_byte", delay=0, match=SURFACE, times=times)
