"""Stores to copy from and to: each pair of backends, the same backend twice included."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.storage.open import open_records
from grok2api.storage.open_porter import StoreAddress, StoreKind, open_porter
from grok2api.storage.stores import Records
from grok2api.storage.transfer.porter import Porter
from support.lent_databases import Shelf
from support.redis_server import forget_keys, new_prefix, redis_url

KINDS: tuple[StoreKind, ...] = ("local", "pgsql", "mysql", "redis")


@dataclass
class Place:
    """One store of a test's own."""

    address: StoreAddress
    directory: Path
    stack: AsyncExitStack

    async def records(self) -> Records:
        """Open it as a server does, with this version's schema."""
        redis = self.address.kind == "redis"
        records = await open_records(
            self.address.kind,
            "" if redis else self.address.url,
            self.directory,
            redis_url=self.address.url if redis else "",
            redis_prefix=self.address.prefix,
        )
        self.stack.push_async_callback(records.close)
        return records

    async def porter(self, *, upgrading: bool = True) -> Porter:
        porter = await open_porter(self.address, self.directory, upgrading=upgrading)
        self.stack.push_async_callback(porter.close)
        return porter


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def shelf() -> Iterator[Shelf]:
    with ExitStack() as made:
        yield Shelf(made)


@pytest.fixture
async def make_place(tmp_path: Path, shelf: Shelf) -> AsyncIterator[Callable[[StoreKind], Awaitable[Place]]]:
    """Return a function that makes an empty store of a kind."""
    with ExitStack() as made:
        async with AsyncExitStack() as opened:

            async def make(kind: StoreKind) -> Place:
                return Place(address_of(kind, tmp_path, made, shelf), tmp_path, opened)

            yield make


def address_of(kind: StoreKind, directory: Path, made: ExitStack, shelf: Shelf) -> StoreAddress:
    """Make a place for a store, which goes when `made` is closed."""
    if kind == "local":
        return StoreAddress("local", f"sqlite:///{directory}/{secrets.token_hex(4)}.db", "")
    if kind == "redis":
        url, prefix = redis_url(), new_prefix()
        made.callback(forget_keys, url, prefix)
        return StoreAddress("redis", url, prefix)
    return StoreAddress(kind, made.enter_context(shelf.lent(kind)).url, "")


@pytest.fixture
def box() -> SecretBox:
    return SecretBox(KeyRing("the secret key of these tests, long enough"))
