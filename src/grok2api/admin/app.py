"""What lies behind the gate of the admin API: the translation of errors, the framework and its routes.

The framework's own error pages are left out: whatever is raised here is written by the server's edge, like
every other error. Nor are there documentation pages; the document itself is a route, closed like the rest.
Must never be served without the gate, which alone finds out who calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp
from typing_extensions import override

import grok2api
from grok2api.admin import cookies
from grok2api.admin.access import Access
from grok2api.admin.audited import Audited
from grok2api.admin.events import EventHub
from grok2api.admin.gate import PREFIX
from grok2api.admin.live_board import LiveBoard
from grok2api.admin.names import Names
from grok2api.admin.oidc.people import People
from grok2api.admin.oidc.sign_on import SignOn
from grok2api.admin.oidc.transactions import Transactions
from grok2api.admin.problems import Translated
from grok2api.admin.repeats import Repeats
from grok2api.admin.roles import RULES
from grok2api.admin.routes.alerts import AlertRoutes
from grok2api.admin.routes.audit import AuditRoutes
from grok2api.admin.routes.backups import BackupRoutes
from grok2api.admin.routes.bulk import BulkRoutes
from grok2api.admin.routes.contents import ContentRoutes
from grok2api.admin.routes.credentials import CredentialRoutes
from grok2api.admin.routes.jobs import JobRoutes
from grok2api.admin.routes.keys import KeyRoutes
from grok2api.admin.routes.live import LiveRoutes
from grok2api.admin.routes.media import MediaRoutes
from grok2api.admin.routes.models import ModelRoutes
from grok2api.admin.routes.network import NetworkRoutes
from grok2api.admin.routes.operators import OperatorRoutes
from grok2api.admin.routes.prices import PriceRoutes
from grok2api.admin.routes.releases import ReleaseRoutes
from grok2api.admin.routes.requests import RequestRoutes
from grok2api.admin.routes.second_factor import SecondFactorRoutes
from grok2api.admin.routes.session import SessionRoutes
from grok2api.admin.routes.settings import SettingRoutes
from grok2api.admin.routes.sign_ins import SignInRoutes
from grok2api.admin.routes.sso import SsoRoutes
from grok2api.admin.routes.system import SystemRoutes
from grok2api.admin.routes.tokens import TokenRoutes
from grok2api.admin.routes.transfers import TransferRoutes
from grok2api.admin.routes.usage import UsageRoutes
from grok2api.admin.services import AdminServices
from grok2api.admin.sign_in_flows import SignInFlows
from grok2api.admin.snapshot import PoolSnapshot
from grok2api.admin.subjects import subject
from grok2api.admin.usage_pulse import UsagePulse
from grok2api.admin.views import CredentialViews
from grok2api.operations.importing import Target
from grok2api.operations.modelling import ModelOperations
from grok2api.operations.testing import Asking, asking_of

OPEN: Final = tuple((rule.method, rule.path) for rule in RULES if rule.least == "open")


class _Framework(FastAPI):
    """The framework without its error pages, so that errors rise to the edge."""

    @override
    def build_middleware_stack(self) -> ASGIApp:
        """Return the routes alone, with what they need to close what a request opened."""
        return Translated(AsyncExitStackMiddleware(self.router))


def create_noted(services: AdminServices, access: Access) -> ASGIApp:
    """Return the routes with what is around each change: its audit, and its answer for who asks twice."""
    entry, records = services.entry, services.records
    audited = Audited(create_framework(services, access), entry.trail, entry.request_id)
    return Repeats(audited, records.answers, services.box, services.clock)


def create_framework(services: AdminServices, access: Access) -> FastAPI:
    """Return the routes without the gate; a test walks them."""
    app = _Framework(
        title="grok2api admin API",
        version=grok2api.__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
    )
    for router in (*_routers(services, access), _document(app)):
        app.router.routes.extend(router.routes)
    return app


def _routers(services: AdminServices, access: Access) -> Iterator[APIRouter]:
    """Yield the routes by subject; whole names stand before names in braces."""
    records, clock, live = services.records, services.clock, services.live
    snapshot = PoolSnapshot(records, services.box, clock)
    names = Names(records, snapshot, clock)
    board = LiveBoard(services.ledger, names)
    yield from _entry_routes(services, access, names)
    yield SettingRoutes(services.settings, live, services.entry.request_id).router()
    hub = _event_hub(services, board)
    yield SystemRoutes(services.system.state, services.pool.counts, hub, access).router()
    yield ReleaseRoutes(services.system.release).router()
    yield from _pool_routes(services, access, snapshot)
    yield AlertRoutes(services.alerts).router()
    yield ModelRoutes(services.models, ModelOperations(records.models, clock)).router()
    yield MediaRoutes(records.assets, services.gallery, names).router()
    yield BackupRoutes(services.backups, services.jobs).router()
    yield NetworkRoutes(services.egress, names).router()
    yield from _ledger_routes(services, names, board)
    yield KeyRoutes(services.keys, clock, live).router()
    yield JobRoutes(services.jobs, services.system.draining).router()


def _entry_routes(services: AdminServices, access: Access, names: Names) -> Iterator[APIRouter]:
    """Yield those about who may enter, and what they did."""
    yield SessionRoutes(access).router()
    yield SecondFactorRoutes(access).router()
    yield SsoRoutes(access, _sign_on(services, access)).router()
    yield OperatorRoutes(access.staff, access.second_factors).router()
    yield TokenRoutes(access.tokens, services.clock).router()
    yield AuditRoutes(services.records.audit, access.trail, names).router()


def _pool_routes(services: AdminServices, access: Access, snapshot: PoolSnapshot) -> Iterator[APIRouter]:
    """Yield those about credentials."""
    pool, jobs, box, clock = services.pool, services.jobs, services.box, services.clock
    views = CredentialViews(snapshot, pool.live_states, box, clock)

    def ask() -> AbstractAsyncContextManager[Asking]:
        return asking_of(services.live.current, box)

    def target() -> Target:
        return Target(
            store=services.records.credentials,
            box=box,
            pepper=pool.fingerprint_pepper,
            oauth=services.live.current.oauth,
            clock=clock,
        )

    yield SignInRoutes(SignInFlows(pool.sign_ins, jobs, services.records.meta, box)).router()
    yield BulkRoutes(pool, ask, jobs, views).router()
    yield TransferRoutes(pool.operations, target, jobs, access, box=box, clock=clock).router()
    yield CredentialRoutes(pool.operations, snapshot, views, clock).router()


def _ledger_routes(services: AdminServices, names: Names, board: LiveBoard) -> Iterator[APIRouter]:
    """Yield those about requests and what they cost."""
    records, ledger = services.records, services.ledger
    yield LiveRoutes(ledger, board).router()
    yield RequestRoutes(records, ledger, names).router()
    yield ContentRoutes(ledger, services.keys.operations, services.live).router()
    yield UsageRoutes(records.usage, ledger, names, services.clock).router()
    yield PriceRoutes(ledger.prices).router()


def _event_hub(services: AdminServices, board: LiveBoard) -> EventHub:
    return EventHub(
        services.records,
        services.jobs,
        usage=UsagePulse(services.records.usage, services.clock),
        alerts=services.alerts.standing,
        live=board.told,
        counts=services.pool.counts,
        revision=services.system.revision,
        draining=services.system.draining,
    )


def _sign_on(services: AdminServices, access: Access) -> SignOn:
    records, clock = services.records, services.clock
    transactions = Transactions(services.box, records.answers, clock)
    people = People(records.operators, access.sessions, clock)
    return SignOn(services.live, services.entry.provider, transactions, people, clock)


def _document(app: FastAPI) -> APIRouter:
    router = subject("about")

    async def document() -> JSONResponse:
        """Return this description of the admin API, as OpenAPI."""
        told = dict(app.openapi())
        told["servers"] = [{"url": PREFIX}]
        told["security"] = [{"session": []}, {"cookie": []}]
        for method, path in OPEN:
            told["paths"][path][method.lower()]["security"] = []
        schemes = {
            "session": {
                "type": "http",
                "scheme": "bearer",
                "description": "A session's token or an API token",
            },
            "cookie": {"type": "apiKey", "in": "cookie", "name": cookies.SESSION.name},
        }
        told["components"] = {**told.get("components", {}), "securitySchemes": schemes}
        return JSONResponse(told)

    router.add_api_route("/openapi.json", document, methods=["GET"], summary="Describe the admin API")
    return router
