"""What lies behind the gate of the admin API: the translation of errors, the framework and its routes.

The framework's own error pages are left out: whatever is raised here is written by the server's edge, like
every other error. Nor are there documentation pages; the document itself is a route, closed like the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp
from typing_extensions import override

import grok2api
from grok2api.admin.audited import Audited
from grok2api.admin.desk import Desk
from grok2api.admin.events import EventHub
from grok2api.admin.gate import COOKIE, PREFIX, admitted
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
from grok2api.admin.shapes import ErrorAnswer
from grok2api.admin.sign_in_desk import SignInDesk
from grok2api.admin.snapshot import PoolSnapshot
from grok2api.admin.views import CredentialViews
from grok2api.errors import NotFound
from grok2api.operations.modelling import ModelOperations

OPEN: Final = tuple((rule.method, rule.path) for rule in RULES if rule.least == "open")
_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"model": ErrorAnswer, "description": "The request was refused"},
    "5XX": {"model": ErrorAnswer, "description": "It could not be done"},
}


class _Framework(FastAPI):
    """The framework without its error pages, so that errors rise to the edge."""

    @override
    def build_middleware_stack(self) -> ASGIApp:
        """Return the routes alone, with what they need to close what a request opened."""
        return Translated(AsyncExitStackMiddleware(self.router))


def create_noted(services: AdminServices, desk: Desk) -> ASGIApp:
    """Return the routes with what is around each change: its audit, and its answer for who asks twice."""
    audited = Audited(create_framework(services, desk), services.trail, services.request_id)
    return Repeats(audited, services.records.answers, services.box, services.clock)


def create_framework(services: AdminServices, desk: Desk) -> FastAPI:
    """Return the routes without the gate; a test walks them."""
    app = _Framework(
        title="grok2api admin API",
        version=grok2api.__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        responses=_ERRORS,
        dependencies=[Depends(_same_route)],
    )
    for router in _routers(services, desk):
        app.include_router(router)
    app.include_router(_document(app))
    return app


def _routers(services: AdminServices, desk: Desk) -> Iterator[APIRouter]:
    """Yield the routes by subject; whole names stand before names in braces."""
    snapshot = PoolSnapshot(services.records, services.clock)
    views = CredentialViews(services, snapshot)
    names = Names(services.records, snapshot, services.clock)
    sign_ins = SignInDesk(services.sign_ins, services.jobs, services.records.meta, services.box)
    board = LiveBoard(services.ledger, names)
    hub = EventHub(
        services.records,
        services.jobs,
        live=board.told,
        counts=services.pool_counts,
        revision=services.revision,
        draining=services.draining,
    )
    yield SessionRoutes(desk).router()
    yield SecondFactorRoutes(desk).router()
    yield SsoRoutes(desk, _sign_on(services, desk)).router()
    yield OperatorRoutes(desk.staff, desk.second_factors).router()
    yield TokenRoutes(desk.tokens, services.clock).router()
    yield AuditRoutes(services.records.audit, desk.trail).router()
    yield SettingRoutes(services).router()
    yield SystemRoutes(services.system, hub, desk).router()
    yield SignInRoutes(sign_ins).router()
    yield BulkRoutes(services, views).router()
    yield TransferRoutes(services).router()
    yield CredentialRoutes(services, snapshot, views).router()
    yield AlertRoutes(services.alerts).router()
    yield ModelRoutes(services.models, ModelOperations(services.records.models, services.clock)).router()
    yield MediaRoutes(services.records.assets, services.media, names).router()
    yield BackupRoutes(services.backups, services.jobs).router()
    yield NetworkRoutes(services.network, names).router()
    yield LiveRoutes(services.ledger, board).router()
    yield RequestRoutes(
        services.records, services.ledger, services.explain, names, services.contents
    ).router()
    yield ContentRoutes(services).router()
    yield UsageRoutes(services.records.usage, services.ledger, names, services.clock).router()
    yield PriceRoutes(services.ledger.prices).router()
    yield KeyRoutes(services).router()
    yield JobRoutes(services.jobs, services.draining).router()


def _sign_on(services: AdminServices, desk: Desk) -> SignOn:
    records, clock = services.records, services.clock
    transactions = Transactions(services.box, records.answers, clock)
    people = People(records.operators, desk.sessions, clock)
    return SignOn(services.live, services.asking, transactions, people, clock)


def _same_route(request: Request) -> None:
    """Refuse what the gate took for another route than this one: its rule was for that."""
    route = request.scope.get("route")
    if getattr(route, "path", None) != admitted(request.scope).rule.path:
        raise NotFound("There is no such route.")


def _document(app: FastAPI) -> APIRouter:
    router = APIRouter(tags=["about"])

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
            "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
        }
        told["components"] = {**told.get("components", {}), "securitySchemes": schemes}
        return JSONResponse(told)

    router.add_api_route("/openapi.json", document, methods=["GET"], summary="Describe the admin API")
    return router
