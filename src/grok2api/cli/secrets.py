"""`grok2api secrets`: the key that seals secrets at rest gives way to a new one while servers run.

Must never print a key or a plain text, and never replace what does not open.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click
import msgspec

from grok2api.cli.migrating import present_store
from grok2api.cli.options import config_option, json_option
from grok2api.cli.output import print_json, print_table
from grok2api.cli.session import Session, with_store
from grok2api.kit.secretbox import SecretBox
from grok2api.storage.open_porter import open_porter
from grok2api.storage.root import SEALED_FACTS, write_root
from grok2api.storage.transfer.families import family
from grok2api.storage.transfer.porter import Porter
from grok2api.storage.transfer.sealing import SealCheck, reseal_all

_COLUMNS: Final = ("records", "open", "sealed anew", "do not open")


class Rotation(msgspec.Struct, kw_only=True, frozen=True):
    """What came of a rotation.

    Attributes:
        records: What was done to each type of records.
        late: Texts that an earlier key sealed while the others were sealed anew.
    """

    records: tuple[SealCheck, ...]
    late: int


@click.group(short_help="The key that seals secrets at rest.")
def secrets() -> None:
    """Look after the key that seals secrets at rest."""


@secrets.command()
@json_option
@config_option
def rotate(as_json: bool, config_file: Path | None) -> None:
    """Seal whatever an earlier key sealed under the present one, while servers use the store.

    First set the new key as GROK2API_SECRET_KEY and the old one in secrets.previous_keys, on every server.
    Killed half-way it is simply run again. Client keys, ids and sign-ins stay valid.
    """
    rotation = with_store(config_file, _rotate, writes="secrets.rotate")
    if as_json:
        print_json(rotation)
    else:
        rows = [(each.family, each.opened, each.resealed, each.shut) for each in rotation.records]
        print_table(_COLUMNS, rows, empty="nothing is sealed")
    _conclude(rotation)


async def _rotate(session: Session) -> Rotation:
    data_dir = Path(session.settings.storage.data_dir)
    porter = await open_porter(present_store(session.settings), data_dir, upgrading=False)
    try:
        await write_root(session.ring, session.records.meta)
        found = await reseal_all(porter, session.box)
        await _reseal_facts(porter, session.box)
        late = sum(each.resealed for each in await reseal_all(porter, session.box))
        return Rotation(records=found, late=late)
    finally:
        await porter.close()


async def _reseal_facts(porter: Porter, box: SecretBox) -> None:
    """Seal the root and the canary anew, the canary last."""
    for name, context in SEALED_FACTS:
        sealed = await porter.fact(name)
        if sealed is not None and box.needs_rotation(sealed):
            new = box.seal_bytes(box.open_bytes(sealed, context), context)
            await porter.reseal(family("facts"), (name,), "value", old=sealed, new=new)


def _conclude(rotation: Rotation) -> None:
    for each in rotation.records:
        if each.shut:
            click.echo(
                f"error: {each.shut} sealed texts of {each.family} do not open ({', '.join(each.named)}) and "
                "stay as they are; put the key that sealed them into secrets.previous_keys, or delete them",
                err=True,
            )
    if rotation.late:
        click.echo(
            f"error: {rotation.late} texts were sealed with an earlier key meanwhile, so some server still "
            "runs with it; restart that one with the new key, and run this again",
            err=True,
        )
    if rotation.late or any(each.shut for each in rotation.records):
        sys.exit(1)
    click.echo(
        "Everything in the store is sealed with the present key. Once every server runs with it, take the "
        "earlier ones out of secrets.previous_keys; links to media that were signed with them end then.",
        err=True,
    )
