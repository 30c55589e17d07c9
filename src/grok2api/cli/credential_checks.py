"""`grok2api credentials test` and `refresh`: what has to ask somebody outside about each credential."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grok2api.cli.choosing import Choice, choosing, chosen_of, require_some
from grok2api.cli.interrupt import stoppable
from grok2api.cli.options import Failed, config_option, json_option
from grok2api.cli.output import print_json, print_table
from grok2api.cli.session import Session, with_store

if TYPE_CHECKING:
    from grok2api.operations.refreshing import Refreshed
    from grok2api.operations.testing import Probe


@click.command()
@choosing()
@json_option
@config_option
def test(choice: Choice, as_json: bool, config_file: Path | None) -> None:
    """Ask xAI whether credentials work; nothing is spent and nothing is changed."""
    choice.checked()
    from grok2api.cli.progress import progress_of  # noqa: PLC0415  both bring along much
    from grok2api.operations.testing import asking_of, probe_all  # noqa: PLC0415  that others do not need

    async def work(session: Session) -> tuple[list[Probe], int]:
        chosen = require_some(await chosen_of(session, choice), choice)
        async with asking_of(session.settings, session.box) as asking:
            with progress_of("asking xAI", len(chosen)) as step, stoppable() as stopped:
                probes = await probe_all(chosen, asking, done=_counted(step), cancelled=stopped)
        return probes, len(chosen)

    _report(*with_store(config_file, work), as_json)


@click.command()
@choosing()
@json_option
@config_option
def refresh(choice: Choice, as_json: bool, config_file: Path | None) -> None:
    """Get new tokens for sign-ins now. It is safe beside a running server: each is refreshed by one only."""
    choice.checked()
    from grok2api.cli.progress import progress_of  # noqa: PLC0415  these bring along much
    from grok2api.operations.refreshing import refresh_all, refresher_of  # noqa: PLC0415  that others do
    from grok2api.operations.signing_in import OAUTH_OFF  # noqa: PLC0415  not need

    async def work(session: Session) -> tuple[list[Refreshed], int]:
        if not session.settings.oauth.enabled:
            raise click.UsageError(OAUTH_OFF)
        wanted = choice
        if not choice.references and not choice.wanted.kind:
            wanted = replace(choice, wanted=replace(choice.wanted, kind=frozenset({"oauth"})))
        chosen = require_some(await chosen_of(session, wanted), choice)
        async with refresher_of(session.settings, session.records, session.box, session.pepper) as refresher:
            with progress_of("refreshing", len(chosen)) as step, stoppable() as stopped:
                results = await refresh_all(chosen, refresher, done=_counted(step), cancelled=stopped)
        session.note.of(chosen)
        return results, len(chosen)

    _report(*with_store(config_file, work, writes="credentials.refresh"), as_json)


def _report(results: Sequence[Probe] | Sequence[Refreshed], asked: int, as_json: bool) -> None:
    """Print what came of each; exit with 1 if one is not well or was not reached."""
    rows = [
        {"id": each.credential.id, "name": each.credential.name, "ok": each.ok, "message": each.message}
        for each in results
    ]
    if as_json:
        print_json(rows)
    else:
        shown = [(row["id"], row["name"], "ok" if row["ok"] else "wrong", row["message"]) for row in rows]
        print_table(("id", "name", "result", "message"), shown, empty="there are none")
    if len(results) < asked:
        raise Failed(f"stopped after {len(results)} of {asked}")
    if not all(each.ok for each in results):
        sys.exit(1)


def _counted(step: Callable[[int], None]) -> Callable[[object], None]:
    """Return what counts calls and tells `step` how many there were."""
    count = 0

    def done(_result: object) -> None:
        nonlocal count
        count += 1
        step(count)

    return done
