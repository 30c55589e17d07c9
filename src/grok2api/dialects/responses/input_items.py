"""The `input` of a request, checked item by item.

Must never change anything: what goes upstream is written for each attempt.
Source: contract of input items (openai-python `ResponseInputItem`), xai-api.md §2.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec

from grok2api.dialects.fields import Field, Policy, missing
from grok2api.dialects.responses.call_outputs import check_call_outputs
from grok2api.dialects.responses.references import is_reference
from grok2api.errors import InvalidRequest, Unsupported

_KNOWN = frozenset(
    {
        "message",
        "reasoning",
        "function_call",
        "function_call_output",
        "custom_tool_call",
        "custom_tool_call_output",
        "web_search_call",
        "x_search_call",
        "file_search_call",
        "code_interpreter_call",
        "image_generation_call",
        "mcp_call",
        "mcp_list_tools",
        "shell_call",
        "shell_call_output",
        "tool_search_call",
        "tool_search_output",
        "compaction",
    }
)
_encode = msgspec.json.Encoder().encode


_FOREIGN: Mapping[str, str] = MappingProxyType(
    {
        "computer_call": "Grok cannot use a computer.",
        "computer_call_output": "Grok cannot use a computer.",
        "mcp_approval_request": "Grok runs MCP tools without asking.",
        "mcp_approval_response": "Grok runs MCP tools without asking.",
        "local_shell_call": "Send it as 'shell_call', or as the call of a function.",
        "local_shell_call_output": "Send it as 'shell_call_output', or as the output of a function.",
        "apply_patch_call": "Send it as the call of a custom tool.",
        "apply_patch_call_output": "Send it as the output of a custom tool.",
        "program": "Grok calls tools directly.",
        "program_output": "Grok calls tools directly.",
        "additional_tools": "Send them among the 'tools'.",
    }
)
"""Items of OpenAI's that xAI has no form for, and what to do about it."""


_ABSENT = msgspec.Raw(b"")


class _Head(msgspec.Struct):
    """What is looked at in every item."""

    type: str | None = None
    role: str | None = None
    id: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: msgspec.Raw = _ABSENT
    content: msgspec.Raw = _ABSENT
    output: msgspec.Raw = _ABSENT


_ITEMS = Field("input", Policy.TRANSLATED, list[_Head])


def check_input(raw: bytes | None, *, continued: bool) -> tuple[int, ...]:
    """Check an input; `continued` tells that it goes on from an earlier response and may be empty.

    Returns:
        The places of items that only refer to stored ones.

    Raises:
        InvalidRequest: it is missing, empty, holds an item that is not known, or an output without its call.
        Unsupported: it holds an item that xAI has no form for.
    """
    content = raw.strip() if raw is not None else b""
    if not content:
        if not continued:
            raise missing("input")
        return ()
    if content == b'""':
        raise InvalidRequest("'input' must not be empty.", param="input")
    if content.startswith(b'"'):
        return ()
    if not content.startswith(b"["):
        raise InvalidRequest("'input' must be a string or a list of items.", param="input")
    heads = _ITEMS.decode(content)
    if not isinstance(heads, list) or (not heads and not continued):
        raise InvalidRequest("'input' must hold at least one item.", param="input")
    for place, head in enumerate(heads):
        _check_type(head, f"input[{place}]")
        if head.type in _NEEDED or head.type is None:
            _check_members(head, f"input[{place}]")
    references = tuple(place for place, head in enumerate(heads) if is_reference(head.type, head.role))
    if not continued and not references:
        check_call_outputs(content)
    return references


def own_items(raw: bytes | None) -> list[msgspec.Raw]:
    """Return an input that was checked as items; a text is a user's message."""
    content = raw.strip() if raw is not None else b""
    if content.startswith(b'"'):
        return [msgspec.Raw(b'{"role":"user","content":%b}' % content)]
    return msgspec.json.decode(content, type=list[msgspec.Raw]) if content else []


def continued_input(history: Sequence[msgspec.Raw], raw: bytes | None) -> bytes:
    """Return an input that begins with the items of a conversation and goes on with a request's own."""
    return b"[%b]" % b",".join(map(bytes, (*history, *own_items(raw))))


def system_message(text: str) -> msgspec.Raw:
    """Return the item that says what `instructions` say."""
    return msgspec.Raw(_encode({"role": "system", "content": text}))


def _check_type(head: _Head, path: str) -> None:
    if is_reference(head.type, head.role) and head.id is not None and _bare(head):
        return
    if head.type is None and head.role is not None:
        return
    if head.type is None:
        raise missing(f"{path}.type")
    if head.type == "item_reference":
        raise missing(f"{path}.id")
    if head.type in _FOREIGN:
        raise Unsupported(
            f"Items of type '{head.type}' are not supported with Grok. {_FOREIGN[head.type]}",
            param=f"{path}.type",
        )
    if head.type not in _KNOWN:
        raise InvalidRequest(f"Unknown item type: '{head.type[:64]}'.", param=f"{path}.type")


def _check_members(head: _Head, path: str) -> None:
    """Check that an item has what its kind cannot be without. A content of null is one that says nothing."""
    if is_reference(head.type, head.role):
        return
    kind = head.type or "message"
    for name in _NEEDED[kind]:
        if getattr(head, name) in _MISSING:
            raise missing(f"{path}.{name}")
    if kind == "message" and head.role not in _ROLES:
        raise InvalidRequest(f"'{path}.role' must be one of {', '.join(_ROLES)}.", param=f"{path}.role")


_ROLES = ("user", "assistant", "system", "developer")
_MISSING = (None, _ABSENT)
_NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "message": ("role", "content"),
        "function_call": ("call_id", "name", "arguments"),
        "function_call_output": ("call_id", "output"),
    }
)


def _bare(head: _Head) -> bool:
    """Tell whether an item has nothing to say itself."""
    return {bytes(head.content), bytes(head.output)} <= {b"", b"null"}
