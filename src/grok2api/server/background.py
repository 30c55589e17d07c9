"""Puts together what carries responses out in the background, and what is kept of them.

A part of the composition root. Must never hold a rule of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from grok2api.api.inflight import InFlight
from grok2api.api.v1.background import BackgroundResponses, BackgroundTurn
from grok2api.dialects.responses.recording import ResponseRecording
from grok2api.gateway.conductor import Gateway
from grok2api.gateway.contents.keeping import Contents
from grok2api.gateway.runs.archive import RunArchive, RunRules
from grok2api.gateway.runs.background import BackgroundRuns
from grok2api.gateway.runs.writer import RunWriter
from grok2api.kit.secretbox import SecretBox
from grok2api.server.foundation import Foundation

_MEBIBYTE = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """The background responses of a worker."""

    runs: BackgroundRuns
    writer: RunWriter
    archive: RunArchive
    turn: BackgroundTurn
    contents: Contents
    """Told how they ended, of client keys whose words are kept."""
    responses: BackgroundResponses


def build_background(
    base: Foundation, *, gateway: Gateway, contents: Contents, in_flight: InFlight
) -> Background:
    """Return the parts, joined.

    Args:
        base: What they stand on.
        gateway: Answers calls.
        contents: Told how requests ended whose words are kept.
        in_flight: The requests that clients wait for.
    """
    live, clock = base.live, base.clock

    def rules() -> RunRules:
        settings = live.current.responses
        return RunRules(
            keep=settings.background_keep,
            most=settings.background_runs,
            limit=settings.background_mb * _MEBIBYTE,
        )

    box = SecretBox(base.ring)
    archive = RunArchive(base.records.runs, box, clock, rules=rules, recording=ResponseRecording)
    writer = RunWriter(archive, holder=base.holder, clock=clock)
    runs = BackgroundRuns(gateway=gateway, archive=archive, writer=writer, contents=contents)
    return Background(
        runs=runs,
        writer=writer,
        archive=archive,
        turn=BackgroundTurn(runs, in_flight),
        contents=contents,
        responses=BackgroundResponses(runs, live, in_flight),
    )
