"""The check that a container runs: it says what the server in it does."""

from __future__ import annotations

import subprocess
import sys
from urllib.parse import urlsplit

from support.processes import ROOT, Gateway, clean_environment, free_port

CHECK = ROOT / "deploy" / "docker" / "healthcheck.py"


def check(port: int) -> int:
    done = subprocess.run(
        [sys.executable, "-I", str(CHECK)], env=clean_environment(SERVER_PORT=str(port)), check=False
    )
    return done.returncode


def test_a_server_that_answers_is_healthy(gateway: Gateway) -> None:
    assert check(urlsplit(gateway.url).port or 0) == 0


def test_a_port_that_nobody_serves_is_not() -> None:
    assert check(free_port()) == 1
