"""What Redis's errors mean to people: one sentence each, with what to do where somebody can do something.

Must never show an address, a password or what a command was about: these sentences reach clients.
"""

from __future__ import annotations

import re
from typing import Final

from redis import exceptions

from grok2api.errors import StorageError

UNAVAILABLE: Final = "The store is not available at the moment; try again shortly."
LOADING: Final = "Redis is still loading its data; try again shortly."
REFUSED: Final = "Redis refuses the password: set REDIS_PASSWORD, or the password in REDIS_URL, to its own."

_SENTENCES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (exceptions.AuthenticationError, REFUSED),
    (exceptions.AuthenticationWrongNumberOfArgsError, REFUSED),
    (exceptions.BusyLoadingError, LOADING),
    (
        exceptions.OutOfMemoryError,
        "Redis is full (maxmemory) and takes nothing new: give it more memory, or delete what is not needed.",
    ),
    (
        exceptions.ReadOnlyError,
        "Redis takes no changes, because it is a replica: let REDIS_URL name the primary.",
    ),
    (
        exceptions.NoPermissionError,
        "Redis does not let its user do what is needed: give it the rights in docs/redis.md, on the keys and "
        "the channels of grok2api.",
    ),
    (exceptions.ClusterError, "Redis Cluster cannot keep the records: let REDIS_URL name a single Redis."),
    (exceptions.MovedError, "Redis Cluster cannot keep the records: let REDIS_URL name a single Redis."),
)
_MISCONFIGURED: Final = "MISCONF"
_BUSY: Final = "BUSY"
_LINE: Final = re.compile(r"user_script:\d+")
"""Where a script went wrong; the rest of such an error may quote what it worked on."""


def storage_error(error: Exception) -> StorageError:
    """Return what to raise in the place of an error of the driver or of the network."""
    for kind, sentence in _SENTENCES:
        if isinstance(error, kind):
            return StorageError(sentence)
    code = str(error).partition(" ")[0]
    if isinstance(error, exceptions.ResponseError) and code == _MISCONFIGURED:
        return StorageError("Redis cannot write to its disk and takes no changes: see the log of Redis.")
    if isinstance(error, exceptions.ResponseError) and code != _BUSY:
        line = _LINE.search(str(error))
        where = f"{code}, {line[0]}" if line else code
        return StorageError(f"Redis refused a command of grok2api ({where}).")
    return StorageError(UNAVAILABLE)


def is_passing(error: StorageError) -> bool:
    """Tell whether another try makes sense by itself."""
    return error.public_message in {UNAVAILABLE, LOADING}


def may_be_told(error: Exception) -> bool:
    """Tell whether the driver's own words may stand in a log: a refused command may be quoted in them."""
    refused = isinstance(error, exceptions.ResponseError)
    return not refused or isinstance(error, exceptions.OutOfMemoryError | exceptions.ReadOnlyError)
