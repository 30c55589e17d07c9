"""A gateway whose disk takes nothing more while it serves, and a start on a read-only one (Linux).

The disk is mounted in a namespace of its own, so that no rights are needed and nothing is left behind. What
happens there is told by a program that runs inside, this very module: one line of JSON with what was seen.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from support.observing import children, eventually
from support.pool_faults import Drill, drilling
from support.processes import ROOT, Sandbox, clean_environment, free_port, request

TESTS = Path(__file__).resolve().parents[1]
WORKERS, TURNS = 2, 20
_MOST_CHANGES = 500
_MOUNT = 'mount -t tmpfs -o size=64m,mode=700 tmpfs "$1" && shift && exec "$@"'
Seen = dict[str, Any]


def see(directory: Path, upstream: str) -> Seen:
    """Have everything happen on a disk under `directory`; return what was seen."""
    (directory / "data").mkdir(parents=True)
    inside = [sys.executable, "-m", "support.readonly_disk", str(directory), upstream]
    ran = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", _MOUNT, "sh", str(directory / "data"), *inside],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(TESTS), str(TESTS.parent / "src")))},
    )
    assert ran.returncode == 0, ran.stderr
    seen: Seen = json.loads(ran.stdout.splitlines()[-1])
    return seen


def _fill(disk: Path) -> Path:
    """Leave not a byte; return what takes all the room."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return ballast


def _turns(drill: Drill) -> dict[str, int]:
    """Return how often each status came."""
    return {str(status): n for status, n in Counter(drill.ask().status for _ in range(TURNS)).items()}


def _change(drill: Drill, identifier: str) -> list[object]:
    """Change a credential as an operator does; return status and the error's code."""
    url = f"{drill.gateway.url}/admin/api/credentials/{identifier}"
    status, _, body = request(
        "PATCH", url, {"note": f"note {time.time_ns()} " + 400 * "x"}, headers=drill._authorised(), seconds=60
    )
    return [status, json.loads(body).get("code") or json.loads(body).get("error", {}).get("code", "")]


def _refused_change(drill: Drill, identifier: str) -> list[object]:
    """Return how a change is refused; the first ones may find room in what the file holds already."""
    return next(told for _ in range(_MOST_CHANGES) if (told := _change(drill, identifier))[0] != 200)


def _rows(disk: Path) -> int:
    with closing(sqlite3.connect(f"file:{disk / 'grok2api.db'}?mode=ro", uri=True)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM usage_records").fetchone()
        return int(count)


def _happen(directory: Path, upstream: str) -> Seen:
    disk, seen = directory / "data", Seen()
    sandbox = Sandbox(subprocess.Popen(["true"], text=True), upstream)
    with drilling(directory, sandbox, SERVER__WORKERS=WORKERS) as drill:
        drill.fill(["ann"])
        identifier = drill.credentials()["ann"]["id"]
        eventually(lambda: _turns(drill) == {"200": TURNS}, "both workers to know the pool")
        processes = sorted(children(drill.gateway.process.pid))
        seen["well"] = _turns(drill)
        eventually(lambda: _rows(disk) >= TURNS, "the rows")
        ballast = _fill(disk)
        seen["without a byte"] = _turns(drill)
        seen["a change"] = _refused_change(drill, identifier)
        seen["still without"] = _turns(drill)
        seen["ready"] = request("GET", f"{drill.gateway.url}/ready")[0]
        seen["processes stay"] = sorted(children(drill.gateway.process.pid)) == processes
        ballast.unlink()
        seen["mended"] = _turns(drill)
        eventually(lambda: _change(drill, identifier)[0] == 200, "a change", 1600)
        eventually(lambda: _rows(disk) >= 4 * TURNS, "the rows of all turns", 1600)
        seen["rows"] = _rows(disk)
        seen["tracebacks"] = drill.gateway.log.read_text().count("Traceback")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    ran = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "serve"],
        check=False,
        capture_output=True,
        text=True,
        cwd=directory,
        timeout=100,
        env=clean_environment(DATA_DIR=str(disk), SERVER_PORT=str(free_port())),
    )
    seen["a start"] = [ran.returncode, ran.stderr.strip()]
    return seen


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_happen(Path(sys.argv[1]), sys.argv[2])) + "\n")
