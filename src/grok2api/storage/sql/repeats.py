"""Verbs are done anew after a passing fault: a killed connection, a deadlock, a lost race of two changes.

A verb is a function of its arguments and of the store, so that a transaction that came to nothing can be
done again. Only where the connection broke in the commit itself does nobody know whether it came to nothing:
a verb that may not be done twice then says how to find out (`settled_by`).
Must never repeat what was refused for good, nor go on for long: whoever waits has a deadline.
"""

from __future__ import annotations

import asyncio
import random
import time
from functools import wraps
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar

from grok2api.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any

Store = TypeVar("Store")
Outcome = TypeVar("Outcome")
Arguments = ParamSpec("Arguments")

ATTEMPTS: Final = 6
PATIENCE: Final = 10.0
"""Seconds after which nothing is begun anew: a server that hangs is not waited for six times."""
_PAUSE: Final = 0.01


class Interrupted(StorageError):
    """A unit of work broke off through no fault of its own, and may be done again.

    Args:
        public_message: What a client may read.
        in_doubt: Whether it may nevertheless have been committed.
    """

    def __init__(self, public_message: str, *, in_doubt: bool) -> None:
        super().__init__(public_message)
        self.in_doubt = in_doubt


def repeating(store: type[Store]) -> type[Store]:
    """Let the public verbs of a class be done again after a passing fault, in doubt as well."""
    for name, verb in list(vars(store).items()):
        if not name.startswith("_") and iscoroutinefunction(verb) and not hasattr(verb, "__wrapped__"):
            setattr(store, name, _repeated(verb, None))
    return store


def settled_by(
    look: Callable[Concatenate[Any, Arguments], Awaitable[tuple[Outcome] | None]],
) -> Callable[
    [Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, Outcome]]],
    Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, Outcome]],
]:
    """Let a verb be done again after a passing fault; in doubt only if `look` does not find it done.

    Args:
        look: Called as the verb was; returns the verb's outcome in a tuple, or None if it was not done.
    """

    def decorate(
        verb: Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, Outcome]],
    ) -> Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, Outcome]]:
        return _repeated(verb, look)

    return decorate


def _repeated(
    verb: Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, Outcome]],
    look: Callable[Concatenate[Any, Arguments], Awaitable[tuple[Outcome] | None]] | None,
) -> Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, Outcome]]:
    @wraps(verb)
    async def repeated(store: Any, /, *args: Arguments.args, **named: Arguments.kwargs) -> Outcome:
        in_doubt, latest = False, time.monotonic() + PATIENCE
        for attempt in range(ATTEMPTS):
            try:
                if in_doubt and look is not None:
                    done = await look(store, *args, **named)
                    if done is not None:
                        return done[0]
                    in_doubt = False
                return await verb(store, *args, **named)
            except Interrupted as fault:
                in_doubt = in_doubt or fault.in_doubt
                if attempt == ATTEMPTS - 1 or time.monotonic() > latest:
                    raise
            if attempt:
                await asyncio.sleep(random.uniform(0, _PAUSE * 2**attempt))  # noqa: S311  spreads the load
        raise AssertionError("unreachable")

    return repeated
