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
from grok2api.api.streaming import EventStream
from grok2api.api.v1.background import BackgroundResponses
from grok2api.canonical.dispatch import Dispatch
from grok2api.dialects.responses.sealing import Sealer
from grok2api.dialects.responses.stored import (
    PriceOf,
    StoredRef,
    deleted_body,
    input_items_body,
    kept,
    missing,
    names_calls,
    open_stored,
    replayed,
    response_body,
    stored_names,
    stored_sealer,
    upstream_cursor,
)
from grok2api.dialects.responses.tool_names import NO_DISGUISES, ToolNames
from grok2api.errors import InvalidRequest, NotFound, UpstreamError
from grok2api.gateway.held import HeldResponses
from grok2api.gateway.stored import StoredObjects
from grok2api.gateway.transcripts import Transcripts
from grok2api.kit.clock import Clock
from grok2api.kit.sealedid import SealedIds

_Form = Callable[[bytes, Sealer, int, PriceOf], bytes]
_LIST_PARAMETERS = frozenset({"limit", "order", "after"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredServices:
    """What the endpoints work with."""

    objects: StoredObjects
    held: HeldResponses
    ids: SealedIds
    clock: Clock
    price_of: PriceOf
    background: BackgroundResponses
    transcripts: Transcripts


class _StoredEndpoint:
    """Finds the object behind the id in the path, for its owner only."""

    def __init__(self, services: StoredServices) -> None:
        self._services = services

    def _reference(self, scope: Scope) -> StoredRef:
        return open_stored(scope["path_params"]["response_id"], caller_of(scope), self._services.ids)

    async def _fetch(self, scope: Scope, reference: StoredRef, dispatch: Dispatch) -> bytes:
        content, _ = await self._services.objects.send(
            dispatch,
            account_pin=reference.account_pin,
            missing=f"No response found with id '{reference.public_id[:256]}'.",
            request_id=context_of(scope).ledger_id,
        )
        return content

    async def _shown(self, scope: Scope, reference: StoredRef, written: _Form = response_body) -> bytes:
        """Return what upstream keeps, in one of its forms."""
        content = await self._fetch(scope, reference, Dispatch(method="GET", path=reference.path))
        sealer = stored_sealer(reference, self._services.ids, caller_of(scope))
        try:
            if not kept(content):
                raise missing(reference.public_id)
            return written(content, sealer, int(self._services.clock.now()), self._services.price_of)
        except ValueError:
            raise _unreadable() from None


class RetrieveResponse(_StoredEndpoint):
    """GET /v1/responses/{id}: the object, or with `stream=true` the events that lead to it.

    `include` and `include_obfuscation` change nothing: everything that upstream kept is shown.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the stored response."""
        reference = self._reference(scope)
        query = _query(scope)
        if reference.background and await self._services.background.tell(reference, query, receive, send):
            return
        streams = query.get("stream", "").lower() == "true"
        if streams and "starting_after" in query:
            raise InvalidRequest(
                "Only a response made with 'background: true' can be resumed, for a while after its end. "
                "Leave 'starting_after' out: its whole stream is sent.",
                param="starting_after",
            )
        body = await self._shown(scope, reference, replayed if streams else response_body)
        if not streams:
            await send_json(send, 200, body)
            return
        stream = EventStream(send, [])
        await stream.write(body)
        await stream.end()


class DeleteResponse(_StoredEndpoint):
    """DELETE /v1/responses/{id}."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Delete the stored response, and what is kept of it here, even if its account is gone."""
        reference = self._reference(scope)
        dispatch = Dispatch(method="DELETE", path=reference.path, repeatable=False)
        # What still runs is ended first: at its end it would be kept, and looked up, once more.
        kept_here = reference.background and await self._services.background.cancel(reference)
        await self._services.transcripts.forget(reference.public_id, caller_of(scope))
        self._services.held.forget(reference.account_pin, reference.upstream_id)
        if reference.background:
            try:
                await self._fetch(scope, reference, dispatch)
            except NotFound:
                if not kept_here:
                    raise
            await self._services.background.forget(reference)
        else:
            await self._fetch(scope, reference, dispatch)
        self._services.held.forget(reference.account_pin, reference.upstream_id)
        await send_json(send, 200, deleted_body(reference.public_id))


class ListInputItems(_StoredEndpoint):
    """GET /v1/responses/{id}/input_items."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the items that the response was made from."""
        reference = self._reference(scope)
        wanted = self._page(scope)
        path = f"{reference.path}/input_items" + (f"?{urlencode(wanted)}" if wanted else "")
        content = await self._fetch(scope, reference, Dispatch(method="GET", path=path))
        sealer = stored_sealer(reference, self._services.ids, caller_of(scope))
        try:
            names = await self._names(scope, reference) if names_calls(content) else NO_DISGUISES
            body = input_items_body(content, reference, sealer, names)
        except ValueError:
            raise _unreadable() from None
        await send_json(send, 200, body)

    async def _names(self, scope: Scope, reference: StoredRef) -> ToolNames:
        """Return what the response's tools are called upstream: a list of items does not say."""
        content = await self._fetch(scope, reference, Dispatch(method="GET", path=reference.path))
        return stored_names(content)

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
    """POST /v1/responses/{id}/cancel, for background responses; one that has ended stays as it is."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Cancel, and answer with the response.

        Raises:
            InvalidRequest: it was not asked for in the background.
        """
        reference = self._reference(scope)
        if not reference.background:
            raise InvalidRequest("Only a response made with 'background: true' can be cancelled.")
        await self._services.background.cancel(reference)
        body = await self._services.background.body(reference)
        await send_json(send, 200, body or await self._shown(scope, reference))


def _query(scope: Scope) -> dict[str, str]:
    parsed = parse_qs(scope["query_string"].decode("latin-1"))
    return {name: values[0] for name, values in parsed.items()}


def _unreadable() -> UpstreamError:
    return UpstreamError("Upstream's answer could not be read.")
