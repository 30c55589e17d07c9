"""What the endpoints of the public API work with, put together from a worker's parts.

A part of the composition root. Must never hold a rule of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grok2api.accounting.client_keys import KeyDirectory, content_hours_of
from grok2api.accounting.settlement import Settlement
from grok2api.api.admission import Admission
from grok2api.api.auth import Authenticator
from grok2api.api.inflight import InFlight
from grok2api.api.v1.counting import CountServices
from grok2api.api.v1.files import FileServices
from grok2api.api.v1.stored import StoredServices
from grok2api.api.v1.turns import TurnServices
from grok2api.canonical.call import Caller
from grok2api.config.live import Live
from grok2api.dialects.responses.transcript import turn_items
from grok2api.gateway.conductor import Gateway
from grok2api.gateway.contents.keeping import ContentRules, Contents
from grok2api.gateway.counting import Counter
from grok2api.gateway.files import Files
from grok2api.gateway.held import HeldResponses
from grok2api.gateway.limits.estimates import Estimator
from grok2api.gateway.media_calls import MediaCalls
from grok2api.gateway.shelf import Shelf
from grok2api.gateway.stored import StoredObjects
from grok2api.gateway.transcripts import Transcripts
from grok2api.kit.secretbox import SecretBox
from grok2api.server.background import Background
from grok2api.server.parts import Parts


@dataclass(frozen=True, slots=True)
class KeptConversations:
    """What is known of conversations that are stored, at xAI and here."""

    objects: StoredObjects
    held: HeldResponses
    transcripts: Transcripts
    contents: Contents


def build_authenticator(live: Live, keys: KeyDirectory) -> Authenticator:
    """Return what turns a client key into a caller."""
    open_to_all = live.current.app.auth == "none"
    return Authenticator(
        keys, anonymous=Caller("key_none", "anybody on this machine") if open_to_all else None
    )


def turn_services(
    parts: Parts,
    *,
    gateway: Gateway,
    begin: Callable[..., Settlement],
    in_flight: InFlight,
    background: Background,
) -> TurnServices:
    """Return what endpoints of conversations work with.

    Args:
        parts: The worker's.
        gateway: Answers calls.
        begin: Opens the account of a request.
        in_flight: The requests that clients wait for.
        background: Carries on without a client.
    """
    return TurnServices(
        gateway=gateway,
        live=parts.live,
        begin=begin,
        in_flight=in_flight,
        admission=Admission(),
        media_admission=Admission(),
        detached=background.turn,
        gate=parts.gate,
        estimator=Estimator(parts.prices),
        contents=background.contents,
    )


def count_services(parts: Parts, turns: TurnServices) -> CountServices:
    """Return what endpoints that count tokens work with."""
    return CountServices(
        turns=turns, counter=Counter(pool=parts.pool, upstream=parts.client, clock=parts.clock)
    )


def kept_conversations(parts: Parts) -> KeptConversations:
    """Return what is known of conversations that are stored."""
    objects = StoredObjects(pool=parts.pool, upstream=parts.client)
    box = SecretBox(parts.ring)
    return KeptConversations(
        objects=objects,
        held=HeldResponses(objects, Shelf(parts.clock)),
        transcripts=Transcripts(parts.records.transcripts, box, parts.clock, read=turn_items),
        contents=_contents(parts),
    )


def _contents(parts: Parts) -> Contents:
    """Return what keeps the words of requests, for client keys for which an operator wants that."""

    def rules() -> ContentRules:
        ledger = parts.live.current.ledger
        return ContentRules(ledger.content_hours, ledger.content_max_hours, ledger.content_max_kb * 1024)

    async def wanted(key_id: str) -> bool:
        key = await parts.records.keys.get(key_id)
        return key is not None and content_hours_of(key) is not None

    return Contents(
        parts.records.contents,
        SecretBox(parts.ring),
        parts.clock,
        rules=rules,
        hours=parts.keys.content_hours,
        wanted=wanted,
    )


def stored_services(parts: Parts, kept: KeptConversations, background: Background) -> StoredServices:
    """Return what endpoints of stored responses work with."""
    return StoredServices(
        objects=kept.objects,
        held=kept.held,
        ids=parts.ids,
        clock=parts.clock,
        price_of=parts.prices.of,
        background=background.responses,
        transcripts=kept.transcripts,
    )


def file_services(parts: Parts, calls: MediaCalls, turns: TurnServices) -> FileServices:
    """Return what endpoints of files work with."""
    files = Files(
        calls=calls,
        upstream=parts.client,
        pool=parts.pool,
        store=parts.records.files,
        ids=parts.ids,
        clock=parts.clock,
    )
    return FileServices(files=files, turns=turns, admission=parts.media.admission)
