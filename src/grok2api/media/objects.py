"""Media in object storage: S3 and what speaks like it, Google Cloud Storage, Azure.

The only module that knows obstore. Bytes are read block by block with requests of their own, so that a slow
client holds no connection to the storage. Must never let an error of the storage out as it is: it may hold
addresses and headers.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url

from grok2api.errors import ConfigError, MediaStoreError
from grok2api.media.backends import BLOCK, Gone, Held
from grok2api.observability.logging import get_logger

_log = get_logger("grok2api.media")

_FETCHED: Final = 2 * 1024 * 1024
"""Bytes that one request reads."""
_PART: Final = 5 * 1024 * 1024
"""Bytes of one part of an upload; the least that S3 takes."""
_RETRIES: Final = 3
_PATIENCE: Final = timedelta(seconds=60)
"""How long one request is repeated for; obstore itself gives up one try after half a minute."""
_PAGE: Final = 1000


def open_bucket(url: str, namespace: str) -> ObjectStorage:
    """Return the bucket of a setting; nothing is asked of it yet.

    Args:
        url: As `media.store_url` takes it.
        namespace: Under which name this service keeps its own there.

    Raises:
        ConfigError: the address or the credentials in the environment cannot be right.
    """
    try:
        return ObjectStorage(_opened(url), namespace)
    except (BaseError, ValueError, OSError) as error:
        raise ConfigError(
            f"media.store_url = '{url}': {_reason(error)}. Fix: check the address, and the variables "
            "that hold its credentials (see docs/media.md)."
        ) from None


class ObjectStorage:
    """Objects under one name of a bucket."""

    def __init__(self, store: ObjectStore, namespace: str) -> None:
        self._store = store
        self._namespace = namespace

    async def take(self, file: Path, name: str, /) -> None:
        """Copy a file into the bucket; an upload that breaks off leaves no object."""
        with _faults():
            await obstore.put_async(self._store, self._path(name), file, chunk_size=_PART, max_concurrency=1)

    async def size(self, name: str, /) -> int | None:
        """Return the bytes under a name; None if there is nothing."""
        try:
            with _faults():
                return (await obstore.head_async(self._store, self._path(name)))["size"]
        except FileNotFoundError:
            return None

    async def read(self, name: str, start: int, end: int, /) -> AsyncGenerator[bytes, None]:
        """Yield the bytes from `start` up to `end`."""
        while start < end:
            stop = min(start + _FETCHED, end)
            try:
                with _faults():
                    got = await obstore.get_range_async(self._store, self._path(name), start=start, end=stop)
            except FileNotFoundError:
                raise Gone from None
            block = memoryview(got)
            if not block:
                return
            for at in range(0, len(block), BLOCK):
                yield bytes(block[at : at + BLOCK])
            start += len(block)

    async def delete(self, name: str, /) -> bool:
        """Forget what is under a name; a storage that does not say whether it was there counts as yes."""
        try:
            with _faults():
                await obstore.delete_async(self._store, self._path(name))
        except FileNotFoundError:
            return False
        return True

    async def listed(self, bucket: str, /) -> tuple[Held, ...]:
        """Return what lies in a folder."""
        held: list[Held] = []
        with _faults():
            pages = obstore.list(self._store, prefix=self._path(bucket), chunk_size=_PAGE)
            async for page in pages:
                held += [
                    Held(
                        str(each["path"]).removeprefix(f"{self._namespace}/"),
                        each["last_modified"].timestamp(),
                    )
                    for each in page
                ]
        return tuple(held)

    def _path(self, name: str) -> str:
        return f"{self._namespace}/{name}"


def _opened(url: str) -> ObjectStore:
    if url.startswith("memory://"):
        return MemoryStore()
    if url.startswith("file://"):
        return LocalStore.from_url(url, mkdir=True)
    return from_url(url, retry_config={"max_retries": _RETRIES, "retry_timeout": _PATIENCE})


@contextmanager
def _faults() -> Iterator[None]:
    """Turn what the storage raises into what is raised here; what is missing stays FileNotFoundError."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        _log.error("object storage failed", reason=_reason(error))
        raise MediaStoreError("The server's object storage for media does not answer as it should.") from None


def _reason(error: Exception) -> str:
    """Return the first line of an error: what follows it are the insides of a request."""
    return str(error).partition("\n")[0][:300]
