"""`grok2api credentials import` and `export`: many credentials from a file, and into one that is sealed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from grok2api.cli.choosing import Choice, choosing, require_some
from grok2api.cli.interrupt import stoppable
from grok2api.cli.options import Failed, config_option, json_option
from grok2api.cli.output import print_json, print_table
from grok2api.cli.private_file import write_private
from grok2api.cli.session import Session, with_store

if TYPE_CHECKING:
    from grok2api.operations.exporting import Export
    from grok2api.operations.importing import ImportReport

PASSPHRASE_VARIABLE: Final = "GROK2API_EXPORT_PASSPHRASE"  # noqa: S105  the name of a variable
_LARGEST: Final = 96 * 1024 * 1024
_FORMATS: Final = ("txt", "json", "jsonl", "csv")
_COLUMNS: Final = ("place", "outcome", "id", "name", "reason")
_SHOWN: Final = 50
"""Up to so many rows are told one by one; of more, those that need somebody's attention."""

passphrase_file_option = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"File of the passphrase; else {PASSPHRASE_VARIABLE} has it, or it is asked for.",
)


@click.command(name="import")
@click.argument("file", metavar="FILE|-")
@click.option("--dry-run", is_flag=True, help="Only tell what would happen.")
@click.option("--format", "kind", type=click.Choice(_FORMATS), help="What it is, if its content misleads.")
@passphrase_file_option
@json_option
@config_option
def import_file(
    file: str,
    dry_run: bool,
    kind: str | None,
    passphrase_file: Path | None,
    as_json: bool,
    config_file: Path | None,
) -> None:
    """Add the credentials of a file: API keys and refresh tokens.

    TXT with one on a line, CSV, JSON, JSONL, the auth files of the Grok CLI and of CLIProxyAPI, or an export.
    What is in the pool already is left as it is.
    """
    from grok2api.cli.progress import progress_of  # noqa: PLC0415  these bring along much
    from grok2api.kit.clock import SystemClock  # noqa: PLC0415  that others do
    from grok2api.operations.importing import Target, import_entries, read_file  # noqa: PLC0415  not need
    from grok2api.pool.transfer.sealing import is_sealed  # noqa: PLC0415

    content = _content(file)
    passphrase = _passphrase(passphrase_file, confirm=False) if is_sealed(content) else ""

    async def work(session: Session) -> ImportReport:
        parsed = await read_file(content, file_name=Path(file).name, format=kind, passphrase=passphrase)
        target = Target(
            store=session.records.credentials,
            box=session.box,
            pepper=session.pepper,
            oauth=session.settings.oauth,
            clock=SystemClock(),
        )
        with progress_of("importing", len(parsed.entries)) as step, stoppable() as stopped:
            report = await import_entries(
                parsed,
                target,
                dry_run=dry_run,
                progress=lambda done, _total: step(done),
                cancelled=stopped,
            )
        session.note.after = {"counts": report.counts}
        return report

    _tell(with_store(config_file, work, writes="" if dry_run else "credentials.import"), as_json)


@click.command(name="export")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@choosing(ids=False)
@passphrase_file_option
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@config_option
def export_file(
    file: Path, choice: Choice, passphrase_file: Path | None, force: bool, config_file: Path | None
) -> None:
    """Write all credentials, or those that are described, into a file that only a passphrase opens."""
    from grok2api.operations.exporting import export  # noqa: PLC0415  not needed by other commands

    if file.exists() and not force:
        raise Failed(f"{file} is there already; --force replaces it")
    if not file.parent.is_dir():
        raise Failed(f"there is no directory {file.parent}")
    passphrase = _passphrase(passphrase_file, confirm=True)

    async def work(session: Session) -> Export:
        wanted = choice.or_everything()
        chosen = require_some(await session.pool.choose(wanted.wanted), wanted)
        session.note.of(chosen)
        return await export(chosen, passphrase, session.box)

    made = with_store(config_file, work, writes="credentials.export")
    for credential, reason in made.left_out:
        click.echo(f"warning: {credential.id} ({credential.name}) is left out: {reason}", err=True)
    if not made.count:
        raise Failed("there is nothing to export")
    _write(file, made.content, replace=force)
    click.echo(f"exported {made.count} credentials to {file}")
    if made.sign_ins:
        click.echo(
            f"warning: {made.sign_ins} of them are sign-ins. A refresh token works in one place only: once "
            "another server refreshes with it, it is of no use here any more.",
            err=True,
        )


def _content(file: str) -> bytes:
    """Return the file's bytes, or those of standard input for -."""
    try:
        if file == "-":
            content = sys.stdin.buffer.read(_LARGEST + 1)
        else:
            with Path(file).open("rb") as opened:
                content = opened.read(_LARGEST + 1)
    except OSError as error:
        raise Failed(f"{file} cannot be read ({error.strerror})") from None
    if len(content) > _LARGEST:
        raise Failed(f"{file} is larger than {_LARGEST // 1024**2} MiB; split it")
    return content


def _passphrase(file: Path | None, *, confirm: bool) -> str:
    """Return the passphrase from the file, the environment or the terminal."""
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            raise Failed(f"{file} cannot be read as text") from None
    if PASSPHRASE_VARIABLE in os.environ:
        return os.environ[PASSPHRASE_VARIABLE]
    if not sys.stdin.isatty():
        raise click.UsageError(f"Give the passphrase in {PASSPHRASE_VARIABLE} or with --passphrase-file.")
    answer: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)
    return answer


def _tell(report: ImportReport, as_json: bool) -> None:
    """Print what came of an import; exit with 1 if something was rejected or it was stopped."""
    rows = [
        {"place": row.place, "outcome": row.outcome, "id": row.id, "name": row.name, "reason": row.reason}
        for row in report.rows
    ]
    if as_json:
        print_json(
            {
                "format": report.format,
                "total": report.total,
                "cancelled": report.cancelled,
                "counts": report.counts,
                "rows": rows,
            }
        )
    else:
        shown = rows if len(rows) <= _SHOWN else [row for row in rows if row["outcome"] == "rejected"]
        if shown or not rows:
            print_table(_COLUMNS, [tuple(row.values()) for row in shown], empty="no entry")
    counts = ", ".join(f"{count} {outcome}" for outcome, count in report.counts.items()) or "nothing done"
    click.echo(f"{report.format}: {counts}", err=True)
    if report.cancelled:
        raise Failed(f"stopped after {len(report.rows)} of {report.total} entries; what was added stays")
    if report.counts.get("rejected"):
        sys.exit(1)


def _write(file: Path, content: bytes, *, replace: bool) -> None:
    try:
        write_private(file, content, replace=replace)
    except FileExistsError:
        raise Failed(f"{file} is there already; --force replaces it") from None
    except OSError as error:
        raise Failed(f"{file} cannot be written ({error.strerror})") from None
