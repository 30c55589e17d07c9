"""Puts together the dialects that a worker speaks.

A part of the composition root. Must never hold a rule of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from grok2api.canonical.call import Caller
from grok2api.canonical.plan import ModelKind
from grok2api.dialects.chat.dialect import ChatDialect
from grok2api.dialects.messages.counting import CountedMessages
from grok2api.dialects.messages.dialect import MessagesDialect
from grok2api.dialects.responses.compacting import CompactDialect
from grok2api.dialects.responses.counting import parse_to_count
from grok2api.dialects.responses.dialect import ResponsesDialect
from grok2api.gateway.models import Models
from grok2api.kit.sealedid import SealedIds


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialects:
    """One dialect per endpoint that takes a conversation."""

    chat: ChatDialect
    responses: ResponsesDialect
    compact: CompactDialect
    input_tokens: ResponsesDialect
    messages: MessagesDialect
    message_tokens: CountedMessages


def build_dialects(ids: SealedIds, models: Models) -> Dialects:
    """Return the dialects; `models` names the model by which tokens are counted where none is named."""
    fallback = partial(_first_model, models)
    return Dialects(
        chat=ChatDialect(ids),
        responses=ResponsesDialect(ids),
        compact=CompactDialect(ids),
        input_tokens=ResponsesDialect(ids, read=partial(parse_to_count, fallback=fallback)),
        messages=MessagesDialect(ids),
        message_tokens=CountedMessages(ids),
    )


def _first_model(models: Models, caller: Caller) -> str:
    """Return the model that counts for a key where none is named; empty if it may use none."""
    return next((name for name, _ in models.listed(caller, kinds={ModelKind.TEXT})), "")
