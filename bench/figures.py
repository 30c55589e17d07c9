"""Figures over rounds, and the targets they are held against.

A ratio is taken inside one round, where both sides met the same noise, and its median is told; a run's
absolute figures are never compared with another run's. Pure: no process, no clock.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bench.measure import Sample
    from bench.targets import Target

    Pick = Callable[[Sample], float | None]
    Combine = Callable[[float, float], float]

GATEWAY = "gateway"


def answers_per_s(sample: Sample) -> float:
    """Whole answers a second: requests of JSON, streams of SSE."""
    return sample.load.answers_per_s


def chunks_per_s(sample: Sample) -> float:
    """Deltas a second that reached the client."""
    return sample.load.chunks_per_s


def latency_p50(sample: Sample) -> float:
    """Median time of a whole answer in ms."""
    return sample.load.latency_p50_ms


def latency_p99(sample: Sample) -> float:
    """99th percentile of the time of a whole answer in ms."""
    return sample.load.latency_p99_ms


def first_p50(sample: Sample) -> float:
    """Median time to the first delta in ms."""
    return sample.load.first_p50_ms


def first_p99(sample: Sample) -> float:
    """99th percentile of the time to the first delta in ms."""
    return sample.load.first_p99_ms


def transit_p50(sample: Sample) -> float:
    """Median time of one delta from the stub's send to the client's read in ms."""
    return sample.load.transit_p50_ms


def transit_p99(sample: Sample) -> float:
    """99th percentile of a delta's transit in ms."""
    return sample.load.transit_p99_ms


def cpu_request(sample: Sample) -> float | None:
    """CPU of the target's processes per request in us."""
    return sample.cpu_us_per_request


def cpu_chunk(sample: Sample) -> float | None:
    """CPU of the target's processes per delta in us."""
    return sample.cpu_us_per_chunk


def peak_mb(sample: Sample) -> float | None:
    """Largest memory of the target's processes seen during the load, in MB."""
    return sample.peak_mb


class Figures:
    """All samples of a run, asked by place."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._samples: dict[tuple[str, str, str], dict[int, Sample]] = {}
        for sample in samples:
            place = (sample.scenario, sample.surface, sample.target)
            self._samples.setdefault(place, {})[sample.round] = sample

    def rounds(self, scenario: str, surface: str, target: str) -> dict[int, Sample]:
        """Return a place's samples by round, which may be none."""
        return self._samples.get((scenario, surface, target), {})

    def median(self, scenario: str, surface: str, target: str, pick: Pick) -> float | None:
        """Return the median over the rounds."""
        values = [v for s in self.rounds(scenario, surface, target).values() if (v := pick(s)) is not None]
        return statistics.median(values) if values else None

    def compared(
        self, scenario: str, surface: str, target: str, base: str, pick: Pick, combine: Combine
    ) -> list[float]:
        """Return target against base for every round that has both."""
        bases = self.rounds(scenario, surface, base)
        pairs = (
            (pick(sample), pick(bases[number]))
            for number, sample in self.rounds(scenario, surface, target).items()
            if number in bases
        )
        return [combine(a, b) for a, b in pairs if a is not None and b is not None]

    def added(self, scenario: str, surface: str, target: str, pick: Pick) -> float | None:
        """Return the median of what the target adds to going straight to the stub."""
        values = self.compared(scenario, surface, target, "direct", pick, _minus)
        return statistics.median(values) if values else None

    def errors(self, scenario: str, surface: str, target: str) -> int:
        """Return how many answers were wrong."""
        return sum(s.load.errors for s in self.rounds(scenario, surface, target).values())


def _minus(one: float, other: float) -> float:
    return one - other


def _ratio(one: float, other: float) -> float:
    return one / other if other else math.inf


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of the targets: what was asked for, what was measured in each round."""

    name: str
    unit: str
    must: float
    goal: float
    at_least: bool
    values: tuple[float, ...]

    @property
    def measured(self) -> float | None:
        """The median, or None when nothing was measured."""
        return statistics.median(self.values) if self.values else None

    @property
    def outcome(self) -> str:
        """`goal`, `ok`, `missed`, or `not measured`."""
        if self.measured is None:
            return "not measured"
        if self._meets(self.measured, self.goal):
            return "goal"
        return "ok" if self._meets(self.measured, self.must) else "missed"

    def _meets(self, value: float, bound: float) -> bool:
        return value >= bound if self.at_least else value <= bound


def verdicts(figures: Figures, gateway: Target | None, hang_ups: dict[str, list[float]]) -> list[Verdict]:
    """Hold a run against the targets."""
    lines: list[Verdict] = []
    for surface in ("responses", "chat"):
        lines += _against_nginx(figures, surface)
    lines += _held_streams(figures)
    idle = (gateway.idle_mb,) if gateway and gateway.idle_mb is not None else ()
    startup = (gateway.startup_s,) if gateway and gateway.startup_s is not None else ()
    lines.append(Verdict("idle memory", "MB", 120, 80, at_least=False, values=idle))
    lines.append(Verdict("start-up", "s", 2, 1, at_least=False, values=startup))
    dropped = tuple(hang_ups.get(GATEWAY, ()))
    lines.append(Verdict("hang-up -> upstream dropped", "ms", 100, 50, at_least=False, values=dropped))
    return lines + _against_litellm(figures)


def _against_nginx(figures: Figures, surface: str) -> list[Verdict]:
    def held(scenario: str, pick: Pick, combine: Combine = _ratio) -> tuple[float, ...]:
        return tuple(figures.compared(scenario, surface, GATEWAY, "nginx", pick, combine))

    chunk = (3.0, 2.2) if surface == "responses" else (4.0, 2.6)
    most, least = False, True
    return [
        Verdict(f"{surface}: json64 req/s vs nginx", "x", 0.07, 0.25, least, held("json64", answers_per_s)),
        Verdict(f"{surface}: CPU us/req vs nginx", "x", 14, 4, most, held("json64", cpu_request)),
        Verdict(
            f"{surface}: json1 p50 added over nginx",
            "ms",
            0.6,
            0.25,
            most,
            held("json1", latency_p50, _minus),
        ),
        Verdict(f"{surface}: paced200 CPU us/chunk vs nginx", "x", *chunk, most, held("paced200", cpu_chunk)),
        Verdict(
            f"{surface}: paced200 delivered vs nginx", "x", 0.97, 0.98, least, held("paced200", chunks_per_s)
        ),
        Verdict(
            f"{surface}: paced200 first chunk p50 vs nginx", "x", 12, 3, most, held("paced200", first_p50)
        ),
        Verdict(f"{surface}: hold1k chunks/s vs nginx", "x", 0.5, 0.65, least, held("hold1k", chunks_per_s)),
    ]


def _held_streams(figures: Figures) -> list[Verdict]:
    samples = figures.rounds("hold5k", "responses", GATEWAY).values()
    sizes = tuple(
        (s.peak_mb - s.before_mb) * 1024 / 5000
        for s in samples
        if s.peak_mb is not None and s.before_mb is not None
    )
    whole = tuple(s.load.answers / 5000 for s in samples)
    return [
        Verdict("5,000 streams: memory each", "KB", 35, 25, at_least=False, values=sizes),
        Verdict("5,000 streams: complete", "x", 1, 1, at_least=True, values=whole),
    ]


def _against_litellm(figures: Figures) -> list[Verdict]:
    def held(scenario: str, pick: Pick) -> tuple[float, ...]:
        return tuple(figures.compared(scenario, "chat", GATEWAY, "litellm", pick, _ratio))

    rate, cost = held("json64", answers_per_s), held("paced200", cpu_chunk)
    if not rate and not cost:
        return []
    return [
        Verdict("chat: json64 req/s vs LiteLLM", "x", 40, 90, at_least=True, values=rate),
        Verdict("chat: paced200 CPU us/chunk vs LiteLLM", "x", 0.08, 0.05, at_least=False, values=cost),
    ]
