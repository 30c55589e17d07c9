"""The operator's side of a worker: what the admin API works with, put together from the worker's services.

Must never take part in a request of a client.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from grok2api.accounting.pricing import Prices
from grok2api.admin.jobs import JobDesk
from grok2api.admin.services import (
    SESSION_PURPOSE,
    TOKEN_PURPOSE,
    AdminServices,
    AlertDesk,
    LedgerServices,
    LiveState,
    ModelDesk,
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
from grok2api.server.alerting import alert_post
from grok2api.server.backups import backup_desk
from grok2api.server.bookkeeping import own_prices
from grok2api.server.media import media_desk
from grok2api.server.network import network_desk
from grok2api.server.prepare import FINGERPRINT_PURPOSE, PEPPER_PURPOSE
from grok2api.server.reporting import pool_counts, system_of
from grok2api.server.services import Services


@dataclass(frozen=True, slots=True)
class Operating:
    """What the operator's side needs, and what has to be ended with the worker."""

    admin: AdminServices = field(repr=False)
    jobs: JobDesk
    sign_ins: SignIns | None

    async def close(self) -> None:
        """End the jobs and sign-ins that are under way."""
        await self.jobs.close()
        if self.sign_ins is not None:
            await self.sign_ins.close()


def operating(services: Services) -> Operating:
    """Return the operator's side of a worker."""
    box, pepper = SecretBox(services.ring), services.ring.derive(FINGERPRINT_PURPOSE)
    jobs = JobDesk(services.records.jobs, services.clock, holder=services.holder)
    prices = own_prices(services.live)
    settings = SettingOperations(services.records.settings, box, services.clock, load=services.options.load)
    sign_ins = _sign_ins(services, box, pepper) if services.live.current.oauth.enabled else None

    async def told(request_id: str) -> Mapping[str, object] | None:
        await _written(services)
        return await explain(services.records, services.pool, services.clock, prices, request_id)

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

    admin = AdminServices(
        records=services.records,
        live=services.live,
        clock=services.clock,
        keys=services.keys,
        box=box,
        session_pepper=services.ring.derive(SESSION_PURPOSE),
        token_pepper=services.ring.derive(TOKEN_PURPOSE),
        settings=settings,
        trail=AuditTrail(services.records.audit, services.ring, services.clock),
        pool_counts=lambda: pool_counts(services),
        revision=lambda: services.view.revision,
        asking=services.fetcher,
        system=system_of(services),
        request_id=lambda scope: context_of(scope).request_id,
        operations=PoolOperations(services.records, box=box, pepper=pepper, clock=services.clock),
        refresh_desk=services.desk,
        sign_ins=sign_ins,
        fingerprint_pepper=pepper,
        jobs=jobs,
        explain=told,
        ledger=_ledger(services, prices, settings),
        live_states=live_states,
        models=_models(services.models),
        alerts=_alerts(services),
        media=media_desk(services.media, services.live, services.clock),
        network=network_desk(services, pepper),
        backups=backup_desk(services.live.started, services.clock),
        draining=lambda: services.in_flight.draining,
        client_keys=KeyOperations(services.records, pepper=services.ring.derive(PEPPER_PURPOSE)),
        contents=ContentOperations(services.records, box, services.clock),
        gate=services.turns.gate,
    )
    return Operating(admin, jobs, sign_ins)


async def _written(services: Services) -> None:
    """Have what waits in this worker written, so that its newest requests are seen."""
    with suppress(StorageError):
        await services.ledger.flush()
        await services.contents.flush()


def _models(models: Models) -> ModelDesk:
    return ModelDesk(catalogue=lambda: models.catalogue, servable=models.servable_in(WHOLE_POOL))


def _alerts(services: Services) -> AlertDesk:
    async def standing() -> books.Book:
        return books.read(await services.records.meta.get(books.FACT) or "")

    def configured() -> bool:
        return bool(services.live.current.alerts.webhook_url)

    return AlertDesk(configured, standing, alert_post(services).test)


def _ledger(services: Services, prices: Prices, settings: SettingOperations) -> LedgerServices:
    keeper = PriceKeeper(prices, settings, services.live)
    return LedgerServices(
        prices=keeper,
        written=lambda: _written(services),
        look=services.live_requests.look,
        cancel=services.live_requests.cancel,
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
        proxy=proxy,
    )
    return SignIns(services.pooling.issuer, keeper, services.clock, proxy=proxy)
