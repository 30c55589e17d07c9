"""`grok2api sandbox`: an emulation of xAI's API as a program of its own. Must never load the gateway."""

from __future__ import annotations

import os
import sys
import threading

import click

from grok2api.server.sandboxing import run_sandbox


@click.command(short_help="Serve an emulation of xAI's API.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on; 0 takes a free one."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Makes answers repeatable.")
@click.option(
    "--pace",
    type=click.FloatRange(0, 10),
    default=0.0,
    show_default=True,
    help="Seconds between the events of a stream.",
)
@click.option("--attached", is_flag=True, hidden=True, help="End when standard input closes.")
def sandbox(host: str, port: int, seed: int, pace: float, attached: bool) -> None:
    """Serve an emulation of xAI's API for tests, demos and fault drills."""
    if attached:
        threading.Thread(target=_end_with_standard_input, daemon=True).start()
    run_sandbox(host, port, seed=seed, pace=pace, announce=click.echo)


def _end_with_standard_input() -> None:
    """Wait for the parent to close the pipe, then end at once: there is nothing here worth saving."""
    sys.stdin.read()
    os._exit(0)
