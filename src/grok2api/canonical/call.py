"""What a client asked for, before anything was decided about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from grok2api.canonical.body import Body
from grok2api.canonical.enclosures import Enclosure
from grok2api.canonical.limits import KeyLimits
from grok2api.canonical.plan import WHOLE_POOL, PoolScope
from grok2api.canonical.references import ItemReference

DialectName = Literal["chat", "responses", "messages", "images", "videos", "audio", "files"]
Thinking = Literal["reasoning_content", "think_tags", "off"]
"""How reasoning shows on chat: in its own field, in `<think>` tags, or not at all."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The client key behind a request."""

    key_id: str
    name: str
    strict: bool = False
    """Refuse a field that cannot be honoured, where others have it dropped and named."""
    models: frozenset[str] | None = None
    """Public model ids the key may use; None means all."""
    scope: PoolScope = WHOLE_POOL
    """The credentials that may serve it."""
    rescue: float | None = None
    """Seconds for which its conversations are kept, so that they go on where their account cannot."""
    limits: KeyLimits | None = None
    """What it is held to; None if it is not."""
    never_log: bool = False
    """Whether nothing of its requests is kept but their rows in the ledger."""
    content_hours: int | None = None
    """Hours for which the words of its requests are kept; 0 is as the settings say, None keeps none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One parsed request. Immutable: each attempt translates it anew."""

    request_id: str
    dialect: DialectName
    model: str
    """The public id, as the client wrote it."""
    stream: bool
    """Whether the client reads a stream."""
    body: Body
    caller: Caller
    received_at: float
    """Monotonic seconds."""
    dropped: tuple[str, ...] = ()
    """Dotted paths of fields that Grok lacks and that were left out; told in a header."""
    effort: str | None = None
    """The reasoning effort the client asked for, in OpenAI's words."""
    effort_field: str = ""
    """Where it asked for that, if not in the field that its dialect has for it."""
    thinking: Thinking | None = None
    """The request's own choice of how reasoning shows; None leaves it to the settings."""
    account_pin: bytes | None = None
    """Hash of the account that holds an object the request builds on; no other may serve it."""
    pinned_by: str | None = None
    """Path of what `account_pin` is for, as the client wrote it."""
    files_in: bytes | None = None
    """Hash of the account that holds the files it names by their ids, where each attempt opens these."""
    preferred_account: bytes | None = None
    """Hash of the account that reads something in the request best (its encrypted reasoning); others may
    serve it without that."""
    continues: str | None = None
    """Public id of the stored response that it goes on from."""
    history: tuple[msgspec.Raw, ...] | None = None
    """Items, in the client's form, that stand for `previous_response_id`; None leaves it to upstream."""
    references: tuple[ItemReference, ...] = ()
    """Stored items that the input only refers to."""
    resolved: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """By id: the items referred to, in upstream's form, once they were fetched."""
    unrolled: str | None = None
    """Upstream's id of the response whose whole conversation this request needs as items."""
    conversation: tuple[msgspec.Raw, ...] = field(default=(), repr=False)
    """Those items, oldest first, in upstream's form, once they were fetched."""
    affinity: str | None = None
    """What should meet the same prompt cache again (prompt_cache_key, conversation header)."""
    has_client_tools: bool = False
    """Whether functions that the client executes are offered to the model."""
    background: bool = False
    """Whether the turn goes on without its client; upstream then streams in any case."""
    needs_responses: bool = False
    """Whether only upstream's Responses surface can serve it: tools that xAI runs itself are nowhere else."""
    enclosures: tuple[Enclosure, ...] = ()
    """Pictures, documents and sounds in the body that were not looked at yet."""
    reads_files: bool = False
    """Whether it carries or names a document, which only a model that reasons reads."""
    choices: int = 1
    """How many answers are wanted."""
    prepared: object = field(default=None, repr=False, compare=False)
    """The dialect's own frozen reading of the body, so that an attempt need not read it again; never
    shared between dialects, never changed. None leaves each attempt to read for itself."""
