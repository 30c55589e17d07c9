"""Sign-ins of the sandbox in the pool of real gateways, and what service, store and workers do with them.

Everything here is done from outside: the service is steered by its control, commands are the real program,
the store is read as the file it is. Two functions touch that file: `past_claims` makes time pass, and
`store_is_busy` holds the lock that any slow writer holds.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from typing_extensions import override

from support.observing import database, eventually, workers_of
from support.processes import ROOT, Gateway, Sandbox, clean_environment, request
from support.raw_http import Reply, message, receive

LIFETIME = 21_600.0
"""Seconds that an access token of the sandbox lives unless told."""
HELLO = {"model": "grok-4.3", "messages": [{"role": "user", "content": "say exactly: here"}]}
CHAT = "/chat/completions"
UPSTREAM = "/responses"
"""Where upstream answers chats."""
LOOKS = 1600
"""Looks at what may take as long as a heartbeat of the gateway; there are forty in a second."""


@dataclass
class Service:
    """The sandbox's sign-in service."""

    sandbox: Sandbox
    _offset: float = 0.0

    @property
    def url(self) -> str:
        return self.sandbox.base_url.removesuffix("/v1")

    def control(self, path: str, fields: Mapping[str, object] | None = None, method: str = "POST") -> Any:
        status, _, answer = request(method, self.sandbox.control_url + path, fields)
        assert status == 200, answer
        return json.loads(answer)

    def set(self, **settings: object) -> None:
        self.control("/oauth", settings)

    def reset(self) -> None:
        """Forget grants, settings, orders, faults and journal."""
        self.control("/oauth", method="DELETE")
        self.control("/accounts", method="DELETE")
        self.sandbox.clear()

    def issue(self, account: str, **more: object) -> dict[str, Any]:
        """Return the tokens of a sign-in that is there at once."""
        told: dict[str, Any] = self.control("/oauth/issue", {"account": account, **more})
        return told

    def family(self, account: str) -> dict[str, Any]:
        """Return the newest grant of an account."""
        found: dict[str, Any] = [
            each for each in self.control("/oauth", method="GET")["families"] if each["account"] == account
        ][-1]
        return found

    def refuse_access(self, account: str) -> None:
        """Revoke the access tokens given out so far; refresh tokens stay good."""
        assert self.control("/oauth/revoke", {"account": account, "access_only": True})["revoked"]

    def let_access_end(self) -> None:
        """Let every access token given out so far reach its end."""
        self._offset += LIFETIME + 1
        self.control("/clock", {"set_wall_offset": self._offset})

    def token_calls(self) -> list[dict[str, Any]]:
        """Return the journal's calls of the token endpoint."""
        return self.sandbox.calls("/oauth2/token")


class SeveralWorkers(Gateway):
    """A gateway that is given the time that many workers need to start on a busy machine."""

    @override
    def wait_ready(self, seconds: float = 100) -> None:
        try:
            super().wait_ready(seconds)
        except AssertionError:
            self.stop()
            raise


def settings(service: Service, **more: str) -> dict[str, str]:
    """Return the environment of a gateway whose sign-ins are the sandbox's."""
    return {"GROK2API_OAUTH__ENABLED": "true", "GROK2API_OAUTH__ISSUER": service.url, **more}


def start(directory: Path, service: Service, **more: str) -> Gateway:
    """Start a gateway; several of one directory are as many processes of one store."""
    return SeveralWorkers.start(
        directory, upstream=service.sandbox.base_url, environment=settings(service, **more)
    )


@contextmanager
def gateways(directory: Path, service: Service, count: int = 1, **more: str) -> Iterator[list[Gateway]]:
    """Run gateways of one store; whatever still runs at the end is stopped or killed."""
    with ExitStack() as stack:
        started: list[Gateway] = []
        for _ in range(count):
            started.append(start(directory, service, **more))
            stack.callback(end, started[-1])
        yield started


def end(gateway: Gateway) -> None:
    """End a gateway, however it stands."""
    if gateway.process.poll() is None:
        gateway.process.send_signal(signal.SIGCONT)
    gateway.stop()


def kill(gateway: Gateway) -> None:
    """End a gateway as a power cut would."""
    gateway.process.kill()
    gateway.process.wait(timeout=10)


def command(directory: Path, service: Service, *words: str) -> subprocess.Popen[str]:
    """Begin a command of the program on a gateway's store."""
    directory.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=directory,
        env=clean_environment(
            **settings(
                service,
                DATA_DIR=str(directory / "data"),
                SERVER_PORT="0",
                GROK2API_GROK__BASE_URL=service.sandbox.base_url,
            )
        ),
    )


def run(directory: Path, service: Service, *words: str, content: str = "", exits: int = 0) -> str:
    """Run a command to its end and return what it said on stdout."""
    with command(directory, service, *words) as process:
        told, said = process.communicate(content, timeout=100)
    assert process.returncode == exits, (told, said)
    return told


def sign_in(directory: Path, service: Service, account: str) -> str:
    """Sign an account in as its owner would, by code; return the line that the command printed."""
    with command(directory, service, "login", "--name", account) as process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        service.control("/oauth/approve", {"user_code": line.split(" ")[1], "account": account})
        rest, said = process.communicate(timeout=60)
    assert (process.returncode, rest) == (0, ""), said
    return line


def take_in(directory: Path, service: Service, *accounts: str) -> None:
    """Sign accounts in at the service and import them, tokens alive, as a file would bring them."""
    issued = [service.issue(account) for account in accounts]
    entries = [
        {name: each[name] for name in ("access_token", "refresh_token")} | {"name": each["account"]}
        for each in issued
    ]
    content = json.dumps(entries)
    import_file(directory, service, content, rows=len(accounts))


def import_file(directory: Path, service: Service, content: str, *, rows: int) -> None:
    """Import a file by the command line; every entry must be new."""
    told = run(directory, service, "credentials", "import", "-", "--json", content=content)
    assert json.loads(told)["counts"] == {"added": rows}, told


def disable(gateway: Gateway, service: Service, *names: str) -> None:
    """Switch sign-ins off by the command line, and wait until no worker uses them."""
    run(gateway.directory, service, "credentials", "disable", *names)
    eventually(lambda: _leaves_alone(gateway, service, names), f"{names} switched off", LOOKS)


def _leaves_alone(gateway: Gateway, service: Service, names: Collection[str]) -> bool:
    """Tell whether none of several requests to each worker is answered by any of these."""
    service.sandbox.clear()
    with lanes(gateway, len(names) + 1) as opened:
        every = [lane for group in opened.values() for lane in group]
        for lane in every:
            lane.ask()
        assert refusals(every) == []
    return served(service).isdisjoint(names)


def records(directory: Path) -> dict[str, dict[str, Any]]:
    """Return the credentials in the store by name."""
    return {
        str(row["name"]): row for row in _rows(directory, "SELECT * FROM credentials ORDER BY created_at")
    }


def record(directory: Path, name: str) -> dict[str, Any]:
    return records(directory)[name]


def intent(directory: Path, name: str) -> dict[str, Any] | None:
    """Return what is written down of a refresh that has not ended."""
    written = record(directory, name)["refresh_intent"]
    return json.loads(written) if written else None


def claim(directory: Path, name: str) -> dict[str, Any]:
    """Return a claim as it stands; nobody's if it was never made."""
    found = [row for row in _rows(directory, "SELECT * FROM claims") if row["name"] == name]
    return found[0] if found else {"name": name, "holder": "", "fence": 0, "until": 0.0}


def refresh_claim(directory: Path, name: str) -> dict[str, Any]:
    return claim(directory, f"refresh/{record(directory, name)['id']}")


def past_claims(directory: Path) -> None:
    """Let the claims that are held run out now, as they do by themselves when nobody renews them."""
    with closing(sqlite3.connect(database(directory), timeout=10)) as connection, connection:
        connection.execute("UPDATE claims SET until = 1.0 WHERE until > 1.0")


@contextmanager
def store_is_busy(directory: Path) -> Iterator[None]:
    """Hold the store's write lock for the length of the block."""
    with closing(sqlite3.connect(database(directory), timeout=10, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")


def _rows(directory: Path, query: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(f"file:{database(directory)}?mode=ro", uri=True, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query)]


def asked(service: Service, directory: Path, name: str) -> None:
    """Wait until the service has rotated and its answer is under way, and the store knows of the call."""
    eventually(lambda: intent(directory, name), f"the intent to refresh {name}", LOOKS)
    stored = record(directory, name)["generation"]
    eventually(lambda: service.family(name)["generation"] > stored, f"the rotation of {name}", LOOKS)


@dataclass(slots=True, eq=False)
class Lane:
    """A connection to one worker. Questions go out without waiting for answers."""

    worker: int
    connection: socket.socket
    gateway: Gateway

    def ask(self, text: str = "say exactly: here") -> None:
        """Send a question."""
        body = json.dumps(HELLO | {"messages": [{"role": "user", "content": text}]}).encode()
        sent = [*self.gateway.headers.items(), ("Content-Type", "application/json")]
        self.connection.sendall(message("POST", f"/v1{CHAT}", sent, body))

    def answer(self) -> Reply:
        """Return the answer to the oldest question that has none."""
        return receive(self.connection)


@contextmanager
def lanes(gateway: Gateway, each: int) -> Iterator[dict[int, list[Lane]]]:
    """Open so many connections to each worker of a gateway.

    Whoever accepts first gets a connection, so the other workers are held still for that moment.
    """
    pids = workers(gateway)
    with ExitStack() as stack:
        opened: dict[int, list[Lane]] = {}
        for pid in pids:
            with stopped(*(other for other in pids if other != pid)):
                opened[pid] = [stack.enter_context(_lane(gateway, pid)) for _ in range(each)]
        yield opened


@contextmanager
def _lane(gateway: Gateway, worker: int) -> Iterator[Lane]:
    address = urlsplit(gateway.url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        connection.sendall(message("GET", "/health"))
        assert receive(connection).status == 200
        yield Lane(worker, connection, gateway)


@contextmanager
def stopped(*pids: int) -> Iterator[None]:
    """Hold processes still for the length of the block (Linux only)."""
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        eventually(lambda: all(_state(pid) == "T" for pid in pids), "the standstill")
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def workers(gateway: Gateway) -> list[int]:
    """Return the processes that serve: the workers, or the gateway alone (Linux only)."""
    return workers_of(gateway.process.pid) or [gateway.process.pid]


def refusals(asked_on: Collection[Lane]) -> list[str]:
    """Read an answer from each lane, and return those that are no success."""
    answers = [lane.answer() for lane in asked_on]
    return [f"{each.status} {each.body.decode()}" for each in answers if each.status != 200]


def race(
    gateway: Gateway,
    service: Service,
    accounts: Sequence[str],
    each: int,
    ends: Callable[[Service], None],
) -> list[float]:
    """Let tokens end, ask so often over each worker at once; see one refresh of each, and good answers only.

    Returns:
        The seconds after which each answer was read.
    """
    before = [service.family(account) for account in accounts]
    seconds: list[float] = []
    with lanes(gateway, each) as opened:
        every = [lane for group in zip(*opened.values(), strict=True) for lane in group]
        ends(service)
        begun = time.monotonic()
        for lane in every:
            lane.ask()
        failed = []
        for lane in every:
            failed += refusals([lane])
            seconds.append(time.monotonic() - begun)
        assert not failed, (len(failed), failed[:3])
    for account, former in zip(accounts, before, strict=True):
        _refreshed_once(gateway.directory, service, account, former)
    return seconds


def _refreshed_once(directory: Path, service: Service, account: str, former: dict[str, Any]) -> None:
    """Check that one account got one new pair of tokens, and that the store has it."""
    wanted = former["generation"] + 1
    eventually(lambda: record(directory, account)["generation"] == wanted, f"new tokens of {account}", LOOKS)
    after, kept = service.family(account), record(directory, account)
    assert (after["generation"], after["refresh_calls"]) == (wanted, former["refresh_calls"] + 1)
    assert (after["reuse_detections"], after["revoked"]) == (0, False)
    assert (kept["status"], kept["refresh_dead"], kept["refresh_intent"]) == ("active", 0, "")


def take_turns(gateway: Gateway, service: Service, accounts: Sequence[str]) -> None:
    """Wait until every worker serves on each of these sign-ins: idle ones take turns."""
    for pid in workers(gateway):
        eventually(partial(_serves_on, gateway, service, pid, accounts), f"all in worker {pid}", LOOKS)


def _serves_on(gateway: Gateway, service: Service, worker: int, accounts: Sequence[str]) -> bool:
    service.sandbox.clear()
    with stopped(*(other for other in workers(gateway) if other != worker)):
        for _ in range(2 * len(accounts)):
            assert serves(gateway)
    return served(service) >= set(accounts)


def served(service: Service) -> set[str]:
    """Return the accounts on which upstream has answered."""
    return {row["account"] for row in service.sandbox.calls(UPSTREAM) if row["status"] == 200}


def serves(gateway: Gateway) -> bool:
    """Tell whether a request is answered."""
    return gateway.post(CHAT, HELLO)[0] == 200


def until(moment: float) -> None:
    """Wait for a moment of the wall clock that both the service and the gateway go by."""
    time.sleep(max(0.0, moment - time.time()))
