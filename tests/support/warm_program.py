"""The program, loaded once and started many times: each start is a fork of what has only been imported.

Two thirds of what a start costs is importing, and the suite starts the program hundreds of times. A fork
reads its words, environment, directory and standard streams like a program that was just started, since no
module of ours works or keeps anything at import. Must never run anything of the program before the fork.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOADED = (
    "aiosqlite",
    "uvloop",
    "grok2api.admin.app",
    "grok2api.cli.main",
    "grok2api.cli.sandbox",
    "grok2api.cli.serving",
    "grok2api.cli.session",
)
LARGEST = 200_000
"""Bytes that one order may have."""


def main(descriptor: int) -> None:
    """Load the program, then start it as often as somebody orders it on the socket."""
    sys.path.insert(0, str(ROOT / "src"))
    # Workers of a server are started anew from the main program, and this has to be that.
    sys.modules["__main__"].__file__ = str(ROOT / "main.py")
    for name in LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=descriptor) as orders:
        orders.send(b"{}")
        while True:
            said, streams, _, _ = socket.recv_fds(orders, LARGEST, 3)
            if not said:
                return
            order = json.loads(said)
            if "waited" in order:
                orders.send(json.dumps({"status": os.waitpid(order["waited"], 0)[1]}).encode())
                continue
            started = os.fork()
            if started == 0:
                orders.close()
                become(streams, order["words"], order["environment"], order["directory"])
            for each in streams:
                os.close(each)
            watch = os.pidfd_open(started)
            socket.send_fds(orders, [json.dumps({"pid": started}).encode()], [watch])
            os.close(watch)


def become(streams: list[int], words: list[str], environment: dict[str, str], directory: str) -> None:
    """Be the program that was started with these words; never return."""
    for number, each in enumerate(streams):
        os.dup2(each, number)
        os.close(each)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = [str(ROOT / "main.py"), *words]
    program = importlib.import_module("grok2api.cli.main")
    program.main(words)
    sys.exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
