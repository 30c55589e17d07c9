"""The benchmark's command line: start the targets, interleave the rounds, show the figures.

Exit code 0 when everything was measured (missed targets included: they are told, not enforced), 1 when a
target could not be measured or gave wrong answers, 2 when the run cannot start here.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import sys
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench import report
from bench.figures import GATEWAY, Figures, verdicts
from bench.measure import Bench
from bench.processes import BENCH, BenchError, choose_cores, compile_tools, free_port
from bench.scenarios import CHAT, HOLD5K, RESPONSES, SCENARIOS, SURFACES, Load
from bench.targets import Ground, Target, find_nginx, start_gateway, start_litellm, start_nginx, start_stub
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.measure import Sample
    from bench.processes import Server, Tools
    from bench.scenarios import Scenario, Surface

HANG_UPS = 5
HOLD5K_FILES = 12_000


@dataclass(frozen=True, slots=True)
class Step:
    """One measurement of the plan."""

    target: Target
    scenario: Scenario
    surface: Surface
    load: Load
    round: int


@dataclass(slots=True)
class Run:
    """What a run has so far; it stops what it began."""

    console: Console
    targets: list[Target] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    hang_ups: dict[str, list[float]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    servers: list[Server] = field(default_factory=list)
    starters: dict[str, Callable[[], Target]] = field(default_factory=dict)

    def begin(self, start: Callable[[], Target]) -> None:
        """Start a target and take it in."""
        target = start()
        self.targets.append(target)
        self.starters[target.name] = start
        if target.server is not None:
            self.servers.append(target.server)

    def renew(self, target: Target) -> Target:
        """Start a target afresh in place of the process that is there."""
        if target.server is None:
            return target
        target.server.stop()
        fresh = self.starters[target.name]()
        if fresh.server is not None:
            self.servers.append(fresh.server)
        return fresh

    def warn(self, message: str) -> None:
        """Say at once, and again at the end, what a reader of the figures must know."""
        self.warnings.append(message)
        self.console.print(message, style="bold yellow", markup=False, highlight=False)

    def fault(self, message: str) -> None:
        """Note what makes the run fail; all of it is told at the end."""
        self.faults.append(message)

    @contextlib.contextmanager
    def noting(self) -> Iterator[None]:
        """Turn an error of a comparison into a fault, and go on without it."""
        try:
            yield
        except BenchError as error:
            self.fault(str(error))
            self.console.print(str(error), style="bold red", markup=False, highlight=False)

    def stop(self) -> None:
        """End every program that was started."""
        for server in reversed(self.servers):
            server.stop()


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="bench/run.py", description="Measure the gateway beside nginx and no gateway."
    )
    names = [scenario.name for scenario in (*SCENARIOS, HOLD5K)]
    parser.add_argument("--quick", action="store_true", help="one short round, under a minute in all")
    parser.add_argument(
        "--only", choices=("gateway", "nginx", "direct"), action="append", help="measure just this"
    )
    parser.add_argument(
        "--scenario", choices=names, action="append", help="run just this load (may be repeated)"
    )
    parser.add_argument(
        "--surface", choices=[surface.name for surface in SURFACES], help="run just this endpoint"
    )
    parser.add_argument("--rounds", type=int, help="interleaved rounds (default 3; 1 with --quick)")
    parser.add_argument("--gateway-url", help="measure a gateway that runs already; see --stub-port")
    parser.add_argument("--gateway-pid", type=int, help="its process id, for CPU and memory")
    parser.add_argument(
        "--gateway-env", action="append", default=[], metavar="NAME=VALUE", help="a setting for ours"
    )
    parser.add_argument("--stub-port", type=int, help="where the stub listens (default: a free port)")
    parser.add_argument(
        "--litellm", type=Path, metavar="VENV", help="measure LiteLLM from this virtual environment"
    )
    return parser.parse_args(arguments)


def raise_open_files() -> int:
    """Allow as many open files as the system lets us, and return how many that is."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard != resource.RLIM_INFINITY else 1_000_000


def running_gateway(options: argparse.Namespace) -> Target:
    """Describe the gateway of `--gateway-url`.

    Raises:
        BenchError: The address is not plain HTTP on this machine.
    """
    parts = urlsplit(options.gateway_url)
    if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "localhost"} or not parts.port:
        raise BenchError("--gateway-url must look like http://127.0.0.1:8000.")
    return Target(GATEWAY, parts.port, pid=options.gateway_pid)


def start_targets(options: argparse.Namespace, tools: Tools, ground: Ground, run: Run) -> None:
    """Start what was asked for. Ours must start; a comparison that cannot is a fault and is left out."""
    wanted = set(options.only or ("direct", "nginx", "gateway"))
    run.begin(partial(start_stub, tools, ground))
    if "gateway" in wanted:
        extra = dict(item.split("=", 1) for item in options.gateway_env)
        started = partial(start_gateway, ground, extra)
        run.begin(partial(running_gateway, options) if options.gateway_url else started)
    if "nginx" in wanted:
        binary = find_nginx()
        if binary is None:
            run.warn("nginx is not installed, so no ratio can be told: install it (apt install nginx).")
        else:
            with run.noting():
                run.begin(partial(start_nginx, binary, ground))
    if options.litellm is not None:
        with run.noting():
            run.begin(partial(start_litellm, options.litellm, ground))


def plan(options: argparse.Namespace, targets: Sequence[Target], files: int) -> list[Step]:
    """Lay out the rounds: the same load on every target, one after the other, in turning order.

    The 5,000 streams come last and upon fresh processes (`execute`): neither hides the other's memory.
    """
    surfaces = [s for s in SURFACES if options.surface in {None, s.name}]
    wanted = set(options.scenario or ())
    measured = [t for t in targets if not options.only or t.name in options.only or t.peer]
    steps: list[Step] = []
    for number in range(options.rounds or (1 if options.quick else 3)):
        turned = measured[number % len(measured) :] + measured[: number % len(measured)] if measured else []
        for scenario in SCENARIOS:
            for surface in surfaces if not wanted or scenario.name in wanted else ():
                steps += [
                    Step(
                        t,
                        scenario,
                        surface,
                        scenario.quick if options.quick or t.peer else scenario.full,
                        number,
                    )
                    for t in turned
                    if not t.peer or _for_peer(scenario, surface, number)
                ]
    if (not wanted and not options.quick and files >= HOLD5K_FILES) or HOLD5K.name in wanted:
        held = [t for t in measured if not t.peer and t.name != "direct"]
        steps += [Step(t, HOLD5K, RESPONSES, HOLD5K.full, 0) for t in held]
    return steps


def _load(scenario: Scenario, target: Target, options: argparse.Namespace) -> Load:
    return scenario.quick if options.quick or target.peer else scenario.full


def _for_peer(scenario: Scenario, surface: Surface, number: int) -> bool:
    return number == 0 and surface is CHAT and scenario.name in {"json64", "paced200"}


def warm_up(bench: Bench, target: Target, options: argparse.Namespace) -> None:
    """Let a target fill its pools and caches before anything counts."""
    json64, sse32 = SCENARIOS[1], SCENARIOS[2]
    seconds = 6.0 if target.peer else 0.4 if options.quick else 1.0
    for surface in (CHAT,) if target.peer else SURFACES:
        for scenario, load in ((json64, Load(seconds)), (sse32, Load(seconds / 2, events=50))):
            report_of = bench.measure(target, scenario, surface, load, -1).load
            if report_of.errors:
                raise BenchError(f"{target.name} answers {surface.path} wrongly: {report_of.error}")


def prepare(bench: Bench, run: Run, options: argparse.Namespace) -> None:
    """Warm every target up and see how soon it drops a stream its client left."""
    for target in list(run.targets):
        try:
            warm_up(bench, target, options)
            if target.name != "direct" and not target.peer:
                run.hang_ups[target.name] = [bench.hang_up(target) for _ in range(HANG_UPS)]
        except BenchError as error:
            if target.name in {"direct", GATEWAY}:
                raise
            run.targets.remove(target)
            run.fault(str(error))


def execute(bench: Bench, run: Run, options: argparse.Namespace, files: int) -> None:
    """Warm up, then measure step by step under a progress bar."""
    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=run.console, transient=True, refresh_per_second=2) as progress:
        task = progress.add_task("warming up", total=None)
        prepare(bench, run, options)
        steps = plan(options, run.targets, files)
        progress.update(task, total=len(steps))
        for step in steps:
            place = f"{step.scenario.name} {step.surface.name} {step.target.name}"
            progress.update(task, description=place)
            target = step.target
            if step.scenario is HOLD5K:
                target = run.renew(target)
                warm_up(bench, target, options)
            sample = bench.measure(target, step.scenario, step.surface, step.load, step.round)
            run.samples.append(sample)
            if sample.load.errors:
                run.fault(f"{place}: {sample.load.errors} errors, first: {sample.load.error}")
            progress.advance(task)


def conclude(run: Run, where: dict[str, str], *, selected: bool) -> None:
    """Print and keep what was measured; a run of selected loads shows only the targets it has figures for."""
    console = run.console
    if run.samples:
        gateway = next((target for target in run.targets if target.name == GATEWAY), None)
        lines = verdicts(Figures(run.samples), gateway, run.hang_ups) if gateway else []
        report.show(console, run.targets, Figures(run.samples))
        report.show_targets(console, [t for t in run.targets if t.name != "direct"], run.hang_ups)
        if gateway is not None:
            report.show_verdicts(console, [line for line in lines if line.values or not selected])
        saved = report.save(BENCH / "results", where, run.samples, lines)
        console.print(f"Kept in {saved}. How to read this: bench/README.md", highlight=False, soft_wrap=True)
    for message in run.warnings:
        console.print(message, style="bold yellow", markup=False, highlight=False)
    for message in run.faults:
        console.print(message, style="bold red", markup=False, highlight=False, soft_wrap=True)


def make_console() -> Console:
    """Return a console that does not squeeze the tables when the output goes to a file."""
    console = Console()
    return console if console.is_terminal else Console(width=140)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and return the exit code."""
    options = parse_arguments(arguments)
    console = make_console()
    if sys.platform != "linux":
        console.print("make bench needs Linux: it reads /proc and its tools use epoll.")
        return 2
    try:
        tools = compile_tools()
    except BenchError as error:
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        return 2
    files = raise_open_files()
    cores = choose_cores()
    where = report.machine(cores)
    console.print(" | ".join(where.values()), style="dim", highlight=False, soft_wrap=True)
    run = Run(console)
    with tempfile.TemporaryDirectory(prefix="grok2api-bench-") as name:
        ground = Ground(options.stub_port or free_port(), Path(name), cores, files)
        try:
            start_targets(options, tools, ground, run)
            execute(Bench(tools, cores, ground.stub_port, ground.directory), run, options, files)
        except BenchError as error:
            run.fault(str(error))
        finally:
            run.stop()
    selected = bool(options.scenario or options.surface or options.only)
    conclude(run, where, selected=selected)
    return 1 if run.faults else 0
