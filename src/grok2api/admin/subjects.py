"""The router of one subject of the admin API: each route knows by itself what all of them have in common.

The framework builds every route a second time if a router is included in another one, and that is half of
what the first request of an operator waits for. Must never let a route be served that the gate did not mean.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Depends, Request

from grok2api.admin.admitted import admitted
from grok2api.admin.shapes import ErrorAnswer
from grok2api.errors import NotFound

_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"model": ErrorAnswer, "description": "The request was refused"},
    "5XX": {"model": ErrorAnswer, "description": "It could not be done"},
}


def subject(name: str) -> APIRouter:
    """Return a router without routes, whose routes the document lists under this name."""
    return APIRouter(tags=[name], responses=_ERRORS, dependencies=[Depends(_same_route)])


def _same_route(request: Request) -> None:
    """Refuse what the gate took for another route than this one: its rule was for that."""
    route = request.scope.get("route")
    if getattr(route, "path", None) != admitted(request.scope).rule.path:
        raise NotFound("There is no such route.")
