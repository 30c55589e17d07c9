"""What the commands of `grok2api credentials` do in the store, apart from how they are called.

Must never print, and never let a plain key into an error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from grok2api.cli.credential_options import Description
from grok2api.cli.credential_view import credential_view
from grok2api.cli.options import Failed
from grok2api.cli.selection import select
from grok2api.cli.session import Session, with_store
from grok2api.pool.importing import fingerprint, new_credential
from grok2api.storage.records import Conflict, Credential, Missing

Change = Callable[[Credential], Credential]


async def add_key(session: Session, key: str, told: Description) -> Credential:
    """Seal and keep a new key.

    Raises:
        InvalidRequest: it cannot be a key.
        Failed: it is in the pool already.
    """
    from grok2api.server.prepare import FINGERPRINT_PURPOSE  # noqa: PLC0415  brings a database along

    pepper = session.ring.derive(FINGERPRINT_PURPOSE)
    made = new_credential(key, box=session.box, pepper=pepper, now=session.now)
    try:
        return await session.records.credentials.add(told.applied(made, session.now))
    except Conflict:
        mark = fingerprint(key.strip(), pepper)
        for each in await session.records.credentials.list():
            if each.fingerprint == mark:
                raise Failed(f"this key is already in the pool: {each.id} ({each.name})") from None
        raise Failed("this key is already in the pool") from None


async def views(session: Session) -> list[dict[str, object]]:
    """Return how every credential looks, the oldest first."""
    records = await session.records.credentials.list()
    ordered = sorted(records, key=lambda each: (each.created_at, each.id))
    return [credential_view(each, session.box, session.now) for each in ordered]


async def chosen_of(
    session: Session, references: tuple[str, ...], everything: bool = False
) -> list[Credential]:
    """Return the credentials that are meant; Failed if one is missing or fits several."""
    records = await session.records.credentials.list()
    return list(records) if everything else select(records, references, "credential")


async def change_all(session: Session, references: tuple[str, ...], change: Change) -> list[Credential]:
    """Keep what `change` makes of each credential that is meant."""
    chosen = await chosen_of(session, references)
    return [
        await session.records.credentials.put(replace(change(each), updated_at=session.now))
        for each in chosen
    ]


def guarded(config_file: Path | None, work: Callable[[Session], Any]) -> list[Credential]:
    """Run a change; a credential that somebody deletes meanwhile is missing like any other."""
    try:
        changed: list[Credential] = with_store(config_file, work)
    except Missing:
        raise Failed("no such credential any more; list them again") from None
    return changed
