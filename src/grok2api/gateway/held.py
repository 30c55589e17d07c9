"""Stored responses as the gateway itself reads them: an item that is referred to, or a whole conversation.

Must never ask an account other than the owner's, and never ask twice for what is still known.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Protocol

import msgspec

from grok2api.canonical.dispatch import Dispatch
from grok2api.canonical.references import ItemAddress
from grok2api.dialects.responses.held import (
    Held,
    InputPage,
    found_in_input,
    found_in_output,
    input_path,
    name_of,
    read_held,
    read_page,
    response_path,
)
from grok2api.errors import InvalidRequest, NotFound, TooLarge, UpstreamError
from grok2api.gateway.shelf import Label, Shelf

MOST_TURNS: Final = 500
MOST_BYTES: Final = 64 * 1_048_576
_GONE: Final = "The response is not there."


class Objects(Protocol):
    """Asks the account behind an id; `StoredObjects` is the one there is."""

    async def send(
        self, dispatch: Dispatch, *, account_pin: bytes, missing: str, request_id: str
    ) -> tuple[bytes, str]:
        """Return the answer's body and the account's id, or raise NotFound with `missing`."""
        ...


class HeldResponses:
    """Reads what accounts hold.

    Args:
        objects: Asks the accounts.
        shelf: Remembers what they said.
    """

    def __init__(self, objects: Objects, shelf: Shelf) -> None:
        self._objects = objects
        self._shelf = shelf

    def forget(self, account: bytes, response_id: str) -> None:
        """Forget a response that was deleted."""
        self._shelf.forget(account, response_id)

    def remember(self, account: bytes, response: Mapping[str, Any]) -> None:
        """Keep a response that was just made, for a conversation that will refer to it.

        Args:
            account: Hash of the account that holds it.
            response: In upstream's own form.
        """
        name = response.get("id")
        if isinstance(name, str) and response.get("store") is not False:
            self._shelf.put(Label(account, name, ""), msgspec.json.encode(response))

    async def response(self, account: bytes, response_id: str, request_id: str) -> Held:
        """Return a response.

        Raises:
            NotFound: it is gone, its account is, or it was not meant to be stored.
            Grok2ApiError: the account could not answer now.
        """
        content = await self._content(Label(account, response_id, ""), response_path(response_id), request_id)
        try:
            held = read_held(content)
        except ValueError:
            raise _unreadable() from None
        if not held.kept:
            raise NotFound(_GONE)
        return held

    async def items(
        self, account: bytes, response_id: str, addresses: list[ItemAddress], request_id: str
    ) -> list[bytes | None]:
        """Return items of one response, in upstream's form; None for each that is not in it.

        Raises:
            NotFound: the response is gone.
            Grok2ApiError: the account could not answer now.
        """
        held = await self.response(account, response_id, request_id)
        found = [found_in_output(held.output, address) for address in addresses]
        if None not in found:
            return found
        async for page in self._inputs(account, response_id, request_id):
            found = [
                one or found_in_input(page.items, address)
                for one, address in zip(found, addresses, strict=True)
            ]
            if None not in found:
                break
        return found

    async def conversation(
        self, account: bytes, response_id: str, request_id: str
    ) -> tuple[msgspec.Raw, ...]:
        """Return all items up to and including a response's output, oldest first, none twice.

        Raises:
            NotFound: the response, or one that it goes on from, is gone.
            InvalidRequest: it goes back too far.
            TooLarge: it is too long to be sent.
            Grok2ApiError: the account could not answer now.
        """
        turns: list[tuple[msgspec.Raw, ...]] = []
        inputs: list[tuple[msgspec.Raw, ...]] = []
        size, current, seen = 0, response_id, {response_id}
        while True:
            held = await self.response(account, current, request_id)
            pages = [page.items async for page in self._inputs(account, current, request_id)]
            inputs.append(tuple(item for page in pages for item in page))
            turns.append(held.output)
            size += sum(len(bytes(item)) for part in (inputs[-1], held.output) for item in part)
            if size > MOST_BYTES:
                raise TooLarge(f"The conversation is larger than {MOST_BYTES // 1_048_576} MiB.")
            if held.previous is None or held.previous in seen:
                return _joined(inputs[::-1], turns[::-1])
            if len(turns) >= MOST_TURNS:
                raise InvalidRequest(
                    f"The conversation has more than {MOST_TURNS} responses. Send its items as 'input'.",
                    param="previous_response_id",
                )
            current = held.previous
            seen.add(current)

    async def _inputs(self, account: bytes, response_id: str, request_id: str) -> AsyncIterator[InputPage]:
        after: str | None = None
        while True:
            content = await self._content(
                Label(account, response_id, f"input {after or ''}"),
                input_path(response_id, after),
                request_id,
            )
            try:
                page = read_page(content)
            except ValueError:
                raise _unreadable() from None
            yield page
            if page.after is None or page.after == after:
                return
            after = page.after

    async def _content(self, label: Label, path: str, request_id: str) -> bytes:
        known = self._shelf.take(label)
        if known is not None:
            return known
        content, _ = await self._objects.send(
            Dispatch(method="GET", path=path),
            account_pin=label.account,
            missing=_GONE,
            request_id=request_id,
        )
        self._shelf.put(label, content)
        return content


def _joined(
    inputs: list[tuple[msgspec.Raw, ...]], outputs: list[tuple[msgspec.Raw, ...]]
) -> tuple[msgspec.Raw, ...]:
    """Return a conversation; what a turn was given is not repeated where an earlier one holds it.

    That is so for items of one name, and where upstream lists the whole past with a turn.
    """
    joined: list[msgspec.Raw] = []
    known: set[str] = set()
    for given, said in zip(inputs, outputs, strict=True):
        past = len(joined) if list(given[: len(joined)]) == joined else 0
        fresh = [item for item in given[past:] if name_of(item) not in known]
        joined += (*fresh, *said)
        known.update(name for item in (*fresh, *said) if (name := name_of(item)))
    return tuple(joined)


def _unreadable() -> UpstreamError:
    return UpstreamError("Upstream's answer could not be read.")
