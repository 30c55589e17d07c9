"""Processes of a benchmark run: compiling, starting on a core, stopping, and what they cost by /proc.

It only ever signals process groups it started itself. Linux only: the figures come from /proc, the
tools use epoll.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

BENCH = Path(__file__).resolve().parent
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """A run cannot go on; the message is meant for the person who started it."""


@dataclass(frozen=True, slots=True)
class Tools:
    """The compiled programs."""

    stub: Path
    load: Path


def compile_tools() -> Tools:
    """Compile the C programs into bench/build unless they are newer than their sources.

    Raises:
        BenchError: No compiler, or it refused.
    """
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise BenchError("make bench needs a C compiler (cc), for example from the package build-essential.")
    build = BENCH / "build"
    build.mkdir(exist_ok=True)
    newest = max(path.stat().st_mtime for path in (*BENCH.glob("*.c"), *BENCH.glob("*.h")))
    for name, sources in (("stub", ("stub.c", "shapes.c")), ("load", ("load.c",))):
        output = build / name
        if output.exists() and output.stat().st_mtime > newest:
            continue
        command = [compiler, "-O2", "-Wall", "-Wextra", "-o", str(output), *(str(BENCH / s) for s in sources)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchError(f"{compiler} could not compile {name}:\n{done.stderr}")
    return Tools(stub=build / "stub", load=build / "load")


@dataclass(frozen=True, slots=True)
class Cores:
    """The core of the load client and the stub, and that of the target; None when nothing is pinned."""

    load: int | None
    target: int | None


def choose_cores() -> Cores:
    """Take the first two cores this process may use; pin nothing on a single core."""
    if not hasattr(os, "sched_getaffinity"):
        return Cores(None, None)
    allowed = sorted(os.sched_getaffinity(0))
    return Cores(allowed[0], allowed[1]) if len(allowed) > 1 else Cores(None, None)


@contextlib.contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """Pin this thread for a moment: a child started inside inherits the core."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Server:
    """A started program in a process group of its own, with its output in a file."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        core: int | None,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
    ) -> None:
        self.log = log
        with log.open("wb") as output, on_core(core):
            self.process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment) if environment is not None else None,
                cwd=directory,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id of the first process."""
        return self.process.pid

    def running(self) -> bool:
        """Tell whether the first process is still there."""
        return self.process.poll() is None

    def last_lines(self, count: int = 25) -> str:
        """Return the end of the output, for a message about a failed start."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-count:]) or "(no output)"

    def stop(self) -> None:
        """End the group: politely, then whatever is left of it by force."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=8)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def process_tree(root: int) -> list[int]:
    """Return the ids of a process and of all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    tree = [root]
    for pid in tree:
        tree.extend(children.get(pid, ()))
    return tree


def cpu_seconds(root: int) -> float:
    """Return user and system time spent so far by the living processes of a tree."""
    ticks = 0
    for pid in process_tree(root):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_SECOND


def memory_mb(root: int) -> float:
    """Return the proportional set size of a tree in MB, or its resident size where that is not told."""
    kilobytes = 0
    for pid in process_tree(root):
        with contextlib.suppress(OSError, ValueError):
            kilobytes += _memory_kb(pid)
    return kilobytes / 1024


def _memory_kb(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except PermissionError:
        pass
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0
