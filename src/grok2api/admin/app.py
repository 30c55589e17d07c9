"""What lies behind the gate of the admin API: the translation of errors, the framework and its routes.

The framework's own error pages are left out: whatever is raised here is written by the server's edge, like
every other error. Nor are there documentation pages; the document itself is a route, closed like the rest.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp
from typing_extensions import override

import grok2api
from grok2api.admin.gate import COOKIE, PREFIX
from grok2api.admin.names import Names
from grok2api.admin.passwords import Passwords
from grok2api.admin.problems import Translated
from grok2api.admin.routes.alerts import AlertRoutes
from grok2api.admin.routes.bulk import BulkRoutes
from grok2api.admin.routes.credentials import CredentialRoutes
from grok2api.admin.routes.jobs import JobRoutes
from grok2api.admin.routes.keys import KeyRoutes
from grok2api.admin.routes.live import LiveRoutes
from grok2api.admin.routes.models import ModelRoutes
from grok2api.admin.routes.prices import PriceRoutes
from grok2api.admin.routes.requests import RequestRoutes
from grok2api.admin.routes.session import SessionRoutes
from grok2api.admin.routes.sign_ins import SignInRoutes
from grok2api.admin.routes.transfers import TransferRoutes
from grok2api.admin.routes.usage import UsageRoutes
from grok2api.admin.services import AdminServices
from grok2api.admin.sessions import Sessions
from grok2api.admin.shapes import ErrorAnswer
from grok2api.admin.sign_in_desk import SignInDesk
from grok2api.admin.snapshot import PoolSnapshot
from grok2api.admin.throttle import LoginThrottle
from grok2api.admin.views import CredentialViews
from grok2api.operations.modelling import ModelOperations

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


def create_framework(services: AdminServices, sessions: Sessions) -> FastAPI:
    """Return the routes without the gate; a test walks them."""
    configured = services.live.current.app.app_key
    passwords = Passwords(services.records.meta, configured=configured)
    app = _Framework(
        title="grok2api admin API",
        version=grok2api.__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        responses=_ERRORS,
    )
    snapshot = PoolSnapshot(services.records, services.clock)
    views = CredentialViews(services, snapshot)
    names = Names(services.records, snapshot, services.clock)
    desk = SignInDesk(services.sign_ins, services.jobs, services.records.meta, services.box)
    for router in (
        SessionRoutes(passwords, sessions, LoginThrottle(services.clock)).router(),
        SignInRoutes(desk).router(),
        BulkRoutes(services, views).router(),
        TransferRoutes(services).router(),
        CredentialRoutes(services, snapshot, views).router(),
        AlertRoutes(services.alerts).router(),
        ModelRoutes(services.models, ModelOperations(services.records.models, services.clock)).router(),
        LiveRoutes(services.ledger, names).router(),
        RequestRoutes(services.records, services.ledger, services.explain, names).router(),
        UsageRoutes(services.records.usage, services.ledger, names, services.clock).router(),
        PriceRoutes(services.ledger.prices).router(),
        KeyRoutes(services).router(),
        JobRoutes(services.jobs, services.draining).router(),
        _document(app),
    ):
        app.include_router(router)
    return app


def _document(app: FastAPI) -> APIRouter:
    router = APIRouter(tags=["about"])

    async def document() -> JSONResponse:
        """Return this description of the admin API, as OpenAPI."""
        told = dict(app.openapi())
        told["servers"] = [{"url": PREFIX}]
        told["security"] = [{"session": []}, {"cookie": []}]
        schemes = {
            "session": {"type": "http", "scheme": "bearer"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
        }
        told["components"] = {**told.get("components", {}), "securitySchemes": schemes}
        return JSONResponse(told)

    router.add_api_route("/openapi.json", document, methods=["GET"], summary="Describe the admin API")
    return router
