"""Reads a Messages request once, into what both of xAI's surfaces are fed from.

Must never depend on the model or the credential: the same request is written anew for each attempt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

import msgspec

from grok2api.canonical.body import Body
from grok2api.dialects.fields import Dropped, missing, whole_number
from grok2api.dialects.messages.fields import MESSAGES_FIELDS
from grok2api.dialects.messages.history import History, Item, SealedReasoning, system_text
from grok2api.dialects.messages.shapes import (
    Message,
    Metadata,
    OutputConfig,
    OutputFormat,
    SystemBlock,
    ThinkingOption,
)
from grok2api.dialects.messages.thinking import Wish, read_thinking
from grok2api.dialects.messages.tools import Toolbox, read_tools
from grok2api.errors import InvalidRequest, Unsupported
from grok2api.kit.sealedid import SealedIds

MOST_TOKENS: Final = 128_000
"""What xAI writes at most; clients of other models ask for more."""
_SESSION: Final = re.compile(r"session_(?:id\W+)?([0-9A-Za-z-]{8,64})")
"""How Claude Code names a session inside `metadata.user_id`, as a suffix or as JSON."""


@dataclass(frozen=True, slots=True)
class MessagesRequest:
    """A checked request."""

    model: str
    stream: bool
    system: str
    items: Sequence[Item]
    toolbox: Toolbox
    max_tokens: int
    schema: Mapping[str, msgspec.Raw] | None
    passed: Mapping[str, object]
    wish: Wish
    user: str | None
    """`metadata.user_id`."""
    dropped: tuple[str, ...]

    @property
    def preferred_account(self) -> bytes | None:
        """Hash of the account that made the last reasoning in the conversation."""
        origins = [item.origin for item in self.items if isinstance(item, SealedReasoning)]
        return origins[-1].account if origins else None

    @property
    def session(self) -> str | None:
        """The conversation, where the user's id names it."""
        found = _SESSION.search(self.user or "")
        return found[1] if found else None


def read_request(body: Body, *, ids: SealedIds, owner: str, strict: bool) -> MessagesRequest:
    """Check a body and return what it asks for.

    Args:
        body: The client's body.
        ids: The gateway's seal, for the signatures of thinking.
        owner: Id of the client key.
        strict: Whether to refuse what would be left out.

    Raises:
        InvalidRequest: something is missing or malformed; `param` is its path.
        Unsupported: something that Grok cannot do.
    """
    checked = MESSAGES_FIELDS.check(body, strict=strict)
    values, dropped = checked.values, Dropped(strict=strict)
    history = History(ids, owner, dropped)
    try:
        history.read(cast("Sequence[Message]", values["messages"]))
    except RecursionError:
        raise InvalidRequest("'messages' is nested too deeply.", param="messages") from None
    output = cast("OutputConfig | None", values.get("output_config"))
    if output is not None and output.task_budget is not None:
        dropped.note("output_config.task_budget")
    toolbox = read_tools(values, dropped)
    metadata = values.get("metadata")
    return MessagesRequest(
        model=cast("str", values["model"]),
        stream="stream" in values,
        system=_system(values.get("system")),
        items=history.items,
        toolbox=toolbox,
        max_tokens=min(whole_number(cast("int | float", values["max_tokens"]), "max_tokens"), MOST_TOKENS),
        schema=_schema(values, output),
        passed={name: values[name] for name in ("temperature", "top_p", "top_k") if name in values},
        wish=read_thinking(cast("ThinkingOption | None", values.get("thinking")), output),
        user=metadata.user_id if isinstance(metadata, Metadata) else None,
        dropped=tuple(sorted({*checked.dropped, *dropped.paths, *history.unreadable})),
    )


def stop_sequences(body: Body) -> tuple[str, ...]:
    """Return the strings at which the answer ends."""
    raw = body.raw("stop_sequences")
    strings = MESSAGES_FIELDS["stop_sequences"].decode(raw) if raw is not None else ()
    return tuple(text for text in cast("Sequence[str]", strings) if text)


def thinking_wish(body: Body) -> Wish:
    """Return what a body says about thinking."""
    raw = body.raw("thinking")
    option = MESSAGES_FIELDS["thinking"].decode(raw) if raw is not None else None
    return read_thinking(cast("ThinkingOption | None", option), None)


def _system(system: object) -> str:
    if isinstance(system, str):
        return system_text(system)
    return system_text([block.text for block in cast("Sequence[SystemBlock]", system or ())])


def _schema(values: Mapping[str, object], output: OutputConfig | None) -> Mapping[str, msgspec.Raw] | None:
    field = "output_config.format"
    wanted = output.format if output is not None else None
    if wanted is None:
        field, wanted = "output_format", cast("OutputFormat | None", values.get("output_format"))
    if wanted is None or wanted.type == "text":
        return None
    if wanted.type != "json_schema":
        raise Unsupported(
            f"An output format of type '{wanted.type[:64]}' is not supported.", param=f"{field}.type"
        )
    if wanted.schema is None:
        raise missing(f"{field}.schema")
    return wanted.schema
