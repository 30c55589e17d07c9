"""`grok2api db migrate` and `db verify --against`: a store is copied into another one, or compared with it.

The store of the settings is only read. Must never print a password, and never say that a copy is whole before
both stores were compared and every sealed text was opened.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
import msgspec
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn

from grok2api.cli.options import Failed, config_option, json_option, load_settings
from grok2api.cli.output import print_json, print_table
from grok2api.cli.sealing_key import box_for
from grok2api.config.settings import Settings
from grok2api.errors import ConfigError
from grok2api.kit.secretbox import SecretBox
from grok2api.observability.logging import configure_logging
from grok2api.storage.open_porter import StoreAddress, open_porter, read_store_url
from grok2api.storage.transfer.comparing import Comparison, compare, ignore
from grok2api.storage.transfer.copying import Outcome, TargetRefused, Unsettled, migrate
from grok2api.storage.transfer.families import LEFT
from grok2api.storage.transfer.porter import Porter
from grok2api.storage.transfer.sealing import SealCheck, open_all

if TYPE_CHECKING:
    from grok2api.storage.transfer.comparing import Progress as Listener

Result = TypeVar("Result")

URL_VARIABLE: Final = "MIGRATE_TO_URL"
_COLUMNS: Final = ("records", "old store", "new store", "digest", "state")
_SHOWN: Final = 12
"""Digits of a digest that people compare."""


class Report(msgspec.Struct, kw_only=True, frozen=True):
    """What a migration or a comparison printed with `--json` says.

    Attributes:
        source: Where the store of the settings is.
        target: Where the other one is.
        same: Whether both hold the same records, and every sealed text opens.
        copied: Records that were written.
        rounds: How often the stores were compared.
        left: What is not carried, and why.
        switch: Environment variables that make the other store the server's; passwords are masked.
    """

    source: str
    target: str
    same: bool
    records: tuple[Comparison, ...]
    secrets: tuple[SealCheck, ...]
    copied: int | None = None
    rounds: int | None = None
    left: dict[str, str] | None = None
    switch: dict[str, str] | None = None


@click.command("migrate")
@click.option("--to", "url", metavar="URL", envvar=URL_VARIABLE, show_envvar=True, help="The new store.")
@click.option("--to-file", metavar="FILE", help="Read the URL from FILE, - is standard input.")
@click.option("--to-prefix", metavar="TEXT", help="What its keys begin with, if the new store is Redis.")
@json_option
@config_option
def migrate_command(
    url: str | None, to_file: str | None, to_prefix: str | None, as_json: bool, config_file: Path | None
) -> None:
    """Copy the store into another, empty one, while servers use it; then compare both and open every secret.

    Killed half-way it is simply run again. The new store is not served before the copy is whole.
    """
    settings = load_settings(config_file).settings
    configure_logging("error", "console")
    target = given_store(None if to_file else url, to_file, to_prefix or settings.storage.redis_prefix)
    with _watched() as listener:
        names, outcome, secrets = _explained(_migrated(settings, target, listener))
    report = Report(
        source=names[0],
        target=names[1],
        same=not any(each.shut for each in secrets),
        records=outcome.comparisons,
        secrets=secrets,
        copied=outcome.copied,
        rounds=outcome.rounds,
        left=LEFT,
        switch=dict(target.switches),
    )
    if as_json:
        print_json(report)
    else:
        _print_report(report)
        _print_switch(report)
    _exit(report)


def compare_stores(settings: Settings, target: StoreAddress, *, as_json: bool) -> None:
    """Compare the store of the settings with another one and open all secrets; exit with 1 if they differ."""
    configure_logging("error", "console")
    with _watched() as listener:
        report = _explained(_compared(settings, target, listener))
    if as_json:
        print_json(report)
    else:
        _print_report(report)
    _exit(report)


def given_store(url: str | None, file: str | None, prefix: str) -> StoreAddress:
    """Return the store that was named on the command line or in a file.

    Raises:
        UsageError: None or two were named.
        Failed: The file cannot be read.
        ConfigError: The URL names no store.
    """
    if url and file:
        raise click.UsageError("name the other store once: by its URL, or by a file that holds it")
    if file:
        try:
            with click.open_file(file, encoding="utf-8") as opened:
                url = opened.read()
        except (OSError, UnicodeDecodeError) as error:
            raise Failed(f"{file} cannot be read ({getattr(error, 'strerror', 'it is no text')})") from None
    if not (url or "").strip():
        raise click.UsageError(f"name the new store: --to URL, --to-file FILE, or {URL_VARIABLE}")
    return read_store_url((url or "").strip(), prefix)


async def _migrated(
    settings: Settings, target: StoreAddress, listener: Listener
) -> tuple[tuple[str, str], Outcome, tuple[SealCheck, ...]]:
    async with _both(settings, target, upgrading=True) as (source, other, box):
        outcome = await migrate(source, other, listener)
        return (str(source), str(other)), outcome, await open_all(other, box, listener)


async def _compared(settings: Settings, target: StoreAddress, listener: Listener) -> Report:
    async with _both(settings, target, upgrading=False) as (source, other, box):
        records = await compare(source, other, listener)
        secrets = await open_all(other, box, listener)
        same = all(each.same for each in records) and not any(each.shut for each in secrets)
        return Report(source=str(source), target=str(other), same=same, records=records, secrets=secrets)


@asynccontextmanager
async def _both(
    settings: Settings, target: StoreAddress, *, upgrading: bool
) -> AsyncIterator[tuple[Porter, Porter, SecretBox]]:
    """Open both stores and what opens their secrets; with a wrong key the target is not touched."""
    data_dir = Path(settings.storage.data_dir)
    async with AsyncExitStack() as stack:
        source = await open_porter(present_store(settings), data_dir, upgrading=False)
        stack.push_async_callback(source.close)
        box = await box_for(settings, source)
        other = await _opened(target, data_dir, upgrading=upgrading)
        stack.push_async_callback(other.close)
        if str(source) == str(other):
            raise Failed(f"both stores are the same: {source}")
        yield source, other, box


async def _opened(target: StoreAddress, data_dir: Path, *, upgrading: bool) -> Porter:
    """Open the other store, whose errors must not be taken for those of the settings."""
    try:
        return await open_porter(target, data_dir, upgrading=upgrading)
    except ConfigError as error:
        raise ConfigError(f"the new store cannot be opened: {error}") from None


def present_store(settings: Settings) -> StoreAddress:
    """Return where the store of the settings is."""
    storage = settings.storage
    url = storage.redis_location() if storage.type == "redis" else storage.url
    return StoreAddress(storage.type, url, storage.redis_prefix)


def _explained(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end, with a refusal as the command's failure."""
    try:
        return asyncio.run(work)
    except (TargetRefused, Unsettled) as error:
        raise Failed(str(error)) from None


@contextmanager
def _watched() -> Iterator[Listener]:
    """Give a listener that shows bars on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield ignore
        return
    counted = TextColumn("{task.description}  {task.completed:,.0f} records")
    with Progress(SpinnerColumn(), counted, console=Console(stderr=True), transient=True) as progress:
        bars: dict[str, TaskID] = {}

        def listen(doing: str, family: str, count: int) -> None:
            title = f"{doing} {family}"
            if title not in bars:
                bars[title] = progress.add_task(title, total=None)
            progress.advance(bars[title], count)

        yield listen


def _print_report(report: Report) -> None:
    rows = [
        (
            each.family,
            each.source_count,
            each.target_count,
            each.target_digest[:_SHOWN],
            "ok" if each.same else "wrong",
        )
        for each in report.records
    ]
    print_table(_COLUMNS, rows, empty="nothing was compared")
    opened = sum(each.opened for each in report.secrets)
    click.echo(f"{opened} sealed texts open in {report.target}")


def _print_switch(report: Report) -> None:
    click.echo(f"\nThe new store is whole ({report.copied} records written). Not carried:")
    for name, reason in (report.left or {}).items():
        click.echo(f"  {name}: {reason}")
    click.echo("\nStop the servers of the old store, run this command once more, and set:")
    for name, value in (report.switch or {}).items():
        click.echo(f"  {name}={value}")
    click.echo("Keep GROK2API_SECRET_KEY or DATA_DIR/secret.key, and DATA_DIR with its media, as they are.")


def _names(check: SealCheck) -> str:
    return ", ".join(check.named)


def _exit(report: Report) -> None:
    if report.same:
        return
    for each in report.secrets:
        if each.shut:
            click.echo(
                f"error: {each.shut} sealed texts of {each.family} do not open ({_names(each)}); see "
                "whether they do in the old store: grok2api db verify",
                err=True,
            )
    for record in report.records:
        if not record.same:
            click.echo(f"error: the {record.family} differ", err=True)
    sys.exit(1)
