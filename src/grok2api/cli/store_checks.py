"""Looks at the store without changing it: is it there, is its schema current, does everything open?

Each answer is one finding, so that `db verify` and `doctor` say the same. Must never make a store, a key
file or a directory: what is not there yet is told, not mended.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from grok2api.cli.session import Session
from grok2api.config.settings import Settings
from grok2api.errors import ConfigError, StorageError
from grok2api.kit.secretbox import SecretBox
from grok2api.operations.views import open_secret
from grok2api.server.secret_key import load_key_ring
from grok2api.storage.canary import check_canary
from grok2api.storage.open import open_records, sql_place
from grok2api.storage.open_redis import examine_redis_records
from grok2api.storage.root import rooted_ring
from grok2api.storage.sql.migrate import is_current
from grok2api.storage.sql.place import Place
from grok2api.storage.sql.sqlite import SqlitePlace
from grok2api.storage.stores import Records
from grok2api.storage.transfer.fence import FACT as MIGRATION_FACT
from grok2api.storage.transfer.fence import decode_mark, unfinished

State = Literal["ok", "mend", "hint"]
KEY_FILE = "secret.key"
_CANARY = "canary"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check and what came of it: `mend` needs somebody to act, `hint` is worth knowing."""

    check: str
    state: State
    message: str


@dataclass(frozen=True, slots=True)
class Look:
    """A store from outside.

    Attributes:
        place: Its file or its address, without a password.
        present: Whether there is one.
        current: Whether its schema is this version's.
        remarks: What to know about the server that keeps it.
    """

    place: str
    present: bool
    current: bool
    remarks: tuple[Finding, ...] = ()


_UNSEALED = Finding("canary", "ok", "nothing is sealed yet")
More = Callable[[Session], Awaitable[list[Finding]]]


def store_place(settings: Settings) -> Place:
    """Return where the SQL store is; ConfigError if the store is another one, or its URL leads nowhere."""
    return sql_place(settings.storage.type, settings.storage.url, Path(settings.storage.data_dir))


def is_there(place: Place) -> bool:
    """Tell whether a store may be there: a file is or is not, and a server answers for itself."""
    return not isinstance(place, SqlitePlace) or place.path.is_file()


def key_file(settings: Settings) -> Path | None:
    """Return where the secret key is kept; None if it comes from the settings."""
    return None if settings.secrets.key else Path(settings.storage.data_dir) / KEY_FILE


async def look_at_store(settings: Settings) -> Look:
    """Look at the store from outside.

    Raises:
        ConfigError: it is none that this version knows, or a newer version wrote it.
        StorageError: it does not answer.
    """
    if settings.storage.type == "redis":
        storage = settings.storage
        condition = await examine_redis_records(storage.redis_location(), storage.redis_prefix)
        remarks = [
            Finding("redis", "mend" if each.grave else "hint", each.message) for each in condition.remarks
        ]
        return Look(condition.address, condition.present, condition.current, tuple(remarks))
    place = store_place(settings)
    present = is_there(place)
    return Look(str(place), present, present and await is_current(place))


async def examine_store(settings: Settings, more: More) -> list[Finding]:
    """Return the findings about a store that is there, and those of `more` if it can be opened."""
    storage = settings.storage
    try:
        look = await look_at_store(settings)
        if not look.current:
            old = Finding("schema", "mend", "not this version's; run: grok2api db upgrade")
            return [old, *look.remarks]
        records = await open_records(
            storage.type,
            storage.url,
            Path(storage.data_dir),
            auto_upgrade=False,
            redis_url=storage.redis_location(),
            redis_prefix=storage.redis_prefix,
        )
    except (ConfigError, StorageError) as error:
        return [Finding("store", "mend", str(error))]
    findings = [
        Finding("schema", "ok", "this version's"),
        Finding("store", "ok", f"opens ({look.place})"),
        *look.remarks,
    ]
    try:
        mark = decode_mark(await records.meta.get(MIGRATION_FACT))
        if mark is not None and mark.state == "copying":
            findings.append(Finding("migration", "mend", unfinished(mark)))
        findings.extend(await _inside(settings, records, more))
    except StorageError as error:
        findings.append(Finding("store", "mend", error.public_message))
    except ConfigError as error:
        findings.append(Finding("migration", "mend", str(error)))
    finally:
        await records.close()
    return findings


async def secrets_open(session: Session) -> list[Finding]:
    """Return whether every sealed secret opens."""
    credentials = await session.records.credentials.list()
    shut = [each for each in credentials if open_secret(each, session.box) is None]
    if not shut:
        return [Finding("secrets", "ok", f"{len(credentials)} sealed secrets open")]
    which = ", ".join(each.id for each in shut[:5])
    advice = "put back the secret key that sealed them, or delete and add them again"
    return [Finding("secrets", "mend", f"{len(shut)} of {len(credentials)} do not open ({which}); {advice}")]


async def _inside(settings: Settings, records: Records, more: More) -> list[Finding]:
    """Return the findings for which the secret key is needed."""
    path, sealed = key_file(settings), await records.meta.get(_CANARY) is not None
    if path is not None and not path.exists():
        if not sealed:
            return [_UNSEALED]
        message = "is missing, and without it nothing in the store opens; put it back, or set"
        return [Finding("canary", "mend", f"{path} {message} GROK2API_SECRET_KEY to what it held")]
    try:
        ring = load_key_ring(settings)
        session = Session(settings, ring, SecretBox(ring), records, time.time())
        canary = await _canary(session) if sealed else _UNSEALED
        if canary.state == "ok":
            session = replace(session, ring=await rooted_ring(ring, records.meta))
    except ConfigError as error:
        return [Finding("canary", "mend", str(error))]
    return [canary, *await more(session)]


async def _canary(session: Session) -> Finding:
    try:
        await check_canary(session.records.meta, session.box)
    except ConfigError as error:
        return Finding("canary", "mend", str(error))
    return Finding("canary", "ok", "the store was sealed with this secret key")
