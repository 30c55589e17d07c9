"""`grok2api explain`: why this credential, and what every other one would have offered.

Must never need a running server: what was decided is in the store, and so is how the pool stands, but for
what only a server knows (calls under way, rests of seconds).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from grok2api.canonical.usage import TICKS_PER_DOLLAR
from grok2api.cli.options import Failed, config_option, json_option
from grok2api.cli.output import print_json, print_table, printable
from grok2api.cli.session import Session, with_store

_NOW: Final = ("id", "name", "priority", "rule", "seconds", "reason", "failures", "weight")
_CONSIDERED: Final = ("credential_id", "in_flight", "failures", "weight", "quota")


@click.command(short_help="Tell why a request got its credential.")
@click.argument("request_id", metavar="REQUEST_ID")
@json_option
@config_option
def explain(request_id: str, as_json: bool, config_file: Path | None) -> None:
    """Tell why a request got its credential: its x-request-id is in every answer."""

    async def work(session: Session) -> dict[str, object] | None:
        from grok2api.kit.clock import SystemClock  # noqa: PLC0415  a help text needs none of this
        from grok2api.operations.explaining import explain as explained  # noqa: PLC0415
        from grok2api.operations.explaining import stored_pool  # noqa: PLC0415

        settings, clock = session.settings, SystemClock()
        pool = await stored_pool(
            session.records,
            session.box,
            clock,
            base_url=settings.grok.base_url,
            sign_ins=settings.oauth.enabled,
        )
        return await explained(session.records, pool, clock, request_id)

    told = with_store(config_file, work)
    if told is None:
        raise Failed(
            f"nothing is known of a request '{printable(request_id[:128])}'; the id is in the header "
            "x-request-id of its answer, and traces are kept for ledger.trace_days"
        )
    if as_json:
        print_json(told)
    else:
        _print(told)


def _print(told: Mapping[str, Any]) -> None:
    request = told["request"]
    ended = f"{request['status']} {request['end']} {request['error_code']}".rstrip()
    click.echo(f"request   {told['request_id']}")
    click.echo(f"asked     {request['model']} on {request['operation']}, {request['started_at']}")
    click.echo(f"ended     {ended}, {request['attempts']} attempts, {request['total_ms']:.0f} ms")
    for line in _used(request):
        click.echo(line)
    for number, decision in enumerate(told["decisions"], 1):
        click.echo()
        if told["rescued_after"] == number - 1:
            click.echo("rescued: its account could not go on, so the conversation was rebuilt for any other")
        _print_decision(number, decision)
    if told["now"] is None:
        click.echo("\nno decision was kept: the request was refused before, or its trace is forgotten")
        return
    click.echo(f"\nthe whole pool as the store has it now ({told['now']['at']}):")
    rows: Sequence[Mapping[str, Any]] = told["now"]["credentials"]
    shown = [[_short(row[column]) for column in _NOW] for row in rows]
    print_table(_NOW, shown, empty="the pool is empty")


def _used(request: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the request used and cost, and what the prompt cache saved of it."""
    if request["usage_source"] == "none":
        yield "used      unknown: xAI told no usage"
        return
    tokens = f"{request['input_tokens']:,} input tokens, {request['output_tokens']:,} output tokens"
    estimated = request["usage_source"] == "estimated"
    guess = " (estimated: xAI was not heard to its end)" if estimated else ""
    yield f"used      {tokens}, {_dollars(request['cost_in_usd_ticks'])}{guess}"
    cached, saved = request["cached_tokens"], request["cache_savings_in_usd_ticks"]
    if cached:
        money = "" if saved is None else f": saved {_dollars(saved)}"
        yield f"cache     {cached:,} of {request['input_tokens']:,} input tokens came from the cache{money}"


def _dollars(ticks: int) -> str:
    """Return ticks in dollars, with the places that a single request needs."""
    whole, rest = divmod(ticks, TICKS_PER_DOLLAR)
    places = f"{rest:010d}".rstrip("0").ljust(4, "0")
    return f"${whole:,}.{places}"


def _print_decision(number: int, decision: Mapping[str, Any]) -> None:
    chosen = decision["chosen"] or "nobody"
    why = f" ({decision['because']})" if decision["because"] else ""
    click.echo(f"attempt {number}, {decision['model'] or 'no call'}: {chosen}{why}")
    removed = ", ".join(f"{count} {rule}" for rule, count in sorted(decision["removed"].items()))
    click.echo(f"  pool of {decision['pool']}, {decision['strategy']}; left out: {removed or 'nobody'}")
    if decision["waited_ms"]:
        click.echo(f"  waited {decision['waited_ms']:.0f} ms in the queue")
    if decision["fault"]:
        detail = printable(decision["detail"])
        click.echo(f"  failed: {decision['fault']} (HTTP {decision['status']}) {detail}".rstrip())
    if decision["considered"]:
        shown = [[_short(row[column]) for column in _CONSIDERED] for row in decision["considered"]]
        print_table(_CONSIDERED, shown, empty="")


def _short(value: object) -> object:
    return f"{value:.1f}" if isinstance(value, float) else value
