"""The operator's side of a worker: what the admin API works with, put together from the worker's services.

Must never take part in a request of a client.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from grok2api.admin.jobs import JobRunner
from grok2api.admin.passwords import HashChecks
from grok2api.admin.services import (
    SESSION_PURPOSE,
    TOKEN_PURPOSE,
    AdminServices,
    AlertServices,
    EntryServices,
    KeyServices,
    LedgerServices,
    LiveState,
    ModelServices,
    PoolServices,
    SystemServices,
)
from grok2api.alerts import book as books
from grok2api.api.context import context_of
from grok2api.canonical.plan import WHOLE_POOL
from grok2api.errors import StorageError
from grok2api.gateway.models import Models
from grok2api.kit.secretbox import SecretBox
from grok2api.operations.auditing import AuditTrail
from grok2api.operations.client_keys import KeyOperations
from grok2api.operations.configuring import SettingOperations
from grok2api.operations.contents import ContentOperations
from grok2api.operations.explaining import explain
from grok2api.operations.pooling import PoolOperations
from grok2api.operations.price_keeping import PriceKeeper
from grok2api.operations.sign_in_keeper import SignInKeeper
from grok2api.operations.signing_in import SignIns
from grok2api.pool.status import status_of_one
from grok2api.server.alerting import build_alert_post
from grok2api.server.backups import build_backups
from grok2api.server.bookkeeping import own_prices
from grok2api.server.media import gallery_services
from grok2api.server.network import build_egress
from grok2api.server.prepare import FINGERPRINT_PURPOSE, PEPPER_PURPOSE
from grok2api.server.reporting import pool_counts, release_of, system_of
from grok2api.server.services import Services


@dataclass(frozen=True, slots=True)
class Administration:
    """What the operator's side needs, and what has to be ended with the worker."""

    admin: AdminServices = field(repr=False)

    async def close(self) -> None:
        """End the jobs and sign-ins that are under way, and the thread that checks passwords."""
        await self.admin.jobs.close()
        if self.admin.pool.sign_ins is not None:
            await self.admin.pool.sign_ins.close()
        self.admin.entry.checks.close()


def build_administration(services: Services) -> Administration:
    """Return the operator's side of a worker."""
    records, clock, live = services.records, services.clock, services.live
    box, pepper = SecretBox(services.ring), services.ring.derive(FINGERPRINT_PURPOSE)
    settings = SettingOperations(records.settings, box, clock, load=services.options.load)
    admin = AdminServices(
        records=records,
        live=live,
        clock=clock,
        box=box,
        entry=_entry(services),
        pool=_pool(services, box, pepper),
        keys=_keys(services),
        ledger=_ledger(services, settings, box),
        models=_models(services.models),
        alerts=_alerts(services),
        gallery=gallery_services(services.media, live, clock),
        egress=build_egress(services, pepper),
        backups=build_backups(live.started, clock),
        settings=settings,
        jobs=JobRunner(records.jobs, clock, holder=services.holder),
        system=_system(services),
    )
    return Administration(admin)


def _entry(services: Services) -> EntryServices:
    ring = services.ring
    return EntryServices(
        keys=services.keys,
        session_pepper=ring.derive(SESSION_PURPOSE),
        token_pepper=ring.derive(TOKEN_PURPOSE),
        checks=HashChecks(),
        provider=services.fetcher,
        trail=AuditTrail(services.records.audit, ring, services.clock),
        request_id=lambda scope: context_of(scope).request_id,
    )


def _pool(services: Services, box: SecretBox, pepper: bytes) -> PoolServices:
    def live_states(identifiers: Sequence[str]) -> Mapping[str, LiveState]:
        found = {each: status_of_one(services.pool, services.clock, each) for each in identifiers}
        return {
            identifier: LiveState(
                in_flight=state.in_flight,
                status=state.status,
                reason=state.reason,
                restrictions=state.restrictions,
            )
            for identifier, state in found.items()
            if state is not None
        }

    return PoolServices(
        operations=PoolOperations(services.records, box=box, pepper=pepper, clock=services.clock),
        fingerprint_pepper=pepper,
        refresher=services.refresher,
        sign_ins=_sign_ins(services, box, pepper) if services.live.current.oauth.enabled else None,
        counts=lambda: pool_counts(services),
        live_states=live_states,
    )


def _sign_ins(services: Services, box: SecretBox, pepper: bytes) -> SignIns:
    def proxy() -> str | None:
        return services.live.current.grok.proxy_url or None

    keeper = SignInKeeper(
        services.records,
        services.pooling.issuer,
        box,
        pepper,
        services.clock,
        stored=services.view.taken,
    )
    return SignIns(services.pooling.issuer, keeper, services.clock, proxy=proxy)


def _keys(services: Services) -> KeyServices:
    operations = KeyOperations(services.records, pepper=services.ring.derive(PEPPER_PURPOSE))
    return KeyServices(operations=operations, gate=services.turns.gate)


def _ledger(services: Services, settings: SettingOperations, box: SecretBox) -> LedgerServices:
    records, clock, live = services.records, services.clock, services.live

    async def written() -> None:
        with suppress(StorageError):
            await services.ledger.flush()
            await services.contents.flush()

    async def explained(request_id: str) -> Mapping[str, object] | None:
        await written()
        return await explain(records, services.pool, clock, request_id)

    return LedgerServices(
        prices=PriceKeeper(own_prices(live), settings, live),
        contents=ContentOperations(records, box, clock),
        explain=explained,
        written=written,
        look=services.live_requests.look,
        cancel=services.live_requests.cancel,
    )


def _models(models: Models) -> ModelServices:
    return ModelServices(catalogue=lambda: models.catalogue, servable=models.servable_in(WHOLE_POOL))


def _alerts(services: Services) -> AlertServices:
    async def standing() -> books.Book:
        return books.read(await services.records.meta.get(books.FACT) or "")

    def configured() -> bool:
        return bool(services.live.current.alerts.webhook_url)

    return AlertServices(configured, standing, build_alert_post(services).test)


def _system(services: Services) -> SystemServices:
    return SystemServices(
        state=system_of(services),
        revision=lambda: services.view.revision,
        draining=lambda: services.in_flight.draining,
        release=release_of(services),
    )
