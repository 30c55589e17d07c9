"""What the framework refuses, said in the product's own errors: the edge of the server writes every one.

Must never repeat a value that was sent: it may be a secret.
"""

from __future__ import annotations

from typing import Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from grok2api.errors import Grok2ApiError, InvalidRequest

_PLACES: Final = frozenset({"body", "query", "path", "header", "cookie"})


class Translated:
    """Wraps the framework, so that errors rise in one language.

    Args:
        app: The framework.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await self._app(scope, receive, send)
        except RequestValidationError as error:
            raise from_validation(error) from None
        except HTTPException as error:
            raise _from_framework(error) from error


def from_validation(error: RequestValidationError) -> InvalidRequest:
    """Return the first thing that is wrong with a request; `param` names the field."""
    first = error.errors()[0]
    kind, where = str(first["type"]), tuple(first["loc"])
    if kind == "json_invalid":
        return InvalidRequest("The body is not valid JSON.", code="invalid_json")
    inner = where[1:] if where and where[0] in _PLACES else where
    param = _dotted(inner)
    if kind == "missing":
        if not inner:
            return InvalidRequest("A JSON body is needed ('Content-Type: application/json').")
        return InvalidRequest(f"'{param}' is missing.", param=param, code="missing_required_parameter")
    if kind == "extra_forbidden":
        return InvalidRequest(f"'{param}' is not known here.", param=param)
    said = str(first["msg"])
    return InvalidRequest(f"'{param}': {said[:1].lower()}{said[1:]}." if param else f"{said}.", param=param)


def _dotted(parts: tuple[object, ...]) -> str | None:
    """Return the path of a field, such as `filter.status[0]`."""
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path or None


def _from_framework(error: HTTPException) -> Exception:
    """Return the error behind one of the framework; 404 and 405 are known to the edge as they are."""
    if isinstance(error.__cause__, Grok2ApiError):
        return error.__cause__
    if error.status_code in {404, 405}:
        return error
    return InvalidRequest("The body could not be read.")
