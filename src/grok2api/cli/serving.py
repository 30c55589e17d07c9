"""`grok2api serve`, and what a person reads when it starts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from grok2api.config.loaded import Loaded
from grok2api.config.settings import Settings
from grok2api.errors import StoreAway
from grok2api.server.options import StartOptions
from grok2api.server.prepare import Prepared
from grok2api.server.run import StartFailed
from grok2api.server.run import serve as run_server
from grok2api.server.sandbox_process import Sandbox

_PROMPT = "Say hello in one short sentence."


@click.command(short_help="Serve the API.")
@click.option("--host", help="Address to listen on (setting server.host).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (setting server.port).")
@click.option("--workers", type=click.IntRange(1), help="Worker processes (setting server.workers).")
@click.option("--sandbox", is_flag=True, help="With an empty pool, serve from the built-in sandbox upstream.")
@click.option(
    "--config",
    "config_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read this file instead of config.toml.",
)
def serve(
    host: str | None, port: int | None, workers: int | None, sandbox: bool, config_file: Path | None
) -> None:
    """Serve the API until it is interrupted."""
    flags = {"server.host": host, "server.port": port, "server.workers": workers}
    options = StartOptions(config_file=config_file, flags=tuple(flags.items()), sandbox=sandbox)
    try:
        run_server(options, announce)
    except (
        StoreAway
    ) as error:  # no fault of the settings, as far as is known: whoever starts us may try again
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
    except StartFailed:
        click.echo("error: the server did not start; the log above says why", err=True)
        sys.exit(1)


def announce(loaded: Loaded, prepared: Prepared, sandbox: Sandbox | None) -> None:
    """Print where the server is, what it serves from, and a line that can be pasted."""
    for warning in (*loaded.warnings, *prepared.remarks):
        click.echo(f"warning: {warning}", err=True)
    settings = loaded.settings
    base = address(settings)
    say = click.echo
    say(f"\ngrok2api is starting on {base}")
    if sandbox is not None:
        say("No xAI credential yet: answers come from the built-in sandbox, not from Grok.")
        say("Add one at any time, it takes over at once:  grok2api credentials add xai-…")
    elif not prepared.has_credential:
        say("The pool is empty: requests get 503 until you add a credential:  grok2api credentials add xai-…")
    if prepared.first_key is not None:
        say(f"\nYour client key (shown only now):  {prepared.first_key}")
        say("Try it:\n")
        say(curl_line(base, prepared.first_key))
    elif settings.app.auth == "none":
        say("\nNo key is asked for (app.auth = none). Try it:\n")
        say(curl_line(base, "none"))
    else:
        say("\nTry it with your client key in GROK2API_KEY (make one:  grok2api keys create --name NAME):\n")
        say(curl_line(base, "$GROK2API_KEY"))
    if prepared.made_elsewhere:
        say("\nAnother host of this fleet started at the same moment: it made the first client key and the")
        say("password of the console, and only its output shows them. To have others:")
        say("  grok2api keys create --name NAME     grok2api admin reset-password")
    say(f"\nConsole:  {base}/admin")
    if prepared.password is not None:
        say(f"Password of the console (shown only now):  {prepared.password}")
    say("")
    sys.stdout.flush()


def address(settings: Settings) -> str:
    """Return the URL that a person on this machine would open."""
    host = settings.server.host
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else host  # noqa: S104  only compared
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{settings.server.port}"


def curl_line(base: str, key: str) -> str:
    """Return a command that streams an answer when pasted."""
    body = '{"model":"grok-4","stream":true,"messages":[{"role":"user","content":"' + _PROMPT + '"}]}'
    return (
        f'curl -N {base}/v1/chat/completions -H "Authorization: Bearer {key}" '
        f"-H 'Content-Type: application/json' -d '{body}'"
    )
