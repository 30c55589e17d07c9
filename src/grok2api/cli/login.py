"""`grok2api login`: an xAI account becomes a credential of the pool.

Standard output gets one line, the address to open and the code if there is one, so that a script can take
it; all other words go to stderr. Must never print a token, and never sign in unless the operator has turned
it on.
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click
from typing_extensions import override

from grok2api.cli.credential_options import description
from grok2api.cli.interrupt import at_once
from grok2api.cli.options import Failed, config_option, load_settings
from grok2api.cli.session import Session, with_store
from grok2api.operations.editing import TIERS
from grok2api.storage.records import Tier

if TYPE_CHECKING:
    from grok2api.operations.sign_in_keeper import Wishes
    from grok2api.operations.sign_in_register import SignIn
    from grok2api.operations.signing_in import SignIns

Way = Literal["device", "paste", "loopback"]
_LONGEST_LINE: Final = 8192


@click.command(short_help="Sign in an xAI account and add it to the pool.")
@click.option("--name", default="", help="What people call it; the e-mail address if not given.")
@click.option("--tier", type=click.Choice(TIERS), help="What it may be used for; else as the token says.")
@click.option("--tag", "tags", multiple=True, help="A free word; may be repeated.")
@click.option("--proxy", default="", help="Proxy for its calls, the sign-in's too.")
@click.option(
    "--paste", "way", flag_value="paste", help="Sign in with any browser and paste where it ends up."
)
@click.option("--loopback", "way", flag_value="loopback", help="Sign in with a browser on this machine.")
@config_option
def login(
    name: str, tier: Tier | None, tags: tuple[str, ...], proxy: str, way: Way | None, config_file: Path | None
) -> None:
    """Sign in an xAI account (SuperGrok, X Premium+) and add it to the pool.

    Prints an address and a code; open the address on any device and confirm the code. Signing in again with
    the same account renews it.
    """
    from grok2api.operations.sign_in_keeper import Wishes  # noqa: PLC0415  brings along what a help text
    from grok2api.operations.signing_in import NOTICE, OAUTH_OFF  # noqa: PLC0415  need not wait for

    if not load_settings(config_file).settings.oauth.enabled:
        click.echo(f"{NOTICE}\n\n{OAUTH_OFF}", err=True)
        sys.exit(2)
    told = description({"name": name, "tier": tier, "tags": tags, "proxy": proxy})
    wishes = Wishes(name=told.name or "", tier=told.tier, tags=told.tags or (), proxy=told.proxy or "")

    async def work(session: Session) -> SignIn:
        signed_in = await _sign_in(session, wishes, way or "device")
        session.note.target, session.note.after = signed_in.credential_id, {"state": signed_in.state}
        return signed_in

    ended = with_store(config_file, work, writes="sign-ins.begin")
    if ended.state != "done":
        raise Failed(ended.message)
    click.echo(f"{ended.message} ({ended.credential_id})", err=True)


async def _sign_in(session: Session, wishes: Wishes, way: Way) -> SignIn:
    """Return how the sign-in ended."""
    from grok2api.canonical.tokens import Refusal, SignInRefused  # noqa: PLC0415
    from grok2api.operations.loopback import PortTaken  # noqa: PLC0415

    try:
        async with _sign_ins(session) as sign_ins:
            if way == "device":
                return await _by_code(sign_ins, wishes)
            return await _by_browser(sign_ins, wishes, listen=way == "loopback")
    except SignInRefused as refused:
        if refused.refusal is Refusal.UNSUPPORTED:
            raise Failed("the sign-in service gives no codes; use --loopback or --paste") from None
        raise Failed(f"the sign-in could not begin: {refused.detail}") from None
    except PortTaken as taken:
        raise Failed(f"{taken} (--paste)") from None


async def _by_code(sign_ins: SignIns, wishes: Wishes) -> SignIn:
    shown = await sign_ins.begin_device(wishes)
    _print_line(f"{shown.verification_uri_complete or shown.verification_uri} {shown.user_code}")
    click.echo(f"Open the address on any device, compare the code {shown.user_code} and confirm.", err=True)
    with _countdown(shown):
        return await sign_ins.wait(shown.id)


async def _by_browser(sign_ins: SignIns, wishes: Wishes, *, listen: bool) -> SignIn:
    shown = await sign_ins.begin_redirect(wishes)
    if listen:
        async with sign_ins.listening(shown.id):
            _print_line(shown.url)
            click.echo("Open the address with a browser on this machine and sign in.", err=True)
            with _countdown(shown):
                return await sign_ins.wait(shown.id)
    _print_line(shown.url)
    click.echo(
        "Open the address with a browser and sign in. It then ends up at an address of 127.0.0.1 that cannot "
        "be shown; copy that address whole and paste it here.",
        err=True,
    )
    return await sign_ins.finish_redirect(shown.id, _pasted())


@asynccontextmanager
async def _sign_ins(session: Session) -> AsyncIterator[SignIns]:
    """Open sign-ins of one's own; tokens that have come are stored before they close."""
    from grok2api.kit.clock import SystemClock  # noqa: PLC0415
    from grok2api.operations.refreshing import issuer_of  # noqa: PLC0415
    from grok2api.operations.sign_in_keeper import SignInKeeper  # noqa: PLC0415
    from grok2api.operations.signing_in import SignIns  # noqa: PLC0415

    clock, proxy = SystemClock(), session.settings.grok.proxy_url or None
    async with issuer_of(session.settings) as issuer:
        keeper = SignInKeeper(session.records, issuer, session.box, session.pepper, clock)
        sign_ins = SignIns(issuer, keeper, clock, proxy=lambda: proxy)
        try:
            yield sign_ins
        finally:
            await sign_ins.close()


def _print_line(text: str) -> None:
    click.echo(text)
    sys.stdout.flush()


def _pasted() -> str:
    """Return the line that somebody pastes."""
    with at_once():
        if not sys.stdin.isatty():
            return sys.stdin.readline(_LONGEST_LINE)
        answer: str = click.prompt("Address", err=True)
        return answer


@contextmanager
def _countdown(shown: SignIn) -> Iterator[None]:
    """Show how much time is left while the block runs, where a person watches."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TextColumn  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    class Left(ProgressColumn):
        """The time until the code ends."""

        @override
        def render(self, task: Task) -> Text:
            """Return minutes and seconds."""
            minutes, seconds = divmod(max(0, int(shown.expires_at - time.time())), 60)
            return Text(f"{minutes}:{seconds:02d} left" if task.total is None else "")

    columns = (SpinnerColumn(), TextColumn("{task.description}"), Left())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task("waiting for you to confirm", total=None)
        yield
