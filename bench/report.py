"""Show a run: one table per scenario, the targets, and a JSON file to keep."""

from __future__ import annotations

import math
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from bench import figures as of
from bench.scenarios import HOLD5K, SCENARIOS, SURFACES
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.figures import Figures, Pick, Verdict
    from bench.measure import Sample
    from bench.processes import Cores
    from bench.scenarios import Scenario
    from bench.targets import Target
    from rich.console import Console

JSON_COLUMNS: tuple[tuple[str, Pick, bool], ...] = (
    ("req/s", of.answers_per_s, False),
    ("p50 ms", of.latency_p50, False),
    ("p99 ms", of.latency_p99, False),
    ("added p50", of.latency_p50, True),
    ("added p99", of.latency_p99, True),
    ("CPU us/req", of.cpu_request, False),
    ("MB", of.peak_mb, False),
)
STREAM_COLUMNS: tuple[tuple[str, Pick, bool], ...] = (
    ("streams/s", of.answers_per_s, False),
    ("chunks/s", of.chunks_per_s, False),
    ("first p50 ms", of.first_p50, False),
    ("added p50", of.first_p50, True),
    ("added p99", of.first_p99, True),
    ("transit p50", of.transit_p50, False),
    ("p99 ms", of.transit_p99, False),
    ("CPU us/chunk", of.cpu_chunk, False),
    ("MB", of.peak_mb, False),
)
COLOURS = {"goal": "green", "ok": "green", "missed": "bold red", "not measured": "dim"}


def number(value: float | None) -> str:
    """Write a figure with about three digits."""
    if value is None:
        return "-"
    if math.isinf(value):
        return "never"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}"


def show_scenario(console: Console, scenario: Scenario, targets: Sequence[str], figures: Figures) -> None:
    """Print one scenario's table; nothing when it was not run."""
    columns = STREAM_COLUMNS if scenario.streaming else JSON_COLUMNS
    table = Table(title=f"{scenario.name}: {scenario.about}", title_justify="left", title_style="bold")
    for name in ("surface", "target"):
        table.add_column(name)
    for name, _, _ in columns:
        table.add_column(name, justify="right")
    for surface in SURFACES:
        for target in targets:
            place = (scenario.name, surface.name, target)
            if not figures.rounds(*place):
                continue
            cells = [
                ("" if target == "direct" else number(figures.added(*place, pick)))
                if added
                else number(figures.median(*place, pick))
                for _, pick, added in columns
            ]
            errors = figures.errors(*place)
            name = f"[bold red]{target}: {errors} errors[/]" if errors else target
            table.add_row(surface.name, name, *cells)
        table.add_section()
    if table.row_count:
        console.print(table)


def show_verdicts(console: Console, lines: Sequence[Verdict]) -> None:
    """Print the targets and what was measured."""
    table = Table(
        title="Targets (median of the rounds' own ratios)", title_justify="left", title_style="bold"
    )
    table.add_column("figure")
    for name in ("must", "goal", "measured", "min - max", ""):
        table.add_column(name, justify="right")
    for line in lines:
        sign = ">=" if line.at_least else "<="
        spread = f"{number(min(line.values))} - {number(max(line.values))}" if len(line.values) > 1 else ""
        outcome = line.outcome
        table.add_row(
            line.name,
            f"{sign} {line.must:g} {line.unit}",
            f"{sign} {line.goal:g} {line.unit}",
            f"{number(line.measured)} {line.unit}" if line.values else "-",
            spread,
            f"[{COLOURS[outcome]}]{outcome}[/]",
        )
    console.print(table)


def machine(cores: Cores) -> dict[str, str]:
    """Describe where the run took place."""
    model = "unknown CPU"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    pinned = "not pinned: figures of one run may differ a lot"
    if cores.target is not None:
        pinned = f"client and stub on core {cores.load}, target on core {cores.target}"
    return {
        "cpu": model,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "cores": pinned,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def show_targets(console: Console, targets: Sequence[Target], hang_ups: dict[str, list[float]]) -> None:
    """Print start-up, idle memory and hang-up of every target that was started here."""
    table = Table(title="Targets at rest", title_justify="left", title_style="bold")
    table.add_column("target")
    for name in ("ready after s", "idle MB", "hang-up -> upstream dropped ms"):
        table.add_column(name, justify="right")
    for target in targets:
        drops = ", ".join(number(value) for value in sorted(hang_ups.get(target.name, ())))
        table.add_row(target.name, number(target.startup_s), number(target.idle_mb), drops or "-")
    console.print(table)


def show(console: Console, targets: Sequence[Target], figures: Figures) -> None:
    """Print the tables of all scenarios that were run."""
    names = [target.name for target in targets]
    for scenario in (*SCENARIOS, HOLD5K):
        show_scenario(console, scenario, names, figures)


def save(directory: Path, where: dict[str, str], samples: Sequence[Sample], lines: Sequence[Verdict]) -> Path:
    """Write everything measured as JSON and return the file."""
    directory.mkdir(exist_ok=True)
    path = directory / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    verdicts = [asdict(line) | {"measured": line.measured, "outcome": line.outcome} for line in lines]
    document = {"machine": where, "targets": verdicts, "samples": list(samples)}
    path.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=1))
    return path
