"""`grok2api models`: the names that clients may ask for, what stands behind them, and what an operator says.

The catalogue comes with the program, and the store holds what operators say. If the pool holds a credential,
every account is asked once what it may use, so that models which are newer than the program show too.
Must never change anything but what operators say.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast, get_args

import click
import msgspec

from grok2api.cli.options import Failed, config_option, json_option
from grok2api.cli.output import print_json, print_table
from grok2api.cli.session import Session, with_store
from grok2api.errors import ClientError
from grok2api.kit.clock import SystemClock
from grok2api.operations.modelling import ModelOperations, PublicModel, public_models, unknown_targets
from grok2api.operations.notation import moment
from grok2api.routing import catalogue
from grok2api.routing.catalogue import Catalogue
from grok2api.routing.effort import SCALE
from grok2api.routing.overrides import Override, Stand, Visibility

if TYPE_CHECKING:
    from grok2api.operations.testing import Probe
    from grok2api.storage.records import Credential, Tier
    from grok2api.upstream.base import UpstreamModel

_COLUMNS: Final = ("id", "kind", "upstream", "tier", "source", "visibility", "available")


@click.group(invoke_without_command=True, short_help="Models: what clients may ask for, and aliases.")
@click.option("--offline", is_flag=True, help="Do not ask xAI.")
@json_option
@config_option
@click.pass_context
def models(context: click.Context, offline: bool, as_json: bool, config_file: Path | None) -> None:
    """List the models that clients may ask for, or say what a name stands for.

    With a credential in the pool, xAI is asked too: AVAILABLE says whether an account of the pool may use a
    model, and models that are newer than this program are listed.
    """
    if context.invoked_subcommand is not None:
        return

    async def look(session: Session) -> tuple[Catalogue, list[Probe]]:
        said = await ModelOperations(session.records.models, SystemClock()).overridden(catalogue.load())
        return said, [] if offline else await _ask(session)

    known, probes = with_store(config_file, look)
    for probe in probes:
        if not probe.ok:
            click.echo(f"warning: {probe.credential.name}: {probe.message}", err=True)
    rows = _rows(known, [probe for probe in probes if probe.ok])
    if as_json:
        print_json(rows)
    else:
        print_table(_COLUMNS, [[row[column] for column in _COLUMNS] for row in rows], empty="no models")


def _stand(_context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> tuple[Stand, ...]:
    stands = []
    for value in values:
        model, _, effort = value.partition("=")
        if effort and effort not in SCALE:
            raise click.BadParameter(f"the effort is one of {', '.join(SCALE)}.", param=option)
        stands.append(Stand(model, effort or None))
    return tuple(stands)


@models.command("set")
@click.argument("name")
@click.option("--target", default="", help="What it stands for: a public name, or an id of xAI's.")
@click.option("--effort", type=click.Choice(SCALE), help="Reasoning effort that is forced.")
@click.option("--asked", type=click.Choice(SCALE), help="In its place when the client asks to reason.")
@click.option(
    "--fallback", "fallbacks", multiple=True, metavar="MODEL[=EFFORT]", callback=_stand,
    help="Tried when xAI does not find or allow the target; may be repeated, in this order.",
)  # fmt: skip
@click.option("--reasoning-shown/--reasoning-not-shown", default=None, help="Promise visible reasoning.")
@click.option("--tier", type=click.Choice(["basic", "super", "any"]), help="Tier a credential needs.")
@click.option(
    "--visibility", type=click.Choice(get_args(Visibility)), default="listed", show_default=True,
    help="Listed; unlisted but served; or off, as if there were no such model.",
)  # fmt: skip
@click.option("--note", default="", help="For people.")
@config_option
def set_model(
    name: str,
    target: str,
    effort: str | None,
    asked: str | None,
    fallbacks: tuple[Stand, ...],
    reasoning_shown: bool | None,
    tier: str | None,
    visibility: str,
    note: str,
    config_file: Path | None,
) -> None:
    """Say what NAME stands for, in place of all that was said of it. Running servers follow at once."""
    override = Override(
        target=target,
        effort=effort,
        asked=asked,
        fallbacks=fallbacks,
        reasoning_shown=reasoning_shown,
        tier=cast("Tier | None", tier),
        visibility=cast("Visibility", visibility),
        note=note,
    )

    async def say(session: Session) -> Catalogue:
        operations = ModelOperations(session.records.models, SystemClock())
        before = (await operations.overridden(catalogue.load())).overrides.get(name)
        session.note.target, session.note.before = name, _told(before)
        after = await operations.put(name, override, catalogue.load())
        session.note.after = _told(after.overrides.get(name))
        return after

    try:
        known = with_store(config_file, say, writes="models.set")
    except ClientError as error:
        raise Failed(error.public_message) from None
    row = known.resolve(name)
    if row is None:
        click.echo(f"{name} is off")
        return
    chain = ", ".join(
        each.target if each.effort is None else f"{each.target} ({each.effort})" for each in row.targets
    )
    click.echo(f"{name} stands for {chain}")
    for unknown in unknown_targets(row, known):
        click.echo(f"warning: this program does not know '{unknown}'; it may be newer", err=True)


@models.command("unset")
@click.argument("name")
@config_option
def unset_model(name: str, config_file: Path | None) -> None:
    """Take back what was said of NAME: it means again what the program and xAI say."""

    async def take_back(session: Session) -> None:
        operations = ModelOperations(session.records.models, SystemClock())
        before = (await operations.overridden(catalogue.load())).overrides.get(name)
        session.note.target, session.note.before = name, _told(before)
        await operations.remove(name)

    try:
        with_store(config_file, take_back, writes="models.unset")
    except ClientError as error:
        raise Failed(error.public_message) from None
    click.echo(f"nothing is said of {name} any more")


def _told(override: Override | None) -> dict[str, object]:
    """Return what the audit is told of an override."""
    return {} if override is None else cast("dict[str, object]", msgspec.to_builtins(override))


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
    rows = [_row(model, known, listed) for model in public_models(known)]
    newer = {model.id: model for probe in probes for model in probe.models if known.unsaid(model.id) is None}
    said = known.overrides.keys()
    return [*rows, *(_newer(model, known) for model in newer.values() if model.id not in said)]


def _row(model: PublicModel, known: Catalogue, listed: set[str]) -> dict[str, object]:
    row = model.row or model.unsaid
    targets = [] if row is None else [known.model(target.target).id for target in row.targets]
    return {
        "id": model.id,
        "kind": None if row is None else row.kind.value,
        "upstream": targets[0] if targets else None,
        "fallbacks": list(dict.fromkeys(target for target in targets[1:] if target != targets[0])),
        "tier": None if row is None else row.tier,
        "source": "operator" if model.override is not None else "catalogue",
        "visibility": "listed" if model.override is None else model.override.visibility,
        "available": any(target in listed for target in targets) if listed else None,
        "created": moment((0 if row is None else row.created) or None),
    }


def _newer(model: UpstreamModel, known: Catalogue) -> dict[str, object]:
    return {
        "id": model.id,
        "kind": known.model(model.id).kind.value,
        "upstream": model.id,
        "fallbacks": [],
        "tier": None,
        "source": "upstream",
        "visibility": "listed",
        "available": True,
        "created": moment(model.created or None),
    }
