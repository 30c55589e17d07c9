"""Puts together what makes videos.

A part of the composition root. Must never hold a rule of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from grok2api.api.v1.turns import TurnServices
from grok2api.api.v1.video_views import Viewer
from grok2api.api.v1.videos import VideoServices
from grok2api.gateway.own_media import OwnMedia
from grok2api.gateway.videos.archiving import Archive
from grok2api.gateway.videos.asking import Asker
from grok2api.gateway.videos.books import Books
from grok2api.gateway.videos.ending import Ending
from grok2api.gateway.videos.jobs import VideoJobs
from grok2api.gateway.videos.journal import Journal
from grok2api.gateway.videos.keeper import VideoKeeper
from grok2api.gateway.videos.order import VideoRules
from grok2api.gateway.videos.ordering import Ordering
from grok2api.gateway.videos.submitting import Submitter
from grok2api.gateway.videos.work import VideoWork
from grok2api.kit.secretbox import SecretBox
from grok2api.server.parts import Parts
from grok2api.server.rules import cleaning_rules
from grok2api.storage.records import Asset, UsageRecord

_HOUR = 3600.0
_DAY = 86_400.0


def video_services(parts: Parts, jobs: VideoJobs, turns: TurnServices) -> VideoServices:
    """Return what the endpoints of videos work with."""
    live = parts.live
    viewer = Viewer(
        ids=parts.ids,
        journal=jobs.journal,
        library=parts.media.library,
        links=parts.media.links,
        settings=lambda: live.current,
        clock=parts.clock,
    )
    return VideoServices(
        turns=turns,
        jobs=jobs,
        ids=parts.ids,
        viewer=viewer,
        delivery=parts.media.delivery,
        admission=turns.media_admission,
    )


def video_jobs(parts: Parts, noted: Callable[[UsageRecord, None], None]) -> VideoJobs:
    """Return the video jobs of a worker; `noted` is told of each that is settled."""
    live, clock, library = parts.live, parts.clock, parts.media.library

    def rules() -> VideoRules:
        settings = live.current
        return VideoRules(
            poll=settings.video.poll_seconds,
            give_up=settings.video.give_up_hours * _HOUR,
            open_jobs=settings.video.open_jobs,
            keep=settings.video.keep_days * _DAY,
            upstream_links=settings.media.links == "upstream",
        )

    def expires_at(asset: Asset) -> float | None:
        cleaning = cleaning_rules(live.current)
        goes = cleaning.enabled and cleaning.keep > 0
        return asset.created_at + cleaning.keep if goes else None

    journal = Journal(parts.records.videos, SecretBox(parts.ring), clock, holder=parts.holder)

    def traces(key_id: str) -> bool:
        return live.current.ledger.trace_days > 0 and not parts.keys.never_logs(key_id)

    books = Books(parts.rows, parts.prices, clock, traces=traces, noted=noted)
    ending = Ending(journal, books, library, clock)
    submitter = Submitter(
        attempts=parts.attempts,
        upstream=parts.client,
        pool=parts.pool,
        journal=journal,
        books=books,
        ending=ending,
    )
    archive = Archive(
        fetcher=parts.fetcher,
        library=library,
        journal=journal,
        upstream_url=lambda: parts.pool.roster.base_url,
    )
    work = VideoWork(
        asker=Asker(pool=parts.pool, upstream=parts.client),
        archive=archive,
        ending=ending,
        journal=journal,
        upstream=parts.client,
        clock=clock,
        rules=rules,
        expires_at=expires_at,
    )
    return VideoJobs(
        ordering=_ordering(parts),
        keeper=VideoKeeper(submitter=submitter, work=work, journal=journal, clock=clock),
        journal=journal,
        ending=ending,
        clock=clock,
        rules=rules,
    )


def _ordering(parts: Parts) -> Ordering:
    library = parts.media.library
    return Ordering(
        models=parts.models,
        pool=parts.pool,
        store=parts.records.videos,
        library=library,
        own=OwnMedia(library, parts.media.links, parts.clock),
        ids=parts.ids,
    )
