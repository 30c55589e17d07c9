"""Reads a chat request once, into what both of xAI's surfaces are fed from.

Must never depend on the model or the credential: the same request is written anew for each attempt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from grok2api.canonical.body import Body
from grok2api.canonical.call import Thinking
from grok2api.dialects.chat.fields import CHAT_FIELDS
from grok2api.dialects.chat.messages import Entry, read_messages
from grok2api.dialects.chat.shapes import (
    Message,
    ResponseFormat,
    SearchParameters,
    StreamOptions,
    ThinkingOption,
)
from grok2api.dialects.chat.tools import Toolbox, read_tools
from grok2api.dialects.fields import Dropped, missing, whole_number
from grok2api.errors import InvalidRequest, Unsupported

PASSED = ("temperature", "top_p", "user", "safety_identifier", "prompt_cache_key")
"""Fields that both surfaces take as they are."""

_SHOWN: Mapping[object, Thinking | None] = {
    "enabled": "reasoning_content",
    "disabled": "off",
    True: "reasoning_content",
    False: "off",
    "reasoning_content": "reasoning_content",
    "think_tags": "think_tags",
    "off": "off",
    "adaptive": None,
    "auto": None,
}


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A checked request."""

    model: str
    stream: bool
    entries: Sequence[Entry]
    toolbox: Toolbox
    max_tokens: int | None
    response_format: ResponseFormat | None
    passed: Mapping[str, object]
    effort: str | None
    thinking: Thinking | None
    choices: int
    cites: bool
    """Whether the sources of a search are to be told."""
    dropped: tuple[str, ...]


def read_request(body: Body, *, strict: bool) -> ChatRequest:
    """Check a body and return what it asks for.

    Raises:
        InvalidRequest: something is missing or malformed; `param` is its path.
        Unsupported: something that Grok cannot do.
    """
    checked = CHAT_FIELDS.check(body, strict=strict)
    values, dropped = checked.values, Dropped(strict=strict)
    return ChatRequest(
        model=cast("str", values["model"]),
        stream="stream" in values,
        entries=read_messages(cast("Sequence[Message]", values["messages"])),
        toolbox=read_tools(values, body, dropped),
        max_tokens=_max_tokens(values),
        response_format=_response_format(cast("ResponseFormat | None", values.get("response_format"))),
        passed={name: values[name] for name in PASSED if name in values},
        effort=cast("str | None", values.get("reasoning_effort")),
        thinking=_thinking(values.get("thinking")),
        choices=cast("int", values.get("n", 1)),
        cites=shows_citations(body),
        dropped=tuple(sorted({*checked.dropped, *dropped.paths})),
    )


def stop_strings(body: Body) -> tuple[str, ...]:
    """Return the strings at which the answer ends."""
    raw = body.raw("stop")
    stop = CHAT_FIELDS["stop"].decode(raw) if raw is not None else ()
    strings = (stop,) if isinstance(stop, str) else cast("Sequence[str]", stop)
    return tuple(text for text in strings if text)


def wants_usage(body: Body) -> bool:
    """Return whether a stream is to end with its usage."""
    raw = body.raw("stream_options")
    options = CHAT_FIELDS["stream_options"].decode(raw) if raw is not None else None
    return isinstance(options, StreamOptions) and options.include_usage is True


def shows_citations(body: Body) -> bool:
    """Return whether the sources of a search are to be told."""
    raw = body.raw("search_parameters")
    asked = CHAT_FIELDS["search_parameters"].decode(raw) if raw is not None else None
    return not (isinstance(asked, SearchParameters) and asked.return_citations is False)


def reads_legacy_calls(body: Body) -> bool:
    """Return whether the client offered its functions in the legacy form, and so reads `function_call`."""
    return "functions" in body and "tools" not in body


def _max_tokens(values: Mapping[str, object]) -> int | None:
    name = "max_completion_tokens" if "max_completion_tokens" in values else "max_tokens"
    limit = cast("int | float | None", values.get(name))
    if limit is None:
        return None
    return whole_number(limit, name)


def _response_format(wanted: ResponseFormat | None) -> ResponseFormat | None:
    if wanted is None or wanted.type == "text":
        return None
    if wanted.type == "json_object":
        return wanted
    if wanted.type != "json_schema":
        raise Unsupported(
            f"A response format of type '{wanted.type[:64]}' is not supported.", param="response_format.type"
        )
    if wanted.json_schema is None or wanted.json_schema.schema is None:
        place = "json_schema" if wanted.json_schema is None else "json_schema.schema"
        raise missing(f"response_format.{place}")
    return wanted


def _thinking(option: object) -> Thinking | None:
    wanted = option.type if isinstance(option, ThinkingOption) else option
    if wanted is None:
        return None
    if wanted not in _SHOWN:
        raise InvalidRequest("'thinking' must be enabled or disabled.", param="thinking")
    return _SHOWN[wanted]
