"""`grok2api alerts`: what needs an operator, and whether the messages about it arrive.

Must never print the address that they are posted to.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import click

from grok2api.cli.options import Failed, config_option, json_option, load_settings
from grok2api.cli.output import print_json, print_table
from grok2api.cli.session import Session, with_store
from grok2api.config.loaded import Loaded
from grok2api.operations.notation import moment

_COLUMNS: Final = ("kind", "subject", "severity", "since", "told", "title")


@click.group(short_help="What needs an operator, and the webhook that tells it.")
def alerts() -> None:
    """What needs an operator, and the webhook (alerts.webhook_url) that tells it."""


@alerts.command("list")
@json_option
@config_option
def list_alerts(as_json: bool, config_file: Path | None) -> None:
    """List what is wrong now, as the server that watches has noted it."""
    from grok2api.alerts.alert import Notice  # noqa: PLC0415  a help text needs none of this
    from grok2api.alerts.book import FACT, Book, read  # noqa: PLC0415
    from grok2api.alerts.wording import words  # noqa: PLC0415

    async def look(session: Session) -> Book:
        return read(await session.records.meta.get(FACT) or "")

    rows = []
    for each in sorted(with_store(config_file, look).values(), key=lambda standing: standing.since):
        notice = Notice("raised", each.alert, each.since, each.seen)
        rows.append(
            {
                "kind": each.kind,
                "subject": each.subject,
                "severity": notice.severity,
                "since": moment(each.since),
                "told": moment(each.told),
                "title": words(notice, "en").title,
            }
        )
    if as_json:
        print_json(rows)
    else:
        print_table(
            _COLUMNS, [[row[column] for column in _COLUMNS] for row in rows], empty="nothing is wrong"
        )


@alerts.command()
@config_option
def test(config_file: Path | None) -> None:
    """Post a test message to the webhook, and tell whether it was taken."""
    loaded = load_settings(config_file)
    if not loaded.settings.alerts.webhook_url:
        raise Failed("alerts.webhook_url is empty: set it first, for example GROK2API_ALERTS__WEBHOOK_URL")
    reason = asyncio.run(_test(loaded))
    if reason:
        raise Failed(f"the test message did not arrive: {reason}")
    click.echo("the test message was taken")


async def _test(loaded: Loaded) -> str:
    from grok2api.config.live import Live  # noqa: PLC0415  brings the HTTP client along
    from grok2api.kit.clock import SystemClock  # noqa: PLC0415
    from grok2api.server.alert_post import AlertPost  # noqa: PLC0415
    from grok2api.server.ways import USER_AGENT  # noqa: PLC0415
    from grok2api.upstream.transport import Fetcher  # noqa: PLC0415

    async with Fetcher(user_agent=USER_AGENT, proxy=loaded.settings.grok.proxy_url or None) as fetcher:
        return await AlertPost(fetcher, Live(loaded), SystemClock()).test()
