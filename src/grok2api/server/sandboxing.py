"""The way into the sandbox upstream: the one module that knows it.

It stands apart from `server.run`, so that neither program loads the other into memory.
Must never import the gateway.
"""

from __future__ import annotations

from collections.abc import Callable

from grok2api.sandbox.serve import serve

Say = Callable[[str], None]


def run_sandbox(host: str, port: int, *, seed: int, pace: float, announce: Say) -> None:
    """Serve the sandbox upstream until a signal ends it; `pace` is the seconds between stream events."""
    serve(host, port, seed=seed, pace=pace, announce=announce)
