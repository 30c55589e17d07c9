"""What one connection remembers: conversations whose responses upstream does not hold.

A response of `store: false`, or one that was only prepared, exists nowhere but here, as the items that
stand for it. Bounded: the oldest conversation is forgotten first. Must never outlive its connection, and
never be asked about another one's.
Source: OpenAI's WebSocket mode, "connection-local cache".
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from grok2api.canonical.call import Call
from grok2api.dialects.enclosing import Pin
from grok2api.dialects.responses.input_items import own_items
from grok2api.dialects.responses.references import is_reference
from grok2api.dialects.responses.transcript import referred
from grok2api.errors import InvalidRequest

_encode = msgspec.json.Encoder().encode


class _Link(msgspec.Struct):
    """What ties the output of a tool to its call, and what only refers to an item."""

    type: str | None = None
    role: str | None = None
    call_id: str | None = None
    id: str | None = None


_link = msgspec.json.Decoder(_Link).decode


@dataclass(frozen=True, slots=True)
class Conversation:
    """All items up to and including a response, in the client's form."""

    items: tuple[msgspec.Raw, ...]
    calls: frozenset[str]
    """The `call_id` of every tool call among them."""
    account: bytes | None
    """Hash of the account that answered last; None where none did."""
    affinity: str | None
    size: int
    """Bytes of the items."""
    files_in: bytes | None = None
    """Hash of the account that holds the files it names; None if it names none."""


class Room:
    """What all connections of a worker remember together."""

    __slots__ = ("taken",)

    def __init__(self) -> None:
        self.taken = 0
        """Bytes."""


class Conversations:
    """The conversations of one connection, by the id of their last response.

    Args:
        room: What it shares with the other connections.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._known: OrderedDict[str, Conversation] = OrderedDict()
        self._size = 0

    def recall(self, response_id: str | None) -> Conversation | None:
        """Return the conversation up to a response; None where this connection knows none."""
        return self._known.get(response_id) if response_id is not None else None

    def keep(self, response_id: str, conversation: Conversation, *, limit: int, most: int) -> None:
        """Remember a conversation; the oldest of this connection make way for it.

        Args:
            response_id: Of its last response.
            conversation: What is remembered.
            limit: Bytes of this connection.
            most: Bytes of all connections together.
        """
        self.forget(response_id)
        self._known[response_id] = conversation
        self._size += conversation.size
        self._room.taken += conversation.size
        while self._known and (self._size > limit or self._room.taken > most):
            self.forget(next(iter(self._known)))

    def forget(self, response_id: str | None) -> None:
        """Forget a response: a turn that went on from it has failed."""
        dropped = self._known.pop(response_id, None) if response_id is not None else None
        if dropped is not None:
            self._size -= dropped.size
            self._room.taken -= dropped.size

    def clear(self) -> None:
        """Forget everything: the connection is over."""
        self._known.clear()
        self._room.taken -= self._size
        self._size = 0


def continued(
    before: Conversation | None,
    call: Call,
    output: Sequence[Mapping[str, Any]] = (),
    account: bytes | None = None,
) -> Conversation | None:
    """Return the conversation after a turn; None if it refers to items that are not at hand.

    Reasoning of which only a summary is known is left out: it says nothing to a model.
    """
    own = _resolved(own_items(call.body.raw("input")), call.resolved)
    if own is None:
        return None
    new = (*own, *(msgspec.Raw(_encode(item)) for item in output if _speaks(item)))
    return Conversation(
        items=(*(before.items if before else ()), *new),
        calls=(before.calls if before else frozenset()) | _calls(new),
        account=account or (before.account if before else None),
        affinity=call.affinity or (before.affinity if before else None),
        files_in=call.files_in or (before.files_in if before else None),
        size=(before.size if before else 0) + sum(map(len, map(bytes, new))),
    )


def files_pin(before: Conversation, call: Call) -> Pin:
    """Return the account that holds the files of a conversation and of the request that goes on from it.

    Raises:
        InvalidRequest: they lie in different accounts.
    """
    pin = Pin()
    if call.files_in is not None:
        pin = pin.joined(call.files_in, call.pinned_by or "input")
    return pin if before.files_in is None else pin.joined(before.files_in, "previous_response_id")


def check_outputs(before: Conversation, raw_input: bytes | None) -> None:
    """Refuse the output of a tool call that nobody made.

    Raises:
        InvalidRequest: it names the item.
    """
    made = set(before.calls)
    for place, item in enumerate(own_items(raw_input)):
        link = _link(item)
        if link.call_id is None or link.type is None:
            continue
        if link.type.endswith("_call"):
            made.add(link.call_id)
        elif link.type in {"function_call_output", "custom_tool_call_output"} and link.call_id not in made:
            raise InvalidRequest(
                f"No tool call found for the output with call_id '{link.call_id[:100]}'.",
                param=f"input[{place}].call_id",
            )


def _speaks(item: Mapping[str, Any]) -> bool:
    return item.get("type") != "reasoning" or bool(item.get("encrypted_content"))


def _calls(items: Iterable[msgspec.Raw]) -> frozenset[str]:
    links = map(_link, items)
    return frozenset(
        link.call_id for link in links if link.call_id is not None and (link.type or "").endswith("_call")
    )


def _resolved(items: Sequence[msgspec.Raw], resolved: Mapping[str, bytes]) -> tuple[msgspec.Raw, ...] | None:
    """Return items with those in their place that they only refer to; None if one is not at hand."""
    found: list[msgspec.Raw] = []
    for item in items:
        link = _link(item)
        if not is_reference(link.type, link.role):
            found.append(item)
        elif (meant := referred(link.id, resolved)) is not None:
            found.append(msgspec.Raw(_encode(meant)))
        else:
            return None
    return tuple(found)
