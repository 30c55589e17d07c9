"""The `input` of a request: checked item by item, edited only where an id of ours or a null stands.

Bytes travel: an item that needs no edit keeps its own, and an input without any keeps all. Must never
tell a client whether an id that is not its own exists.
Source: contract of input items (openai-python `ResponseInputItem`), xai-api.md §2.3.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from grok2api.dialects.fields import Field, Policy
from grok2api.dialects.responses.sealing import ITEM_PREFIXES, upstream_item_id
from grok2api.errors import InvalidRequest, Unsupported
from grok2api.kit.sealedid import SealedIds

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
        "mcp_approval_request",
        "mcp_approval_response",
        "shell_call",
        "shell_call_output",
        "local_shell_call",
        "local_shell_call_output",
        "tool_search_call",
        "tool_search_output",
        "compaction",
    }
)
_SHORTEST_SEALED = 44
_MAY_NEED_EDIT = re.compile(
    rb'"(?:encrypted_)?content"\s*:\s*null|"(?:%b)_[A-Za-z0-9_-]{%d,}"'
    % ("|".join(sorted(ITEM_PREFIXES)).encode(), _SHORTEST_SEALED)
)
_encode = msgspec.json.Encoder().encode
_split_items = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode
_split_parts = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode


class _Head(msgspec.Struct):
    """What is looked at in every item."""

    type: str | None = None
    role: str | None = None
    content: msgspec.Raw = msgspec.Raw(b"null")
    output: msgspec.Raw = msgspec.Raw(b"null")


_ITEMS = Field("input", Policy.TRANSLATED, list[_Head])


def check_input(raw: bytes | None, *, continued: bool) -> None:
    """Check an input; `continued` tells that it goes on from an earlier response and may be empty.

    Raises:
        InvalidRequest: it is missing, empty, or holds an item that is not known.
        Unsupported: it holds sound, which Grok cannot hear.
    """
    content = raw.strip() if raw is not None else b""
    if not content:
        if not continued:
            raise InvalidRequest(
                "Missing required parameter: 'input'.", param="input", code="missing_required_parameter"
            )
        return
    if content == b'""':
        raise InvalidRequest("'input' must not be empty.", param="input")
    if content.startswith(b'"'):
        return
    if not content.startswith(b"["):
        raise InvalidRequest("'input' must be a string or a list of items.", param="input")
    heads = _ITEMS.decode(content)
    if not isinstance(heads, list) or (not heads and not continued):
        raise InvalidRequest("'input' must hold at least one item.", param="input")
    for place, head in enumerate(heads):
        _check_type(head, f"input[{place}]")
    if b'"input_audio"' in content:
        _refuse_sound(heads)


def own_items(raw: bytes | None) -> list[msgspec.Raw]:
    """Return an input that was checked as items; a text is a user's message."""
    content = raw.strip() if raw is not None else b""
    if content.startswith(b'"'):
        return [msgspec.Raw(b'{"role":"user","content":%b}' % content)]
    return msgspec.json.decode(content, type=list[msgspec.Raw]) if content else []


def continued_input(history: Sequence[msgspec.Raw], raw: bytes | None) -> bytes:
    """Return an input that begins with the items of a conversation and goes on with a request's own."""
    return b"[%b]" % b",".join(map(bytes, (*history, *own_items(raw))))


def edited_input(raw: bytes, ids: SealedIds, owner: str) -> msgspec.Raw | None:
    """Return the input with ids of ours opened and nulls left out; None where the bytes can travel as sent.

    An item whose id is not this owner's goes without one, once any id of ours is there.
    """
    content = raw.strip()
    if not content.startswith(b"[") or _MAY_NEED_EDIT.search(content) is None:
        return None
    items = _split_items(content)
    names = [_string(item.get("id")) for item in items]
    opened = [ids.open(name) if name else None for name in names]
    ours = any(one is not None for one in opened)
    owner_hash = ids.owner_hash(owner)
    changed = False
    for item, seal in zip(items, opened, strict=True):
        if ours and "id" in item:
            own = upstream_item_id(seal) if seal is not None and seal.owner_hash == owner_hash else None
            del item["id"]
            if own is not None:
                item["id"] = msgspec.Raw(_encode(own))
            changed = True
        if _string(item.get("type")) == "reasoning":
            for name in ("content", "encrypted_content"):
                if name in item and bytes(item[name]) == b"null":
                    del item[name]
                    changed = True
    return msgspec.Raw(_encode(items)) if changed else None


def _check_type(head: _Head, path: str) -> None:
    if head.type is None and head.role is not None:
        return
    if head.type is None:
        raise InvalidRequest(
            f"Missing required parameter: '{path}.type'.",
            param=f"{path}.type",
            code="missing_required_parameter",
        )
    if head.type == "item_reference":
        raise InvalidRequest(
            "References to earlier items come with a later version: send the item itself, or use "
            "'previous_response_id'.",
            param=f"{path}.type",
        )
    if head.type not in _KNOWN:
        raise InvalidRequest(f"Unknown item type: '{head.type[:64]}'.", param=f"{path}.type")


def _refuse_sound(heads: Sequence[_Head]) -> None:
    for place, head in enumerate(heads):
        for name, raw in (("content", head.content), ("output", head.output)):
            content = bytes(raw)
            if not content.startswith(b"[") or b'"input_audio"' not in content:
                continue
            for number, part in enumerate(_split_parts(content)):
                if _string(part.get("type")) == "input_audio":
                    raise Unsupported(
                        "Sound is not supported as input with Grok.",
                        param=f"input[{place}].{name}[{number}].type",
                    )


def _string(raw: msgspec.Raw | None) -> str:
    """Return a string that is still JSON text; empty for anything else."""
    content = b"" if raw is None else bytes(raw)
    if not content.startswith(b'"'):
        return ""
    value: str = msgspec.json.decode(content, type=str)
    return value
