"""`grok2api completion`: a script for the shell, which asks the program itself what fits."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from grok2api.cli.options import Failed

_PROGRAM = "grok2api"


@click.command(short_help="Print a script that completes commands in your shell.")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    r"""Print a script that completes commands in your shell.

    \b
    bash:  grok2api completion bash >> ~/.bashrc
    zsh:   grok2api completion zsh >> ~/.zshrc
    fish:  grok2api completion fish > ~/.config/fish/completions/grok2api.fish
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise Failed(f"no completion for {shell}")
    program = context.find_root().command
    click.echo(kind(program, {}, _PROGRAM, f"_{_PROGRAM.upper()}_COMPLETE").source())
