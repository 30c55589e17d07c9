"""`grok2api requests`: what was asked, how it ended, and what it cost, read from the store's ledger.

The newest rows of a running server are there after `ledger.flush_ms`. Must never print a prompt or an answer:
where these are kept they are read in the console, whose audit tells who did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args

import click

from grok2api.canonical.usage import End
from grok2api.cli.moments import moment_option
from grok2api.cli.options import Failed, config_option, json_option
from grok2api.cli.output import print_fields, print_json, print_table, printable
from grok2api.cli.session import Session, with_store

if TYPE_CHECKING:
    from grok2api.storage.usage import UsageFilter

Command = TypeVar("Command", bound="Callable[..., Any]")

_COLUMNS: Final = (
    *("started_at", "request_id", "operation", "model", "key_id", "credential_id", "status", "end"),
    *("error_code", "input_tokens", "output_tokens", "cost_usd", "total_ms"),
)
_CLASSES: Final = ("2xx", "3xx", "4xx", "5xx")
_MOST: Final = 10_000
_PAGE: Final = 500

_FILTERS: tuple[Callable[[Any], Any], ...] = (
    click.option("--key", metavar="ID", help="Of this client key."),
    click.option("--credential", metavar="ID", help="Served by this credential."),
    click.option("--model", help="For this model, as the client asked for it."),
    click.option("--operation", help="Of this kind: chat, responses, messages, images, ..."),
    click.option("--status", type=click.Choice(_CLASSES), help="Answered with such a status."),
    click.option("--end", type=click.Choice(get_args(End)), help="Ended so."),
    moment_option("--from", "since", "Not before this moment: 24h, 7d, or a date (2026-11-26T08:00)."),
    moment_option("--to", "until", "Before this moment."),
    click.option("--id", "request_id", metavar="TEXT", help="Whose id begins with this."),
    click.option("--cost-over", metavar="TICKS", type=click.IntRange(0),
                 help="That cost so many ticks at least; 1 USD is 10^10."),
    click.option("--slower-than", metavar="MS", type=click.FloatRange(0),
                 help="That took so many milliseconds at least."),
)  # fmt: skip


@click.group(short_help="The request log: what was asked and how it ended.")
def requests() -> None:
    """Read the request log: what was asked, how it ended, and what it cost."""


def _filtered(function: Command) -> Command:
    """Add the options that say which requests are meant."""
    return reduce(lambda wrapped, option: option(wrapped), reversed(_FILTERS), function)


@requests.command(name="list")
@_filtered
@click.option("--limit", type=click.IntRange(1, _MOST), default=50, show_default=True, help="How many.")
@json_option
@config_option
def list_requests(limit: int, as_json: bool, config_file: Path | None, **said: Any) -> None:
    """List requests, newest first."""

    async def work(session: Session) -> tuple[list[Mapping[str, object]], bool]:
        from grok2api.operations.requests import page_of, request_view  # noqa: PLC0415  a help text needs none

        rows: list[Mapping[str, object]] = []
        before = None
        while True:
            wanted = min(_PAGE, limit - len(rows))
            page, before = await page_of(session.records.usage, _meant(said), limit=wanted, before=before)
            rows += [request_view(row) for row in page]
            if before is None or len(rows) >= limit:
                return rows, before is not None

    rows, more = with_store(config_file, work)
    if as_json:
        print_json(rows)
        return
    print_table(_COLUMNS, [[_cell(row[name]) for name in _COLUMNS] for row in rows], empty="no requests fit")
    if more:
        click.echo(f"there are more; see them with --limit, up to {_MOST}", err=True)


@requests.command()
@click.argument("request_id", metavar="REQUEST_ID")
@json_option
@config_option
def show(request_id: str, as_json: bool, config_file: Path | None) -> None:
    """Show a request, and what happened to it in order: its x-request-id is in every answer."""

    async def work(session: Session) -> dict[str, object] | None:
        from grok2api.operations.requests import course_of  # noqa: PLC0415  a help text needs none of it

        return await course_of(session.records, request_id)

    told = with_store(config_file, work)
    if told is None:
        raise Failed(
            f"nothing is known of a request '{printable(request_id[:128])}'; the id is in the header "
            "x-request-id of its answer, and records are kept for ledger.keep_days"
        )
    if as_json:
        print_json(told)
        return
    print_fields((name, _cell(value)) for name, value in told.items() if name != "timeline")
    click.echo()
    timeline: Any = told["timeline"]
    columns = ("at_ms", "event", "what")
    print_table(columns, [(_cell(each["at_ms"]), each["event"], _what(each)) for each in timeline], empty="")


def _meant(said: Mapping[str, Any]) -> UsageFilter:
    from grok2api.storage.usage import UsageFilter  # noqa: PLC0415  as above

    status = said["status"]
    return UsageFilter(
        key_id=said["key"],
        model=said["model"],
        credential_id=said["credential"],
        operation=said["operation"],
        end=said["end"],
        status_class=None if status is None else int(status[0]),
        since=said["since"],
        until=said["until"],
        request_id=said["request_id"],
        cost_over=said["cost_over"],
        slower_than=said["slower_than"],
    )


def _what(event: Mapping[str, object]) -> str:
    """Return what an event tells beside its time and its name."""
    return " ".join(str(value) for name, value in event.items() if name not in {"at_ms", "event"} and value)


def _cell(value: object) -> object:
    return f"{value:.1f}" if isinstance(value, float) else value
