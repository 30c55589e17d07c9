"""Stored responses: GET and DELETE /v1/responses/{id}, its input items, cancel.

An id that is not ours, that another key made or that upstream forgot is the same 404.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from starlette.types import Receive, Scope, Send

from grok2api.api.auth import caller_of
from grok2api.api.context import context_of, send_json
from grok2api.canonical.dispatch import Dispatch
from grok2api.dialects.responses.stored import (
    StoredRef,
    deleted_body,
    input_items_body,
    open_stored,
    response_body,
    stored_sealer,
    upstream_cursor,
)
from grok2api.errors import InvalidRequest, NotFound, Unsupported, UpstreamError
from grok2api.gateway.stored import StoredObjects
from grok2api.gateway.transcripts import Transcripts
from grok2api.kit.clock import Clock
from grok2api.kit.sealedid import SealedIds

_LIST_PARAMETERS = frozenset({"limit", "order", "after"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredServices:
    """What the endpoints work with."""

    objects: StoredObjects
    ids: SealedIds
    clock: Clock
    transcripts: Transcripts


class _StoredEndpoint:
    """Finds the object behind the id in the path, for its owner only."""

    def __init__(self, services: StoredServices) -> None:
        self._services = services

    def _reference(self, scope: Scope) -> StoredRef:
        return open_stored(scope["path_params"]["response_id"], caller_of(scope), self._services.ids)

    async def _fetch(self, scope: Scope, reference: StoredRef, dispatch: Dispatch) -> tuple[bytes, str]:
        return await self._services.objects.send(
            dispatch,
            account_pin=reference.account_pin,
            missing=f"No response found with id '{reference.public_id[:256]}'.",
            request_id=context_of(scope).ledger_id,
        )


class RetrieveResponse(_StoredEndpoint):
    """GET /v1/responses/{id}."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the stored response."""
        reference = self._reference(scope)
        query = _query(scope)
        if query.get("stream", "").lower() == "true":
            raise Unsupported("A stored response cannot be streamed again yet.", param="stream")
        content, account = await self._fetch(scope, reference, Dispatch(method="GET", path=reference.path))
        sealer = stored_sealer(reference, self._services.ids, caller_of(scope), account)
        try:
            body = response_body(content, sealer, int(self._services.clock.now()))
        except ValueError:
            raise _unreadable() from None
        await send_json(send, 200, body)


class DeleteResponse(_StoredEndpoint):
    """DELETE /v1/responses/{id}."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Delete the stored response, and what is kept of it here, even if its account is gone."""
        reference = self._reference(scope)
        await self._services.transcripts.forget(reference.public_id, caller_of(scope))
        dispatch = Dispatch(method="DELETE", path=reference.path, repeatable=False)
        await self._fetch(scope, reference, dispatch)
        await send_json(send, 200, deleted_body(reference.public_id))


class ListInputItems(_StoredEndpoint):
    """GET /v1/responses/{id}/input_items."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the items that the response was made from."""
        reference = self._reference(scope)
        wanted = self._page(scope)
        path = f"{reference.path}/input_items" + (f"?{urlencode(wanted)}" if wanted else "")
        content, account = await self._fetch(scope, reference, Dispatch(method="GET", path=path))
        sealer = stored_sealer(reference, self._services.ids, caller_of(scope), account)
        try:
            body = input_items_body(content, reference, sealer)
        except ValueError:
            raise _unreadable() from None
        await send_json(send, 200, body)

    def _page(self, scope: Scope) -> dict[str, str]:
        """Check the query, and put the cursor into upstream's words."""
        wanted = {name: value for name, value in _query(scope).items() if name in _LIST_PARAMETERS}
        limit = wanted.get("limit")
        if limit is not None and not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= 100):
            raise InvalidRequest("'limit' must be a whole number from 1 to 100.", param="limit")
        if wanted.get("order", "asc") not in {"asc", "desc"}:
            raise InvalidRequest("'order' must be 'asc' or 'desc'.", param="order")
        if "after" in wanted:
            cursor = upstream_cursor(wanted["after"], caller_of(scope), self._services.ids)
            if cursor is None:
                raise InvalidRequest("'after' is not the id of an item of this list.", param="after")
            wanted["after"] = cursor
        return wanted


class CancelResponse(_StoredEndpoint):
    """POST /v1/responses/{id}/cancel: only background responses could be cancelled, and there are none."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse."""
        self._reference(scope)
        raise InvalidRequest("Only a response made with 'background: true' can be cancelled.")


class NotServedYet:
    """A route of OpenAI's that would else be taken for the id of a response."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse."""
        raise NotFound(f"{scope['path'][:200]} is not served by this version.")


def _query(scope: Scope) -> dict[str, str]:
    parsed = parse_qs(scope["query_string"].decode("latin-1"))
    return {name: values[0] for name, values in parsed.items()}


def _unreadable() -> UpstreamError:
    return UpstreamError("Upstream's answer could not be read.")
