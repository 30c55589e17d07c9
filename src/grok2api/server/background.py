"""Puts together what carries responses out in the background, and what is kept of them.

A part of the composition root. Must never hold a rule of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from grok2api.api.inflight import InFlight
from grok2api.api.v1.background import BackgroundResponses, BackgroundTurn
from grok2api.config.live import Live
from grok2api.dialects.responses.recording import ResponseRecording
from grok2api.gateway.conductor import Gateway
from grok2api.gateway.contents.keeping import Contents
from grok2api.gateway.runs.archive import RunArchive, RunRules
from grok2api.gateway.runs.desk import RunDesk
from grok2api.gateway.runs.writer import RunWriter
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.storage.stores import Records

_MEBIBYTE = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """The background responses of a worker."""

    desk: RunDesk
    writer: RunWriter
    archive: RunArchive
    turn: BackgroundTurn
    contents: Contents
    """Told how they ended, of client keys whose words are kept."""
    responses: BackgroundResponses


def build_background(
    live: Live,
    ring: KeyRing,
    records: Records,
    gateway: Gateway,
    contents: Contents,
    in_flight: InFlight,
    clock: Clock,
    holder: str,
) -> Background:
    """Return the parts, joined."""

    def rules() -> RunRules:
        settings = live.current.responses
        return RunRules(
            keep=settings.background_keep,
            most=settings.background_runs,
            limit=settings.background_mb * _MEBIBYTE,
        )

    archive = RunArchive(records.runs, SecretBox(ring), clock, rules=rules, recording=ResponseRecording)
    writer = RunWriter(archive, holder=holder, clock=clock)
    desk = RunDesk(gateway=gateway, archive=archive, writer=writer, contents=contents)
    return Background(
        desk=desk,
        writer=writer,
        archive=archive,
        turn=BackgroundTurn(desk, in_flight),
        contents=contents,
        responses=BackgroundResponses(desk, live, in_flight),
    )
