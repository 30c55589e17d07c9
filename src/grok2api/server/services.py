"""The composition root: the only place where the parts are put together.

Everything is built here from the settings and handed on as one frozen value; nothing is made at import,
and nothing is filled in later.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Final

from grok2api.accounting.client_keys import KeyDirectory
from grok2api.accounting.ledger import Ledger
from grok2api.accounting.running import Running
from grok2api.accounting.settlement import Settlement
from grok2api.api.auth import Authenticator
from grok2api.api.inflight import InFlight
from grok2api.api.v1.counting import CountServices
from grok2api.api.v1.files import FileServices
from grok2api.api.v1.images import ImageServices
from grok2api.api.v1.speech import SoundServices
from grok2api.api.v1.stored import StoredServices
from grok2api.api.v1.turns import TurnServices
from grok2api.api.v1.videos import VideoServices
from grok2api.config.live import Live
from grok2api.gateway.conductor import Gateway
from grok2api.gateway.contents.keeping import Contents
from grok2api.gateway.media_calls import MediaCalls
from grok2api.gateway.models import Models
from grok2api.gateway.pipeline import Readers
from grok2api.gateway.references import References
from grok2api.gateway.sound import SoundCalls
from grok2api.gateway.transcriber import Transcriber
from grok2api.gateway.transcripts import Transcripts
from grok2api.gateway.turn_calls import TurnCalls
from grok2api.kit.clock import SystemClock
from grok2api.kit.ids import new_id
from grok2api.kit.secretbox import SecretBox
from grok2api.media.darkroom import Darkroom
from grok2api.operations.setting_values import overrides_of
from grok2api.pool.pool import Pool
from grok2api.pool.refresh.refresher import Refresher
from grok2api.pool.view import View
from grok2api.server.background import Background, build_background
from grok2api.server.bookkeeping import build_ledger, build_live, opening_accounts
from grok2api.server.crafting import Crafts, build_enclosures, build_studio
from grok2api.server.endpoints import (
    KeptConversations,
    build_authenticator,
    count_services,
    file_services,
    kept_conversations,
    stored_services,
    turn_services,
)
from grok2api.server.examiner import Examiner
from grok2api.server.foundation import Foundation
from grok2api.server.images import build_images, picture_parts
from grok2api.server.key_limits import build_gate
from grok2api.server.leadership import Leadership
from grok2api.server.live import LiveRequests
from grok2api.server.media import Media, build_media
from grok2api.server.metering import Metering
from grok2api.server.options import StartOptions
from grok2api.server.parts import Parts, build_parts
from grok2api.server.pooling import Pooling, build_pooling
from grok2api.server.prepare import PEPPER_PURPOSE
from grok2api.server.sandbox_process import SANDBOX_KEYS, Sandbox
from grok2api.server.secret_key import load_key_ring
from grok2api.server.sharing import Sharing, open_sharing
from grok2api.server.sound import build_sound
from grok2api.server.speaking import Dialects, build_dialects
from grok2api.server.store_wait import opened_when_there
from grok2api.server.telemetry import open_telemetry
from grok2api.server.videos import video_jobs, video_services
from grok2api.server.ways import Ways, open_ways
from grok2api.storage.records import Changes
from grok2api.storage.root import rooted_ring
from grok2api.upstream.transport import Fetcher
from grok2api.upstream.xai.chat_reader import ChatReader
from grok2api.upstream.xai.responses_reader import ResponsesReader

READERS: Final[Readers] = MappingProxyType({"responses": ResponsesReader, "chat": ChatReader})


@dataclass(frozen=True, slots=True, kw_only=True)
class Services(Foundation):
    """Everything a worker works with."""

    options: StartOptions
    pooling: Pooling
    sharing: Sharing
    metering: Metering
    leadership: Leadership
    examiner: Examiner
    models: Models
    keys: KeyDirectory
    ledger: Ledger
    in_flight: InFlight
    live_requests: LiveRequests
    authenticator: Authenticator
    dialects: Dialects
    transcripts: Transcripts
    contents: Contents
    turns: TurnServices
    counting: CountServices
    stored: StoredServices
    sound: SoundServices
    files: FileServices
    background: Background
    media: Media
    images: ImageServices
    fetcher: Fetcher
    videos: VideoServices

    @property
    def pool(self) -> Pool:
        """The credentials, as requests see them."""
        return self.pooling.pool

    @property
    def view(self) -> View:
        """The credentials, as the store has them."""
        return self.pooling.view

    @property
    def refresher(self) -> Refresher:
        """Where sign-ins are refreshed."""
        return self.pooling.refresher


@dataclass(frozen=True, slots=True)
class Opened:
    """What a worker was started with, and what was opened for it beside its foundation."""

    options: StartOptions
    ways: Ways
    sharing: Sharing
    metering: Metering
    sandbox: Sandbox | None


@asynccontextmanager
async def build_services(
    options: StartOptions, sandbox: Sandbox | None, metering: Metering
) -> AsyncIterator[Services]:
    """Open what must be opened, put it together, and close it in reverse order."""
    loaded = options.load()
    ring = load_key_ring(loaded.settings)
    records = await opened_when_there(loaded.settings, ring)
    try:
        ring = await rooted_ring(ring, records.meta)
        if overrides := overrides_of(await records.settings.list(), SecretBox(ring)):
            loaded = options.load(overrides)
        settings = loaded.settings
        live = Live(loaded)
        async with (
            open_ways(live) as ways,
            open_sharing(settings, ring, SystemClock(), new_id("worker")) as sharing,
            open_telemetry(settings.telemetry, sharing.holder) as telemetry,
        ):
            base = Foundation(
                live=live, ring=ring, records=records, clock=SystemClock(), holder=sharing.holder
            )
            metering = replace(metering, telemetry=telemetry)
            opened = Opened(options, ways, sharing, metering, sandbox)
            yield await _assemble(base, opened)
    finally:
        await records.close()


async def _assemble(base: Foundation, opened: Opened) -> Services:
    live, clock, records = base.live, base.clock, base.records
    ways, sharing, metering = opened.ways, opened.sharing, opened.metering
    in_flight = InFlight()
    pooling = build_pooling(base, transport=ways.transport, sharing=sharing)
    changes = await records.changes_since(0)
    keys = _filled(base, changes, pooling, opened.sandbox)
    media = await build_media(base, in_flight)
    gate = build_gate(base, sharing)
    parts = build_parts(base, pool=pooling.pool, keys=keys, gate=gate, media=media, ways=ways)
    parts.models.apply(changes)
    leadership = Leadership(records.claims, holder=base.holder, clock=clock)
    ledger, running = build_ledger(live, parts.rows, keys, metering), Running()
    gate.budgets.settled_by(ledger.hurry)
    begin = partial(Settlement, ledger=ledger, prices=parts.prices, clock=clock, running=running)
    calls = MediaCalls(attempts=parts.attempts, upstream=parts.client, pool=parts.pool)
    crafts = _crafts(parts, calls, ways.darkroom, begin, metering)
    kept = kept_conversations(parts)
    gateway = _gateway(parts, crafts, kept)
    background = build_background(base, gateway=gateway, contents=kept.contents, in_flight=in_flight)
    turns = turn_services(
        parts,
        gateway=gateway,
        begin=opening_accounts(begin, ledger, live),
        in_flight=in_flight,
        background=background,
    )
    return Services(
        live=live,
        ring=base.ring,
        records=records,
        clock=clock,
        holder=base.holder,
        options=opened.options,
        pooling=pooling,
        sharing=sharing,
        metering=metering,
        leadership=leadership,
        examiner=_examiner(parts, pooling.view, leadership),
        models=parts.models,
        keys=keys,
        ledger=ledger,
        in_flight=in_flight,
        live_requests=build_live(base, running=running, in_flight=in_flight, background=background),
        authenticator=build_authenticator(live, keys),
        dialects=build_dialects(parts.ids, parts.models),
        transcripts=kept.transcripts,
        contents=kept.contents,
        turns=turns,
        counting=count_services(parts, turns),
        stored=stored_services(parts, kept, background),
        sound=build_sound(turns, calls=calls, upstream=parts.client, prices=parts.prices),
        files=file_services(parts, calls, turns),
        background=background,
        media=media,
        images=build_images(turns, crafts.pictures),
        fetcher=ways.fetcher,
        videos=video_services(parts, crafts.jobs, turns),
    )


def _crafts(
    parts: Parts,
    calls: MediaCalls,
    darkroom: Darkroom,
    begin: Callable[..., Settlement],
    metering: Metering,
) -> Crafts:
    sounds = SoundCalls(media=calls, upstream=parts.client, price=lambda: parts.prices.sound)
    return Crafts(
        pictures=picture_parts(parts, calls, darkroom),
        jobs=video_jobs(parts, metering.settled),
        ear=Transcriber(calls=sounds, begin=begin),
        darkroom=darkroom,
        readers=READERS,
    )


def _gateway(parts: Parts, crafts: Crafts, kept: KeptConversations) -> Gateway:
    return Gateway(
        turns=_turn_calls(parts),
        models=parts.models,
        pool=parts.pool,
        clock=parts.clock,
        references=References(kept.held),
        enclosures=build_enclosures(parts, crafts),
        studio=build_studio(parts, crafts),
        transcripts=kept.transcripts,
    )


def _filled(base: Foundation, changes: Changes, pooling: Pooling, sandbox: Sandbox | None) -> KeyDirectory:
    """Fill the pool with what the store holds, and return the client keys."""
    if sandbox is not None:
        pooling.pool.set_sandbox(sandbox.base_url, SANDBOX_KEYS)
    pepper, configured = base.ring.derive(PEPPER_PURPOSE), base.live.current.app.api_key
    keys = KeyDirectory(pepper=pepper, configured=configured, clock=base.clock)
    pooling.view.apply(changes)
    keys.apply(changes)
    return keys


def _examiner(parts: Parts, view: View, leadership: Leadership) -> Examiner:
    return Examiner(
        pool=parts.pool,
        view=view,
        models=parts.models,
        client=parts.client,
        credentials=parts.records.credentials,
        clock=parts.clock,
        leadership=leadership,
        live=parts.live,
    )


def _turn_calls(parts: Parts) -> TurnCalls:
    return TurnCalls(
        attempts=parts.attempts,
        pool=parts.pool,
        upstream=parts.client,
        readers=READERS,
        prices=parts.prices,
    )
