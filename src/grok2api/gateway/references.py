"""What a request builds on without carrying it, fetched before anything is sent.

Items that it refers to come from the accounts that hold them, a response asked for once however many of its
items are meant, and a few at a time. Must never tell whether an item that was not found exists for somebody
else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from grok2api.canonical.call import Call
from grok2api.canonical.references import ItemReference
from grok2api.dialects.base import Answer
from grok2api.dialects.responses.references import unknown_item
from grok2api.errors import Grok2ApiError, NotFound, TooLarge
from grok2api.gateway.held import MOST_BYTES, HeldResponses
from grok2api.kit.sealedid import SealedIds

_AT_ONCE: Final = 8


class _Holder(NamedTuple):
    """A response that holds items."""

    account: bytes
    response_id: str


class References:
    """Completes calls."""

    def __init__(self, held: HeldResponses) -> None:
        self._held = held

    async def resolve(self, call: Call) -> Call:
        """Return the call with what it refers to; the call itself where nothing is missing.

        Raises:
            InvalidRequest: an item is not there.
            NotFound: the conversation to unroll is gone.
            Grok2ApiError: an account that holds something could not answer now.
        """
        if call.unrolled is not None and call.history is None and call.account_pin is not None:
            items = await self._held.conversation(call.account_pin, call.unrolled, call.request_id)
            call = replace(call, conversation=items)
        if call.references and not call.resolved:
            call = replace(
                call,
                resolved=await self._items(call.references, call.request_id),
                preferred_account=call.preferred_account or _only_account(call.references),
            )
        return call

    def remember(self, call: Call, account_id: str, answer: Answer) -> None:
        """Take note of an answer, if its conversation names what was said by reference.

        The next turn will name it too: that costs no further call, and goes on although the account is lost.
        """
        if call.references:
            self._held.remember(SealedIds.account_hash(account_id), answer.upstream)

    async def _items(self, references: Sequence[ItemReference], request_id: str) -> Mapping[str, bytes]:
        asked: dict[_Holder, list[ItemReference]] = {}
        for reference in references:
            asked.setdefault(_Holder(reference.account, reference.address.holder), []).append(reference)
        resolved: dict[str, bytes] = {}
        failed: list[Grok2ApiError] = []
        room = asyncio.Semaphore(_AT_ONCE)

        async def fetch(holder: _Holder, wanted: list[ItemReference]) -> None:
            async with room:
                if failed:
                    return
                try:
                    resolved.update(await self._of(holder, wanted, request_id))
                except Grok2ApiError as error:
                    failed.append(error)

        async with asyncio.TaskGroup() as group:
            for holder, wanted in asked.items():
                group.create_task(fetch(holder, wanted))
        if failed:
            raise failed[0]
        if sum(map(len, resolved.values())) > MOST_BYTES:
            raise TooLarge(
                f"The items that 'input' refers to are larger than {MOST_BYTES // 1_048_576} MiB together."
            )
        return resolved

    async def _of(self, holder: _Holder, wanted: list[ItemReference], request_id: str) -> Mapping[str, bytes]:
        try:
            found = await self._held.items(
                holder.account, holder.response_id, [one.address for one in wanted], request_id
            )
        except NotFound:
            raise unknown_item(wanted[0].public_id, wanted[0].param) from None
        resolved = {}
        for reference, item in zip(wanted, found, strict=True):
            if item is None:
                raise unknown_item(reference.public_id, reference.param)
            resolved[reference.public_id] = item
        return resolved


def _only_account(references: Sequence[ItemReference]) -> bytes | None:
    """Return the account that holds everything, if it is one: it alone reads encrypted reasoning."""
    accounts = {reference.account for reference in references}
    return accounts.pop() if len(accounts) == 1 else None
