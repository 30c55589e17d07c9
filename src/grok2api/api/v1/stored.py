"""Stored responses: GET and DELETE /v1/responses/{id}, its input items, cancel.

An id that is not ours, that another key made or that upstream forgot is the same 404.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from starlette.types import Receive, Scope, Send

from grok2api.api.auth import caller_of
from grok2api.api.context import context_of, send_json
from grok2api.canonical.dispatch import Dispatch
from grok2api.config.live import Live
from grok2api.dialects.responses.dialect import ResponsesDialect
from grok2api.dialects.responses.stored import StoredRef
from grok2api.errors import InvalidRequest, Unsupported, UpstreamError
from grok2api.gateway.stored import StoredObjects

_LIST_PARAMETERS = frozenset({"limit", "order", "after"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredServices:
    """What the endpoints work with."""

    objects: StoredObjects
    dialect: ResponsesDialect
    live: Live


class _StoredEndpoint:
    def __init__(self, services: StoredServices) -> None:
        self._services = services

    async def _call(
        self,
        scope: Scope,
        send: Send,
        dispatch: Callable[[StoredRef], Dispatch],
        present: Callable[[StoredRef, bytes, str], bytes],
    ) -> None:
        """Find the object on its account and present what it says."""
        public_id: str = scope["path_params"]["response_id"]
        reference = self._services.dialect.open_stored(public_id, caller_of(scope))
        content, account_id = await self._services.objects.send(
            dispatch(reference),
            account_pin=reference.account_pin,
            missing=f"No response found with id '{public_id[:200]}'.",
            request_id=context_of(scope).request_id,
        )
        try:
            body = present(reference, content, account_id)
        except ValueError:
            raise UpstreamError("Upstream's answer could not be read.") from None
        await send_json(send, 200, body)


class RetrieveResponse(_StoredEndpoint):
    """GET /v1/responses/{id}."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the stored response."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        if query.get("stream", ["false"])[0].lower() == "true":
            raise Unsupported("A stored response cannot be streamed again yet.", param="stream")
        await self._call(
            scope,
            send,
            lambda ref: Dispatch(method="GET", path=f"/responses/{ref.upstream_id}"),
            self._services.dialect.present_stored,
        )


class DeleteResponse(_StoredEndpoint):
    """DELETE /v1/responses/{id}."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Delete the stored response."""
        await self._call(
            scope,
            send,
            lambda ref: Dispatch(method="DELETE", path=f"/responses/{ref.upstream_id}", repeatable=False),
            self._services.dialect.present_deleted,
        )


class ListInputItems(_StoredEndpoint):
    """GET /v1/responses/{id}/input_items."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the items that the response was made from."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        wanted = {name: values[0] for name, values in query.items() if name in _LIST_PARAMETERS}
        limit = wanted.get("limit")
        if limit is not None and not (limit.isdigit() and 1 <= int(limit) <= 100):
            raise InvalidRequest("'limit' must be a whole number from 1 to 100.", param="limit")
        caller = caller_of(scope)
        if "after" in wanted:
            wanted["after"] = self._services.dialect.open_item(wanted["after"], caller)
        suffix = "?" + urlencode(wanted) if wanted else ""
        await self._call(
            scope,
            send,
            lambda ref: Dispatch(method="GET", path=f"/responses/{ref.upstream_id}/input_items{suffix}"),
            self._services.dialect.present_input_items,
        )


class CancelResponse(_StoredEndpoint):
    """POST /v1/responses/{id}/cancel: only background responses could be cancelled, and there are none."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse."""
        self._services.dialect.open_stored(scope["path_params"]["response_id"], caller_of(scope))
        raise InvalidRequest("Only a response made with 'background: true' can be cancelled.")
