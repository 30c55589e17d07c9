"""`grok2api usage`: what was used and what it cost, summed over time, read from the store.

Must never read the rows of the ledger: sums are bounded, whatever there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from grok2api.cli.moments import moment_option
from grok2api.cli.options import config_option, json_option
from grok2api.cli.output import print_json, print_table
from grok2api.cli.session import Session, with_store
from grok2api.errors import InvalidRequest

if TYPE_CHECKING:
    from grok2api.storage.usage import Axis

_AXES: Final[Mapping[str, Axis]] = {
    "model": "model",
    "upstream-model": "upstream_model",
    "key": "key_id",
    "credential": "credential_id",
}
_STEPS: Final = ("hour", "day", "all")
_COLUMNS: Final = (
    *("start", "name", "requests", "succeeded", "failed", "input_tokens", "cached_tokens"),
    *("output_tokens", "cost_usd", "first_byte_ms_p50", "total_ms_p95"),
)
_DAY: Final = 86_400


@click.command(short_help="Sum up what was used and what it cost.")
@moment_option("--from", "since", "From then on: 24h, 7d, or a date (2026-11-26); a day ago if not given.")
@moment_option("--to", "until", "Up to this moment; now if not given.")
@click.option("--step", type=click.Choice(_STEPS), default="day", show_default=True, help="How it is cut.")
@click.option("--by", type=click.Choice(tuple(_AXES)), help="What it is parted by.")
@click.option(
    "--top",
    type=click.IntRange(1, 50),
    default=10,
    show_default=True,
    help="How many names are shown, those that cost most; all others are one.",
)
@click.option("--key", metavar="ID", help="Of this client key only.")
@click.option("--model", help="For this model only, as clients asked for it.")
@click.option("--upstream-model", help="Answered by this model only.")
@click.option("--credential", metavar="ID", help="Served by this credential only.")
@json_option
@config_option
def usage(
    *, step: str, by: str | None, top: int, as_json: bool, config_file: Path | None, **said: Any
) -> None:  # fmt: skip
    """Sum up what was used and what it cost, in whole hours or days in UTC."""

    async def work(session: Session) -> list[dict[str, object]]:
        from grok2api.operations.usage import STEPS, series, sum_view, whole_hours  # noqa: PLC0415
        from grok2api.storage.usage import HOUR  # noqa: PLC0415  a help text needs none of these

        until = said["until"] or session.now + 1
        since = until - _DAY if said["since"] is None else said["since"]
        size = STEPS.get(step, HOUR)
        first, last = whole_hours(since, until, step=size)
        shown, others = await series(
            session.records.usage,
            first,
            last,
            step=0 if step == "all" else size,
            by=None if by is None else _AXES[by],
            only=_only(said),
            top=top,
        )
        rows = [{**sum_view(each), "others": False} for each in shown]
        rows += [
            {**sum_view(each), "name": "others", "others": True} for each in others if each.counts.requests
        ]
        return sorted(rows, key=lambda row: (str(row["start"]), bool(row["others"]), str(row["name"])))

    try:
        rows = with_store(config_file, work)
    except InvalidRequest as error:
        raise click.UsageError(error.public_message) from None
    if as_json:
        print_json(rows)
    else:
        print_table(_COLUMNS, [[row[name] for name in _COLUMNS] for row in rows], empty="nothing was used")


def _only(said: Mapping[str, Any]) -> dict[Axis, tuple[str]]:
    return {axis: (said[name],) for name, axis in _ONLY.items() if said[name]}


_ONLY: Final[Mapping[str, Axis]] = {name.replace("-", "_"): axis for name, axis in _AXES.items()}
