"""The composition root: the only place where the parts are put together.

Everything is built here from the settings and handed on as one frozen value; nothing is made at import,
and nothing is filled in later.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import grok2api
from grok2api.accounting.client_keys import KeyDirectory
from grok2api.accounting.ledger import Ledger
from grok2api.accounting.pricing import load as load_prices
from grok2api.accounting.settlement import Settlement
from grok2api.api.admission import Admission
from grok2api.api.auth import Authenticator
from grok2api.api.inflight import InFlight
from grok2api.api.v1.stored import StoredServices
from grok2api.api.v1.turns import TurnServices
from grok2api.canonical.call import Caller
from grok2api.config.live import Live
from grok2api.dialects.chat.dialect import ChatDialect
from grok2api.dialects.responses.dialect import ResponsesDialect
from grok2api.dialects.responses.transcript import turn_items
from grok2api.gateway.attempts import Attempts
from grok2api.gateway.breaker import Breaker
from grok2api.gateway.conductor import Gateway
from grok2api.gateway.models import Models
from grok2api.gateway.pipeline import Readers
from grok2api.gateway.retry import RetryBudget
from grok2api.gateway.stored import StoredObjects
from grok2api.gateway.transcripts import Transcripts
from grok2api.kit.clock import Clock, SystemClock
from grok2api.kit.ids import new_id
from grok2api.kit.sealedid import SealedIds
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.pool.pool import Pool
from grok2api.pool.refresh.desk import RefreshDesk
from grok2api.pool.view import View
from grok2api.routing.catalogue import load as load_catalogue
from grok2api.server.examiner import Examiner
from grok2api.server.leadership import Leadership
from grok2api.server.options import StartOptions, overrides_of
from grok2api.server.pooling import Pooling, build_pooling
from grok2api.server.prepare import PEPPER_PURPOSE, open_store
from grok2api.server.sandbox_process import SANDBOX_KEYS, Sandbox
from grok2api.server.secret_key import load_key_ring
from grok2api.storage.stores import Records
from grok2api.upstream.transport import Timeouts, Transport
from grok2api.upstream.xai.chat_reader import ChatReader
from grok2api.upstream.xai.client import XaiClient
from grok2api.upstream.xai.responses_reader import ResponsesReader

READERS: Readers = {"responses": ResponsesReader, "chat": ChatReader}
SEALED_ID_PURPOSE = "sealed id"
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
    leadership: Leadership
    examiner: Examiner
    models: Models
    keys: KeyDirectory
    ledger: Ledger
    in_flight: InFlight
    authenticator: Authenticator
    chat: ChatDialect
    responses: ResponsesDialect
    transcripts: Transcripts
    turns: TurnServices
    stored: StoredServices

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


@asynccontextmanager
async def build_services(options: StartOptions, sandbox: Sandbox | None) -> AsyncIterator[Services]:
    """Open what must be opened, put it together, and close it in reverse order."""
    loaded = options.load()
    ring = load_key_ring(loaded.settings)
    records = await open_store(loaded.settings, ring)
    try:
        if overrides := overrides_of(await records.settings.list()):
            loaded = options.load(overrides)
        settings = loaded.settings
        timeouts = Timeouts(connect=settings.grok.connect_timeout, silence=settings.grok.timeout)
        async with Transport(user_agent=USER_AGENT, timeouts=timeouts) as transport:
            yield await _assemble(options, Live(loaded), ring, records, transport, sandbox)
    finally:
        await records.close()


async def _assemble(
    options: StartOptions,
    live: Live,
    ring: KeyRing,
    records: Records,
    transport: Transport,
    sandbox: Sandbox | None,
) -> Services:
    settings, clock, holder = live.current, SystemClock(), new_id("worker")
    house = build_pooling(live, ring, records, transport, clock, holder)
    pool = house.pool
    if sandbox is not None:
        pool.set_sandbox(sandbox.base_url, SANDBOX_KEYS)
    keys = KeyDirectory(pepper=ring.derive(PEPPER_PURPOSE), configured=settings.app.api_key, clock=clock)
    changes = await records.changes_since(0)
    house.view.apply(changes)
    keys.apply(changes)
    client = _client(live, transport, clock)
    models = Models(load_catalogue(), pool=pool, lister=client)
    leadership = Leadership(records.claims, holder=holder, clock=clock)
    ledger = Ledger(
        records.usage,
        flush_seconds=settings.ledger.flush_ms / 1000,
        max_queue=settings.ledger.max_queue,
        traces=lambda: live.current.ledger.trace_days > 0,
    )
    sealed_ids = SealedIds(ring.derive(SEALED_ID_PURPOSE, 64))
    transcripts = Transcripts(records.transcripts, SecretBox(ring), clock, read=turn_items)
    anonymous = Caller("key_none", "anybody on this machine") if settings.app.auth == "none" else None
    in_flight = InFlight()
    return Services(
        options=options,
        live=live,
        clock=clock,
        holder=holder,
        ring=ring,
        records=records,
        pooling=house,
        leadership=leadership,
        examiner=Examiner(
            pool=pool,
            view=house.view,
            models=models,
            client=client,
            credentials=records.credentials,
            clock=clock,
            leadership=leadership,
            live=live,
        ),
        models=models,
        keys=keys,
        ledger=ledger,
        in_flight=in_flight,
        authenticator=Authenticator(keys, anonymous=anonymous),
        chat=ChatDialect(),
        responses=ResponsesDialect(sealed_ids),
        transcripts=transcripts,
        turns=_turns(live, pool, client, models, ledger, in_flight, clock, transcripts),
        stored=_stored(pool, client, sealed_ids, clock, transcripts),
    )


def _stored(
    pool: Pool, client: XaiClient, ids: SealedIds, clock: Clock, transcripts: Transcripts
) -> StoredServices:
    objects = StoredObjects(pool=pool, upstream=client)
    return StoredServices(objects=objects, ids=ids, clock=clock, transcripts=transcripts)


def _client(live: Live, transport: Transport, clock: Clock) -> XaiClient:
    return XaiClient(
        transport,
        clock,
        proxy=live.current.grok.proxy_url or None,
        first_byte=lambda: min(live.current.grok.first_byte_timeout, transport.timeouts.silence),
    )


def _turns(
    live: Live,
    pool: Pool,
    client: XaiClient,
    models: Models,
    ledger: Ledger,
    in_flight: InFlight,
    clock: Clock,
    transcripts: Transcripts,
) -> TurnServices:
    attempts = Attempts(
        pool=pool, upstream=client, readers=READERS, budget=RetryBudget(clock), breaker=Breaker(clock)
    )
    return TurnServices(
        gateway=Gateway(attempts=attempts, models=models, pool=pool, clock=clock, transcripts=transcripts),
        live=live,
        begin=partial(Settlement, ledger=ledger, prices=load_prices(), clock=clock),
        in_flight=in_flight,
        admission=Admission(),
    )
