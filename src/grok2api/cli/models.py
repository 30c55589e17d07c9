"""`grok2api models`: the names that clients may ask for, and what stands behind them.

The catalogue comes with the program. If the pool holds a credential, every account is asked once what it
may use, so that models which are newer than the program show too. Must never change anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from grok2api.cli.options import config_option, json_option
from grok2api.cli.output import print_json, print_table
from grok2api.cli.session import Session, with_store
from grok2api.operations.notation import moment
from grok2api.routing import catalogue
from grok2api.routing.catalogue import Catalogue, Row

if TYPE_CHECKING:
    from grok2api.operations.testing import Probe
    from grok2api.storage.records import Credential
    from grok2api.upstream.base import UpstreamModel

_COLUMNS: Final = ("id", "kind", "upstream", "tier", "available")


@click.command(short_help="List the models that clients may ask for.")
@click.option("--offline", is_flag=True, help="Do not ask xAI.")
@json_option
@config_option
def models(offline: bool, as_json: bool, config_file: Path | None) -> None:
    """List the models that clients may ask for.

    With a credential in the pool, xAI is asked too: AVAILABLE says whether an account of the pool may use a
    model, and models that are newer than this program are listed.
    """
    probes = [] if offline else with_store(config_file, _ask)
    for probe in probes:
        if not probe.ok:
            click.echo(f"warning: {probe.credential.name}: {probe.message}", err=True)
    rows = _rows(catalogue.load(), [probe for probe in probes if probe.ok])
    if as_json:
        print_json(rows)
    else:
        print_table(_COLUMNS, [[row[column] for column in _COLUMNS] for row in rows], empty="no models")


async def _ask(session: Session) -> list[Probe]:
    """Ask one usable credential of each account."""
    accounts: dict[str, Credential] = {}
    for each in await session.records.credentials.list():
        if each.enabled:
            accounts.setdefault(each.account_id, each)
    if not accounts:
        return []
    from grok2api.operations.testing import asking_of, probe_all  # noqa: PLC0415  brings the HTTP client along

    async with asking_of(session.settings, session.box) as asking:
        return await probe_all(list(accounts.values()), asking)


def _rows(known: Catalogue, probes: Sequence[Probe]) -> list[dict[str, object]]:
    """Return the catalogue's names, then what only upstream lists."""
    listed = {name for probe in probes for model in probe.models for name in (model.id, *model.aliases)}
    rows = [_row(name, row, known, listed) for name, row in known.public_ids()]
    newer = {model.id: model for probe in probes for model in probe.models if known.resolve(model.id) is None}
    return [*rows, *(_newer(model, known) for model in newer.values())]


def _row(name: str, row: Row, known: Catalogue, listed: set[str]) -> dict[str, object]:
    targets = [known.model(target.target).id for target in row.targets]
    return {
        "id": name,
        "kind": row.kind.value,
        "upstream": targets[0],
        "fallbacks": list(dict.fromkeys(target for target in targets[1:] if target != targets[0])),
        "tier": row.tier,
        "source": "catalogue",
        "available": any(target in listed for target in targets) if listed else None,
        "created": moment(row.created or None),
    }


def _newer(model: UpstreamModel, known: Catalogue) -> dict[str, object]:
    return {
        "id": model.id,
        "kind": known.model(model.id).kind.value,
        "upstream": model.id,
        "fallbacks": [],
        "tier": None,
        "source": "upstream",
        "available": True,
        "created": moment(model.created or None),
    }
