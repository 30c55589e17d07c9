"""One command's stay in the store: settings, key ring and store are opened, used by one function, closed.

What a command changes reaches running servers by itself: they follow the store's revisions; and it is told
to the audit before it is made, so that one of which nothing can be written is not made. Must never leave the
store open, and must never be imported for a help text alone: it brings a database along.
"""

from __future__ import annotations

import asyncio
import getpass
import os
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from grok2api.cli.options import load_settings
from grok2api.config.settings import Settings
from grok2api.errors import StorageError
from grok2api.kit.clock import SystemClock
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.server.secret_key import load_key_ring
from grok2api.storage.stores import Records

if TYPE_CHECKING:
    from grok2api.operations.pooling import PoolOperations
    from grok2api.storage.records import Credential

_MOST_TOLD: Final = 500
"""Ids that the audit is told at once."""

Result = TypeVar("Result")


@dataclass(slots=True)
class Note:
    """What a command tells the audit of its change; secrets are masked when it is written."""

    target: str = ""
    before: dict[str, object] = field(default_factory=dict)
    after: dict[str, object] = field(default_factory=dict)

    def of(self, credentials: Sequence[Credential], **more: object) -> None:
        """Tell which credentials are meant."""
        ids = [each.id for each in credentials[:_MOST_TOLD]]
        self.target = ids[0] if len(credentials) == 1 else ""
        self.after = {"credentials": len(credentials), "ids": ids, **more}


@dataclass(frozen=True, slots=True)
class Session:
    """What a command works with."""

    settings: Settings
    ring: KeyRing = field(repr=False)
    box: SecretBox = field(repr=False)
    records: Records
    now: float
    """Wall time at which the command began, in seconds."""
    note: Note = field(default_factory=Note)

    @property
    def pepper(self) -> bytes:
        """Key of the credentials' fingerprints."""
        from grok2api.server.prepare import FINGERPRINT_PURPOSE  # noqa: PLC0415  brings a database along

        return self.ring.derive(FINGERPRINT_PURPOSE)

    @property
    def pool(self) -> PoolOperations:
        """What can be done to the pool."""
        from grok2api.operations.pooling import PoolOperations  # noqa: PLC0415  not needed by every command

        return PoolOperations(self.records, box=self.box, pepper=self.pepper, clock=SystemClock())


def with_store(
    config_file: Path | None, work: Callable[[Session], Awaitable[Result]], *, writes: str = ""
) -> Result:
    """Open the store of the settings, and return what `work` returns.

    Args:
        config_file: Where the settings are.
        work: Uses the store.
        writes: How the audit calls what `work` changes, such as `keys.create`; empty if it changes nothing.

    Raises:
        ConfigError: the settings or the store cannot be used.
        StorageError: the store did not answer, or the audit could not be written.
    """
    settings = load_settings(config_file).settings
    return asyncio.run(_with_store(settings, work, writes))


async def _with_store(
    settings: Settings, work: Callable[[Session], Awaitable[Result]], writes: str
) -> Result:
    from grok2api.observability.logging import configure_logging  # noqa: PLC0415  a help text must not wait
    from grok2api.server.prepare import open_store  # noqa: PLC0415  for these, least of all for a database
    from grok2api.storage.root import rooted_ring  # noqa: PLC0415

    configure_logging("error", "console")
    ring = load_key_ring(settings)
    records = await open_store(settings, ring)
    try:
        ring = await rooted_ring(ring, records.meta)
        session = Session(settings, ring, SecretBox(ring), records, time.time())
        return await (_audited(session, work, writes) if writes else work(session))
    finally:
        await records.close()


async def _audited(session: Session, work: Callable[[Session], Awaitable[Result]], action: str) -> Result:
    """Tell the audit that a change begins, make it, and tell what came of it."""
    from grok2api.operations.auditing import Actor, AuditTrail, Deed  # noqa: PLC0415  only changes need it

    trail = AuditTrail(session.records.audit, session.ring, SystemClock())
    actor = Actor(name=_person(), role="owner", way="cli", address=socket.gethostname())
    begun = await trail.begin(Deed(actor=actor, action=action))
    note = session.note
    try:
        result = await work(session)
    except BaseException:
        with suppress(StorageError):
            await trail.end(begun, outcome="failed", target=note.target, after=note.after)
        raise
    try:
        await trail.end(begun, outcome="done", target=note.target, before=note.before, after=note.after)
    except StorageError as error:
        click.echo(f"warning: the change is made, its end is not in the audit: {error}", err=True)
    return result


def _person() -> str:
    """Return who runs the command, as the machine knows him."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
