"""The admin API on a real port, behind the server's own edge, over a store in memory."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import uvicorn
from starlette.routing import Mount, Router
from starlette.types import ASGIApp
from typing_extensions import override

from grok2api.accounting.client_keys import KeyDirectory
from grok2api.accounting.pricing import load as load_prices
from grok2api.accounting.running import Seen, Sight, Survey
from grok2api.admin.entrance import create_admin
from grok2api.admin.events import PoolCounts
from grok2api.admin.gate import PREFIX
from grok2api.admin.jobs import JobRunner
from grok2api.admin.network import Egress, Tried, Way
from grok2api.admin.passwords import HashChecks
from grok2api.admin.services import (
    AdminServices,
    AlertServices,
    EntryServices,
    GalleryServices,
    KeyServices,
    LedgerServices,
    LiveState,
    ModelServices,
    PoolServices,
    SystemServices,
)
from grok2api.admin.system import (
    LedgerState,
    MediaState,
    ReleaseState,
    SharedStateState,
    StoreState,
    SystemState,
)
from grok2api.alerts.book import Standing
from grok2api.api.context import context_of
from grok2api.config.live import Live
from grok2api.config.loaded import Loaded
from grok2api.config.loader import load
from grok2api.config.sections.serving import App
from grok2api.config.settings import Settings
from grok2api.gateway.limits.gate import KeyGate
from grok2api.kit.clock import ManualClock
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.operations.auditing import AuditTrail
from grok2api.operations.client_keys import KeyOperations
from grok2api.operations.configuring import SettingOperations
from grok2api.operations.contents import ContentOperations
from grok2api.operations.pooling import PoolOperations
from grok2api.operations.price_keeping import PriceKeeper
from grok2api.operations.sign_in_keeper import SignInKeeper
from grok2api.operations.signing_in import SignIns
from grok2api.pool.refresh.refresher import Refresher
from grok2api.pool.refresh.rules import RefreshRules
from grok2api.routing.catalogue import Catalogue
from grok2api.routing.catalogue import load as load_catalogue
from grok2api.server.backups import build_backups
from grok2api.server.edge import Edge
from grok2api.upstream.transport import Fetcher, Timeouts, Transport
from grok2api.upstream.xai.oauth import XaiIssuer
from support.key_gates import a_gate
from support.memory_records import MemoryRecords

PASSWORD = "correct horse battery staple"
CLIENT_KEY = "sk-a-client-key-of-this-server"
RING = KeyRing("a secret key of more than thirty-two characters")
PEPPER = b"fingerprint pepper of the tests."


NO_POOL = PoolCounts(total=0, by_status={}, usable=0, in_flight=0, waiting=0)
NOBODY_ASKED = ReleaseState(version="1.2.3", asks=False, newest=None, newer=False, asked_at=None, failure="")


@dataclass
class World:
    """What a test may look at or change behind the admin API's back."""

    records: MemoryRecords = field(default_factory=MemoryRecords)
    clock: ManualClock = field(default_factory=ManualClock)
    box: SecretBox = field(default_factory=lambda: SecretBox(RING))
    settings: Settings = field(default_factory=lambda: Settings(app=App(app_key=PASSWORD)))
    traces: dict[str, dict[str, object]] = field(default_factory=dict)
    live_states: dict[str, LiveState] = field(default_factory=dict)
    catalogue: Catalogue = field(default_factory=load_catalogue)
    usable_models: set[str] = field(default_factory=set)
    draining: bool = False
    newest: ReleaseState = NOBODY_ASKED
    behind: bool = False
    """Whether this worker does not know yet what the store holds."""
    alerts_configured: bool = False
    alerts: dict[str, Standing] = field(default_factory=dict)
    alert_trouble: str = ""

    async def standing(self) -> dict[str, Standing]:
        return self.alerts

    ways: list[Way] = field(default_factory=list)
    tried: dict[str, Tried] = field(default_factory=dict)

    def gallery(self) -> GalleryServices:
        assets = self.records.assets
        return GalleryServices(
            "here",
            limit=lambda: 1000,
            link=lambda asset: f"/v1/media/{asset.id}?signed" if asset.host == "here" else None,
            share=lambda asset, seconds: (f"/v1/media/{asset.id}?{seconds}", self.clock.now() + seconds),
            forget=lambda asset: assets.delete(asset.id),
        )

    def egress(self) -> Egress:
        return Egress("worker_1", lambda: "https://api.x.ai", lambda: self.ways, self.attempt)

    async def attempt(self, way_id: str) -> Tried | None:
        return self.tried.get(way_id)

    async def test_alert(self) -> str:
        return self.alert_trouble

    running: list[Seen] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    async def look(self) -> Survey:
        return Survey(self.running, {"worker_1": len(self.running)})

    async def cancel(self, request_id: str) -> Sequence[Sight]:
        self.cancelled.append(request_id)
        return [each.sight for each in self.running if each.sight.id == request_id]

    async def written(self) -> None:
        """Nothing waits here."""

    gate: KeyGate = field(init=False)

    def __post_init__(self) -> None:
        self.gate = a_gate(self.records, self.clock)

    counts: PoolCounts = field(default_factory=lambda: NO_POOL)
    environ: dict[str, str] = field(default_factory=lambda: {"GROK2API_APP__APP_KEY": PASSWORD})

    def load(self, overrides: Mapping[str, object]) -> Loaded:
        return load(environ=self.environ, directory=Path("/nowhere"), overrides=overrides)

    async def system(self) -> SystemState:
        return SystemState(
            version="1.2.3",
            python="3.11.0",
            host="here",
            worker="worker_1",
            pid=1,
            workers=2,
            started_at=self.clock.now(),
            uptime=0.5,
            draining=self.draining,
            sandbox=False,
            leads=True,
            leader="worker_1",
            degraded=(),
            running_requests=0,
            store=StoreState(kind="local", state="ok", lag_ms=0.1, revision=1),
            shared_state=SharedStateState(configured=False, up=False, workers=0),
            media=MediaState(kind="disk", bytes=1, limit_bytes=2),
            ledger=LedgerState(waiting=0, spool_files=0, spool_bytes=0, dropped=0),
        )

    async def release(self) -> ReleaseState:
        return self.newest

    async def pause(self, seconds: float) -> None:
        """Let time pass without taking it; others get their turn."""
        self.clock.advance(seconds)
        await asyncio.sleep(0.01)

    async def explain(self, request_id: str) -> Mapping[str, object] | None:
        return self.traces.get(request_id)

    def servable(self, upstream_id: str, _tier: str | None) -> bool:
        return upstream_id in self.usable_models

    def live(self, identifiers: Sequence[str]) -> Mapping[str, LiveState]:
        return {each: self.live_states[each] for each in identifiers if each in self.live_states}


@dataclass
class AdminServer:
    """A running server; `base` is the admin API's address."""

    base: str
    world: World
    services: AdminServices

    @classmethod
    @asynccontextmanager
    async def running(cls, world: World | None = None) -> AsyncIterator[Self]:
        world = world or World()
        async with (
            Transport(user_agent="tests", timeouts=lambda: Timeouts(connect=5, silence=5)) as transport,
            Fetcher(user_agent="tests") as fetcher,
        ):
            services = _services(world, transport, fetcher)
            router = Router([Mount(PREFIX, app=create_admin(services))], redirect_slashes=False)
            async with serving(Edge(router, cors=lambda _context: [], count=lambda _status: None)) as address:
                yield cls(address + PREFIX, world, services)
            if services.pool.sign_ins is not None:
                await services.pool.sign_ins.close()
            await services.jobs.close()
            await services.pool.refresher.close()


def _services(world: World, transport: Transport, fetcher: Fetcher) -> AdminServices:
    live = Live(Loaded(world.settings, {}, ()))
    oauth, records = world.settings.oauth, world.records
    issuer = XaiIssuer(
        transport, issuer=oauth.issuer, client_id=oauth.client_id, scopes=oauth.scopes, clock=world.clock
    )
    settings = SettingOperations(records.settings, world.box, world.clock, world.load)
    return AdminServices(
        records=records,
        live=live,
        clock=world.clock,
        box=world.box,
        entry=EntryServices(
            keys=KeyDirectory(pepper=b"pepper", clock=world.clock, configured=(CLIENT_KEY,)),
            session_pepper=b"session pepper",
            token_pepper=b"token pepper",
            checks=HashChecks(),
            provider=fetcher,
            trail=AuditTrail(records.audit, RING, world.clock),
            request_id=lambda scope: context_of(scope).request_id,
        ),
        pool=PoolServices(
            operations=PoolOperations(records, box=world.box, pepper=PEPPER, clock=world.clock),
            fingerprint_pepper=PEPPER,
            refresher=_refresher(world, issuer),
            sign_ins=_sign_ins(world, issuer) if oauth.enabled else None,
            counts=lambda: world.counts,
            live_states=world.live,
        ),
        keys=KeyServices(operations=KeyOperations(records, pepper=b"pepper"), gate=world.gate),
        ledger=LedgerServices(
            prices=PriceKeeper(load_prices(), settings, live),
            contents=ContentOperations(records, world.box, world.clock),
            explain=world.explain,
            written=world.written,
            look=world.look,
            cancel=world.cancel,
        ),
        models=ModelServices(catalogue=lambda: world.catalogue, servable=world.servable),
        alerts=AlertServices(lambda: world.alerts_configured, world.standing, world.test_alert),
        gallery=world.gallery(),
        egress=world.egress(),
        backups=build_backups(world.settings, world.clock),
        settings=settings,
        jobs=JobRunner(records.jobs, world.clock),
        system=SystemServices(
            state=world.system,
            revision=lambda: 0 if world.behind else records.revisions.current,
            draining=lambda: world.draining,
            release=world.release,
        ),
    )


def _refresher(world: World, issuer: XaiIssuer) -> Refresher:
    return Refresher(
        world.records,
        issuer,
        world.box,
        world.clock,
        pepper=b"pepper",
        holder="tests",
        taken=lambda _record: None,
        rules=RefreshRules(),
    )


def _sign_ins(world: World, issuer: XaiIssuer) -> SignIns:
    keeper = SignInKeeper(world.records, issuer, world.box, PEPPER, world.clock)
    return SignIns(issuer, keeper, world.clock, pause=world.pause)


class _Server(uvicorn.Server):
    """A server that says when it listens, and leaves signals alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def serving(
    app: ASGIApp, *, ws: uvicorn.config.WSProtocolType | type[asyncio.Protocol] = "none"
) -> AsyncIterator[str]:
    """Serve an application on a port of this machine, in this process; give its address."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        ws=ws or "none",
        proxy_headers=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve(sockets=[bound]))
        await server.listening.wait()
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        server.should_exit = True
