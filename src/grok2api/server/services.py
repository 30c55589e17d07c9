"""The composition root: the only place where the parts are put together.

Everything is built here from the settings and handed on as one frozen value; nothing is made at import,
and nothing is filled in later.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import grok2api
from grok2api.accounting.client_keys import KeyDirectory
from grok2api.accounting.ledger import Ledger
from grok2api.accounting.pricing import Prices
from grok2api.accounting.running import Running
from grok2api.accounting.settlement import Settlement
from grok2api.api.admission import Admission
from grok2api.api.auth import Authenticator
from grok2api.api.inflight import InFlight
from grok2api.api.v1.counting import CountServices
from grok2api.api.v1.files import FileServices
from grok2api.api.v1.images import ImageServices
from grok2api.api.v1.speech import SoundServices
from grok2api.api.v1.stored import StoredServices
from grok2api.api.v1.turns import TurnServices
from grok2api.api.v1.videos import VideoServices
from grok2api.canonical.call import Caller
from grok2api.config.live import Live
from grok2api.dialects.responses.transcript import turn_items
from grok2api.gateway.attempts import Attempts
from grok2api.gateway.breaker import Breaker
from grok2api.gateway.conductor import Gateway
from grok2api.gateway.counting import Counter
from grok2api.gateway.files import Files
from grok2api.gateway.held import HeldResponses
from grok2api.gateway.limits.estimates import Estimator
from grok2api.gateway.limits.gate import KeyGate
from grok2api.gateway.media_calls import MediaCalls
from grok2api.gateway.models import Models
from grok2api.gateway.pipeline import Readers
from grok2api.gateway.references import References
from grok2api.gateway.retry import RetryBudget
from grok2api.gateway.shelf import Shelf
from grok2api.gateway.sound import SoundCalls
from grok2api.gateway.stored import StoredObjects
from grok2api.gateway.transcriber import Transcriber
from grok2api.gateway.transcripts import Transcripts
from grok2api.gateway.turn_calls import TurnCalls
from grok2api.kit.clock import Clock, SystemClock
from grok2api.kit.ids import new_id
from grok2api.kit.netguard import UnfitUrl, origin_of
from grok2api.kit.sealedid import SealedIds
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.media.darkroom import Darkroom
from grok2api.operations.setting_values import overrides_of
from grok2api.pool.pool import Pool
from grok2api.pool.refresh.desk import RefreshDesk
from grok2api.pool.view import View
from grok2api.routing.catalogue import load as load_catalogue
from grok2api.server.background import Background, build_background
from grok2api.server.bookkeeping import build_ledger, build_live, opening_accounts, own_prices
from grok2api.server.crafting import Crafts, build_enclosures, build_studio
from grok2api.server.examiner import Examiner
from grok2api.server.images import ImageTools, build_images, picture_parts
from grok2api.server.key_limits import build_gate, settling_rows
from grok2api.server.leadership import Leadership
from grok2api.server.live import LiveRequests
from grok2api.server.media import Media, build_media
from grok2api.server.metering import Metering
from grok2api.server.options import StartOptions
from grok2api.server.parts import Parts
from grok2api.server.pooling import Pooling, build_pooling
from grok2api.server.prepare import PEPPER_PURPOSE
from grok2api.server.sandbox_process import SANDBOX_KEYS, Sandbox
from grok2api.server.secret_key import load_key_ring
from grok2api.server.sharing import Sharing, open_sharing
from grok2api.server.sound import build_sound
from grok2api.server.speaking import Dialects, build_dialects
from grok2api.server.store_wait import opened_when_there
from grok2api.server.videos import video_jobs, video_services
from grok2api.storage.records import Changes
from grok2api.storage.root import rooted_ring
from grok2api.storage.stores import Records
from grok2api.upstream.transport import Fetcher, Policy, Timeouts, Transport
from grok2api.upstream.xai.chat_reader import ChatReader
from grok2api.upstream.xai.client import XaiClient
from grok2api.upstream.xai.responses_reader import ResponsesReader

READERS: Readers = {"responses": ResponsesReader, "chat": ChatReader}
SEALED_ID_PURPOSE = "sealed id"
MIB = 1024 * 1024
USER_AGENT = f"grok2api/{grok2api.__version__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a worker works with."""

    options: StartOptions
    live: Live
    clock: Clock
    holder: str
    """This worker, among all that share the store."""
    ring: KeyRing
    records: Records
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
    def desk(self) -> RefreshDesk:
        """Where sign-ins are refreshed."""
        return self.pooling.desk


@dataclass(frozen=True, slots=True)
class Ways:
    """What must be closed again."""

    transport: Transport
    fetcher: Fetcher
    darkroom: Darkroom


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
        timeouts = Timeouts(connect=settings.grok.connect_timeout, silence=settings.grok.timeout)
        live = Live(loaded)
        async with (
            Transport(user_agent=USER_AGENT, timeouts=timeouts) as transport,
            _fetcher(live) as fetcher,
            Darkroom() as darkroom,
            open_sharing(settings, ring, SystemClock(), new_id("worker")) as sharing,
        ):
            ways = Ways(transport, fetcher, darkroom)
            yield await _assemble(options, live, ring, records, ways, sharing, metering, sandbox)
    finally:
        await records.close()


async def _assemble(
    options: StartOptions,
    live: Live,
    ring: KeyRing,
    records: Records,
    ways: Ways,
    sharing: Sharing,
    metering: Metering,
    sandbox: Sandbox | None,
) -> Services:
    clock, holder, in_flight = SystemClock(), sharing.holder, InFlight()
    house = build_pooling(live, ring, records, ways.transport, clock, sharing)
    changes = await records.changes_since(0)
    keys = _filled(live, ring, changes, house, clock, sandbox)
    media = await build_media(live, ring, records, in_flight, clock, holder)
    gate = build_gate(live, records, sharing, clock)
    parts = _parts(live, ring, records, house, media, ways, clock, holder, keys, gate)
    pool, client, prices, ids, models = parts.pool, parts.client, parts.prices, parts.ids, parts.models
    models.apply(changes)
    leadership = Leadership(records.claims, holder=holder, clock=clock)
    ledger, running = build_ledger(live, parts.rows, keys, metering), Running()
    begin = partial(Settlement, ledger=ledger, prices=prices, clock=clock, running=running)
    calls = MediaCalls(attempts=parts.attempts, upstream=client, pool=pool)
    crafts = _crafts(parts, calls, ways.darkroom, begin)
    transcripts = Transcripts(records.transcripts, SecretBox(ring), clock, read=turn_items)
    objects = StoredObjects(pool=pool, upstream=client)
    held = HeldResponses(objects, Shelf(clock))
    gateway = _gateway(parts, crafts, begin, held, transcripts)
    background = build_background(live, ring, records, gateway, in_flight, clock, holder)
    opened = opening_accounts(begin, ledger, live)
    turns = _turns(live, gateway, opened, in_flight, background, parts)
    places = turns.media_admission
    return Services(
        options=options,
        live=live,
        clock=clock,
        holder=holder,
        ring=ring,
        records=records,
        pooling=house,
        sharing=sharing,
        metering=metering,
        leadership=leadership,
        examiner=_examiner(live, house, models, client, records, clock, leadership),
        models=models,
        keys=keys,
        ledger=ledger,
        in_flight=in_flight,
        live_requests=build_live(live, records, running, in_flight, background, clock=clock, holder=holder),
        authenticator=_authenticator(live, keys),
        dialects=build_dialects(ids, models),
        transcripts=transcripts,
        turns=turns,
        counting=CountServices(turns=turns, counter=Counter(pool=pool, upstream=client, clock=clock)),
        stored=_stored(objects, held, ids, clock, prices, background, transcripts),
        sound=build_sound(turns, calls=calls, upstream=client, prices=prices, admission=places),
        files=_files(parts, calls, turns),
        background=background,
        media=media,
        images=build_images(turns, crafts.pictures),
        fetcher=ways.fetcher,
        videos=video_services(parts, crafts.jobs, turns),
    )


def _parts(
    live: Live,
    ring: KeyRing,
    records: Records,
    house: Pooling,
    media: Media,
    ways: Ways,
    clock: Clock,
    holder: str,
    keys: KeyDirectory,
    gate: KeyGate,
) -> Parts:
    """Return what nearly everything is made of."""
    pool, client, prices = house.pool, _client(live, ways.transport, clock), own_prices(live)
    return Parts(
        live=live,
        ring=ring,
        records=records,
        pool=pool,
        client=client,
        attempts=Attempts(pool=pool, upstream=client, budget=RetryBudget(clock), breaker=Breaker(clock)),
        models=Models(load_catalogue(), pool=pool, lister=client),
        prices=prices,
        ids=SealedIds(ring.derive(SEALED_ID_PURPOSE, 64)),
        media=media,
        fetcher=ways.fetcher,
        clock=clock,
        holder=holder,
        keys=keys,
        gate=gate,
        rows=settling_rows(records, gate, keys),
    )


def _crafts(parts: Parts, calls: MediaCalls, darkroom: Darkroom, begin: Callable[..., Settlement]) -> Crafts:
    sounds = SoundCalls(media=calls, upstream=parts.client, price=parts.prices.sound)
    tools = ImageTools(
        calls,
        parts.models,
        parts.pool,
        parts.prices,
        parts.ids,
        parts.fetcher,
        parts.media,
        darkroom,
        parts.clock,
    )
    return Crafts(
        pictures=picture_parts(tools),
        jobs=video_jobs(parts),
        ear=Transcriber(calls=sounds, begin=begin),
        darkroom=darkroom,
        readers=READERS,
    )


def _gateway(
    parts: Parts,
    crafts: Crafts,
    begin: Callable[..., Settlement],
    held: HeldResponses,
    transcripts: Transcripts,
) -> Gateway:
    return Gateway(
        turns=_turn_calls(parts),
        models=parts.models,
        pool=parts.pool,
        clock=parts.clock,
        references=References(held),
        enclosures=build_enclosures(parts, crafts),
        studio=build_studio(parts, crafts, begin),
        transcripts=transcripts,
    )


def _filled(
    live: Live, ring: KeyRing, changes: Changes, house: Pooling, clock: Clock, sandbox: Sandbox | None
) -> KeyDirectory:
    """Fill the pool with what the store holds, and return the client keys."""
    if sandbox is not None:
        house.pool.set_sandbox(sandbox.base_url, SANDBOX_KEYS)
    keys = KeyDirectory(pepper=ring.derive(PEPPER_PURPOSE), configured=live.current.app.api_key, clock=clock)
    house.view.apply(changes)
    keys.apply(changes)
    return keys


def _stored(
    objects: StoredObjects,
    held: HeldResponses,
    ids: SealedIds,
    clock: Clock,
    prices: Prices,
    background: Background,
    transcripts: Transcripts,
) -> StoredServices:
    return StoredServices(
        objects=objects,
        held=held,
        ids=ids,
        clock=clock,
        price_of=prices.of,
        background=background.responses,
        transcripts=transcripts,
    )


def _fetcher(live: Live) -> Fetcher:
    grok = live.current.grok
    try:
        trusted = frozenset({origin_of(grok.base_url)})
    except UnfitUrl:  # spelt in a way that serves calls; nothing can be fetched under it
        trusted = frozenset()

    def policy() -> Policy:
        fetch = live.current.fetch
        limit, seconds = fetch.max_mb * MIB, fetch.seconds
        return Policy(rules=fetch.rules(), limit=limit, seconds=seconds, trusted_origins=trusted)

    return Fetcher(
        user_agent=USER_AGENT, policy=policy, proxy=grok.proxy_url or None, connect=grok.connect_timeout
    )


def _authenticator(live: Live, keys: KeyDirectory) -> Authenticator:
    open_to_all = live.current.app.auth == "none"
    return Authenticator(
        keys, anonymous=Caller("key_none", "anybody on this machine") if open_to_all else None
    )


def _examiner(
    live: Live,
    house: Pooling,
    models: Models,
    client: XaiClient,
    records: Records,
    clock: Clock,
    leadership: Leadership,
) -> Examiner:
    return Examiner(
        pool=house.pool,
        view=house.view,
        models=models,
        client=client,
        credentials=records.credentials,
        clock=clock,
        leadership=leadership,
        live=live,
    )


def _client(live: Live, transport: Transport, clock: Clock) -> XaiClient:
    return XaiClient(
        transport,
        clock,
        proxy=live.current.grok.proxy_url or None,
        first_byte=lambda: min(live.current.grok.first_byte_timeout, transport.timeouts.silence),
    )


def _turn_calls(parts: Parts) -> TurnCalls:
    return TurnCalls(
        attempts=parts.attempts,
        pool=parts.pool,
        upstream=parts.client,
        readers=READERS,
        prices=parts.prices,
    )


def _files(parts: Parts, calls: MediaCalls, turns: TurnServices) -> FileServices:
    files = Files(
        calls=calls,
        upstream=parts.client,
        pool=parts.pool,
        store=parts.records.files,
        ids=parts.ids,
        clock=parts.clock,
    )
    return FileServices(files=files, turns=turns, admission=parts.media.admission)


def _turns(
    live: Live,
    gateway: Gateway,
    begin: Callable[..., Settlement],
    in_flight: InFlight,
    background: Background,
    parts: Parts,
) -> TurnServices:
    return TurnServices(
        gateway=gateway,
        live=live,
        begin=begin,
        in_flight=in_flight,
        admission=Admission(),
        media_admission=Admission(),
        detached=background.turn,
        gate=parts.gate,
        estimator=Estimator(parts.prices),
    )
