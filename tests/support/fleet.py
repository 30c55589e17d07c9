"""Several hosts with several workers each, on one store: what an operator of a large installation has.

Each host is the real program with a data directory of its own; what they share is the store, a secret key,
and a Redis if asked for. Clients reach them one by one, or through a balancer that does what balancers do:
they ask `/ready`, and send nothing to a host that says no. Upstream is behind a turnstile that counts.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import aiohttp

from grok2api.kit.secretbox import KeyRing
from grok2api.server.sharing import FLEET_PURPOSE
from grok2api.storage.open import open_records
from grok2api.storage.redis_state.state import open_redis_state
from grok2api.storage.stores import Records
from support.database_servers import made_database, run
from support.load import Ask, Outcome, send_all
from support.metrics_page import TOKEN
from support.observing import eventually
from support.pool_faults import QUIET, Drill, asks
from support.processes import CLIENT_KEY, Gateway, Sandbox, request
from support.redis_server import forget_keys, new_prefix, redis_url
from support.sign_ins import workers
from support.turnstile import Turnstile, turnstile

StoreKind = Literal["local", "pgsql", "mysql", "redis"]
Result = TypeVar("Result")
LEADER = "leader"
"""Name of the claim."""
_LEADS = ("this worker leads", "another worker leads")
LOOKS = 2400
"""Looks at what may take as long as a worker's start on a busy machine; there are forty in a second."""
_HELLO = {"model": "grok-3", "messages": [{"role": "user", "content": "hello"}]}


@dataclass(frozen=True, slots=True)
class Ground:
    """The store that the hosts of a fleet stand on."""

    kind: StoreKind
    url: str = ""
    redis: str = ""
    prefix: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings that lead to it."""
        if self.kind == "redis":
            return {
                "SERVER_STORAGE_TYPE": "redis",
                "REDIS_URL": self.redis,
                "GROK2API_STORAGE__REDIS_PREFIX": self.prefix,
            }
        return {"DATABASE_URL": self.url}

    def look(self, work: Callable[[Records], Awaitable[Result]]) -> Result:
        """Return what `work` finds in the store, over a connection of its own."""

        async def once() -> Result:
            records = await open_records(
                self.kind, self.url, Path(), redis_url=self.redis, redis_prefix=self.prefix
            )
            try:
                return await work(records)
            finally:
                await records.close()

        return run(once)


@contextmanager
def ground(kind: StoreKind, directory: Path) -> Iterator[Ground]:
    """Make an empty store for as long as the block runs; a test without its server is skipped."""
    if kind == "local":
        directory.mkdir(parents=True, exist_ok=True)
        yield Ground(kind, f"sqlite:///{directory}/fleet.db")
    elif kind == "redis":
        url, prefix = redis_url(), new_prefix()
        try:
            yield Ground(kind, redis=url, prefix=prefix)
        finally:
            forget_keys(url, prefix)
    else:
        with made_database(kind) as database:
            yield Ground(kind, database.url)


@dataclass(slots=True)
class Fleet:
    """The hosts, what they stand on, and who looks after them."""

    ground: Ground
    directory: Path
    sandbox: Sandbox
    stile: Turnstile
    environment: dict[str, str]
    client_key: str | None = CLIENT_KEY
    hosts: list[Gateway] = field(default_factory=list)
    _operator: Drill | None = None

    @property
    def operator(self) -> Drill:
        """Return whoever asks the admin API of the first host."""
        if self._operator is None:
            self._operator = Drill(self.hosts[0], self.sandbox)
        self._operator.gateway = self.hosts[0]
        return self._operator

    def start(self, place: int, port: int | None = None) -> Gateway:
        """Start the host of this number."""
        return Gateway.start(
            self.directory / f"host{place}",
            upstream=self.stile.url,
            client_key=self.client_key,
            environment=self.environment,
            port=port,
        )

    def start_together(self, hosts: int) -> None:
        """Start so many hosts at the same moment."""
        with ThreadPoolExecutor(hosts) as pool:
            starting = [pool.submit(self.start, place) for place in range(hosts)]
            failures = [each.exception() for each in starting if each.exception() is not None]
            self.hosts = [each.result() for each in starting if each.exception() is None]
        if failures:
            self.stop()
            raise failures[0] or AssertionError

    def replace(self, place: int) -> None:
        """Stop a host as its supervisor does, and start it again at the same address."""
        old = self.hosts[place]
        assert old.stop() == 0
        self.hosts[place] = self.start(place, urlsplit(old.url).port)

    def stop(self) -> None:
        """Stop all hosts."""
        with ThreadPoolExecutor(max(1, len(self.hosts))) as pool:
            list(pool.map(Gateway.stop, self.hosts))

    def fill(self, *names: str, **fields: Any) -> None:
        """Let the pool consist of the sandbox keys of these names; every host serves then."""
        self.operator.fill(names, lambda _: fields)
        for host in self.hosts:
            eventually(partial(served, host), "a host that serves", LOOKS)
        self.stile.forget()

    def places_taken(self) -> int:
        """Return how many places of the first credential are taken, as the shared Redis has it."""
        credential = next(iter(self.operator.credentials().values()))["id"]
        word = KeyRing(self.environment["GROK2API_SECRET_KEY"]).derive(FLEET_PURPOSE, 8).hex()

        async def count() -> int:
            async with open_redis_state(redis_url(), prefix=f"grok2api:{{{word}}}", timeout=5) as state:
                return await state.count(credential)

        return asyncio.run(count())

    def load(
        self, name: str, count: int, *, at_once: int, seen: Callable[[Outcome], bool] = lambda _: True
    ) -> list[Outcome]:
        """Send requests to all hosts at the same time, to each its part."""
        shares = len(self.hosts)

        async def send() -> list[Outcome]:
            parts = await asyncio.gather(
                *(
                    send_all(host, asks(f"{name}-{n}", count // shares), at_once=at_once // shares, seen=seen)
                    for n, host in enumerate(self.hosts)
                )
            )
            return list(itertools.chain(*parts))

        return asyncio.run(send())


@contextmanager
def fleet(
    directory: Path,
    sandbox: Sandbox,
    *,
    store: StoreKind = "pgsql",
    hosts: int = 2,
    workers: int = 2,
    shared: bool = True,
    client_key: str | None = CLIENT_KEY,
    settings: Mapping[str, object] = MappingProxyType({}),
) -> Iterator[Fleet]:
    """Run a fleet with an empty pool for as long as the block runs.

    Args:
        directory: Where its hosts have their directories.
        sandbox: Their upstream, behind a turnstile.
        store: What they stand on.
        hosts: How many there are; 0 starts none.
        workers: Of each host.
        shared: Whether they share a Redis beside the store.
        client_key: The configured one; None lets the first start make one.
        settings: Settings by the names of their variables, without what all of ours begin with.
    """
    with ExitStack() as stack:
        place = stack.enter_context(ground(store, directory))
        stile = stack.enter_context(turnstile(sandbox.base_url))
        common: dict[str, object] = {
            "SECRET_KEY": secrets.token_hex(32),
            "SERVER__WORKERS": workers,
            "METRICS__TOKEN": TOKEN,
            "STORAGE__REDIS_TIMEOUT_MS": 5000,
        }
        environment = QUIET | {
            f"GROK2API_{name}": str(value) for name, value in (common | dict(settings)).items()
        }
        if shared:
            environment["REDIS_URL"] = redis_url()
        made = Fleet(place, directory, sandbox, stile, environment | place.environment, client_key)
        made.start_together(hosts) if hosts else None
        try:
            yield made
        finally:
            stile.let_go()
            made.stop()


def served(host: Gateway, times: int = 4) -> bool:
    """Tell whether several requests in a row, on connections of their own, are answered."""
    return all(host.post("/chat/completions", _HELLO)[0] == 200 for _ in range(times))


def says_ready(host: Gateway) -> tuple[int, dict[str, Any]]:
    """Return what `/ready` of a host says."""
    status, _, body = request("GET", f"{host.url}/ready")
    return status, json.loads(body)


@dataclass(slots=True)
class Balancer:
    """Gives each request to the next host that was ready at the last look.

    Args:
        hosts: As they are at the moment; a host that is replaced keeps its address.
        every: Seconds between two looks.
    """

    hosts: Callable[[], Iterable[Gateway]]
    every: float = 0.1
    outcomes: list[Outcome] = field(default_factory=list)
    progress: asyncio.Condition = field(default_factory=asyncio.Condition)
    _ready: list[Gateway] = field(default_factory=list)
    _turn: int = 0

    async def watch(self) -> None:
        """Look at every host, until cancelled."""
        timeout = aiohttp.ClientTimeout(total=2)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                hosts = list(self.hosts())
                fit = await asyncio.gather(*(self._is_ready(session, host) for host in hosts))
                self._ready = [host for host, ready in zip(hosts, fit, strict=True) if ready]
                await asyncio.sleep(self.every)

    async def send(self, load: Iterable[Ask], *, at_once: int, go_on: Callable[[], bool]) -> None:
        """Send requests, so many at a time, over connections that are kept, until `go_on` says no."""
        waiting = iter(load)
        connector = aiohttp.TCPConnector(limit=0)
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(at_once):
                group.create_task(self._send(session, waiting, go_on))

    async def _send(
        self, session: aiohttp.ClientSession, waiting: Iterator[Ask], go_on: Callable[[], bool]
    ) -> None:
        while go_on():
            if not self._ready:
                await asyncio.sleep(self.every)
                continue
            self._turn += 1
            host, ask = self._ready[self._turn % len(self._ready)], next(waiting)
            status, body = 0, b""
            headers = {**host.headers, "Content-Type": "application/json", "X-Request-Id": ask.tag}
            try:
                async with session.post(
                    host.base_url + ask.path, data=ask.content, headers=headers
                ) as answer:
                    body = await answer.read()
                    status = answer.status
            except aiohttp.ClientError as error:
                body = repr(error).encode()
            async with self.progress:
                self.outcomes.append(Outcome(ask, status, body, asyncio.get_running_loop().time()))
                self.progress.notify_all()

    async def reaches(self, count: int) -> None:
        """Return once so many requests have ended."""
        async with self.progress:
            await self.progress.wait_for(lambda: len(self.outcomes) >= count)

    @staticmethod
    async def _is_ready(session: aiohttp.ClientSession, host: Gateway) -> bool:
        try:
            async with session.get(f"{host.url}/ready", headers={"Connection": "close"}) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False


def leader(hosts: Fleet) -> str:
    """Return who leads, as the store has it; empty if nobody does."""

    async def read(records: Records) -> str:
        return await records.claims.holder(LEADER, now=time.time()) or ""

    return hosts.ground.look(read)


def leading(hosts: Fleet) -> list[tuple[int, Gateway]]:
    """Return the processes that say of themselves that they lead, with their hosts."""
    running = [(pid, host) for host in hosts.hosts for pid in workers(host)]
    return [(pid, host) for pid, host in running if last_words(host, pid) == "this worker leads"]


def last_words(host: Gateway, pid: int) -> str:
    """Return what a process said last about who leads."""
    lines = [line for line in host.log.read_text().splitlines() if "worker leads" in line]
    mine = [line for line in lines if re.search(rf"pid\W+{pid}\b", line)]
    return next((words for words in _LEADS if mine and words in mine[-1]), "")
