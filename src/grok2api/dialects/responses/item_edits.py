"""Input items on their way upstream: what clients keep in them and xAI does not take is put right.

Bytes travel: an input in which nothing has to change keeps its own, and a part that needs no edit keeps them
too. Inputs are large: as long as nothing is noticed in their items, they are only split.
Must never lose what was said; what is left out of an item is named, but for bookkeeping and nulls.
Source: xai-api.md §2.3, §8 rows 12, 16 and 18; openai-python `ResponseInputItem`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from grok2api.dialects.enclosing import FileOpener
from grok2api.dialects.fields import refusal
from grok2api.dialects.reasoning_origin import origin_of
from grok2api.dialects.responses.free_form import free_form_arguments
from grok2api.dialects.responses.references import is_reference
from grok2api.dialects.responses.sealing import upstream_item_id
from grok2api.dialects.responses.tool_names import ToolNames
from grok2api.errors import InvalidRequest
from grok2api.kit.sealedid import SealedIds

_SHORTEST_SEALED: Final = 44
_SHORT: Final = 24
"""Bytes of a content below which it may say nothing without an empty text in it."""
_BOOKKEEPING: Final = ("phase", "internal_chat_message_metadata_passthrough", "created_by", "caller")
_REMARKABLE: Final = frozenset({*_BOOKKEEPING, "namespace", "encrypted_content"})
"""Members that an item may have to be changed for."""
_CUSTOM: Final = frozenset({"custom_tool_call", "custom_tool_call_output"})
_DETAILS: Final = frozenset({b'"auto"', b'"low"', b'"high"'})
_EMPTY_TEXTS: Final = frozenset({b"", b'""', b"[]"})
_SPACE: Final = msgspec.Raw(b'" "')
_X_SEARCH_CALL: Final = "xs_call_"

Members = dict[str, msgspec.Raw]

_encode = msgspec.json.Encoder().encode
_decode_string = msgspec.json.Decoder(str).decode
_split = msgspec.json.Decoder(list[Members]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEditor:
    """Writes the items of one request for one attempt."""

    ids: SealedIds
    owner: str
    names: ToolNames
    """What the tools are called upstream."""
    accounts: frozenset[bytes]
    """Hashes of the account that is asked: it can read what it encrypted."""
    without_reasoning: bool = False
    """Whether upstream could not read the encrypted reasoning."""
    strict: bool = False
    """Whether to refuse instead of leaving out."""
    files: FileOpener | None = None
    """Opens the ids of files; None if none are named."""

    def edited(self, raw: bytes, *, before: int = 0) -> EditedInput:
        """Return the input for upstream.

        Args:
            raw: A JSON string or a list of items.
            before: How many of the first items are not of the client's own request.

        Raises:
            InvalidRequest: a compacted conversation was made by another account.
            Unsupported: something must be left out, and the key is strict.
        """
        content = raw.strip()
        if not content.startswith(b"["):
            return EditedInput()
        given = _split(content)
        if self.files is None and not any(map(_is_noticed, given)):
            return EditedInput()
        run = _Run(self, given, before)
        items = run.items()
        if not run.changed:
            return EditedInput()
        return EditedInput(msgspec.Raw(_encode(items)), tuple(run.dropped))


@dataclass(frozen=True, slots=True)
class EditedInput:
    """An input as it goes upstream."""

    content: msgspec.Raw | None = None
    """None where the client's bytes can travel as sent."""
    dropped: tuple[str, ...] = ()
    """Paths of what had to be left out."""


@dataclass(slots=True)
class _Run:
    """One pass over the items."""

    editor: ItemEditor
    given: list[Members]
    before: int
    changed: bool = False
    dropped: list[str] = field(default_factory=list)

    def items(self) -> list[Members]:
        """Return the items that are sent."""
        self._open_ids()
        kept: list[Members] = []
        empty: Members | None = None
        for place, item in enumerate(self.given):
            path = f"input[{place - self.before}]" if place >= self.before else "previous_response_id"
            kind = _string(item.get("type"))
            if _refers(item):
                kept.append(item)
                continue
            self._tidy(item)
            if not self._unseal(item, kind, path):
                continue
            self._rename(item, kind)
            self._tidy_parts(item, path)
            if "role" in item and _is_empty(item.get("content")):
                empty, self.changed = item, True
                continue
            kept.append(item)
        if empty is not None and not kept:
            kept.append({**empty, "content": _SPACE})
        return kept

    def _open_ids(self) -> None:
        """Turn ids of ours into upstream's own; once there is one, the others go without.

        An id of another account says nothing to the one that is asked.
        """
        ids, accounts = self.editor.ids, self.editor.accounts
        names = [_string(item.get("id")) for item in self.given]
        opened = [ids.open(name) if name else None for name in names]
        if not any(opened):
            return
        owner = ids.owner_hash(self.editor.owner)
        for item, seal in zip(self.given, opened, strict=True):
            if "id" not in item or _refers(item):
                continue
            del item["id"]
            known = seal is not None and seal.owner_hash == owner and seal.account_hash in accounts
            own = upstream_item_id(seal) if seal is not None and known else None
            if own is not None:
                item["id"] = msgspec.Raw(_encode(own))
            self.changed = True

    def _tidy(self, item: Members) -> None:
        """Leave out what says nothing, and what only its client keeps track of."""
        for name in [name for name, value in item.items() if name in _BOOKKEEPING or value == _NULL]:
            del item[name]
            self.changed = True

    def _unseal(self, item: Members, kind: str, path: str) -> bool:
        """Open encrypted content; return whether the item can be sent to this account."""
        sealed = _string(item.get("encrypted_content")) if kind in {"reasoning", "compaction"} else ""
        if not sealed:
            return True
        editor = self.editor
        origin = origin_of(editor.ids, sealed, editor.owner)
        own = not origin.foreign and (origin.account is None or origin.account in editor.accounts)
        if kind == "reasoning" and (editor.without_reasoning or not own):
            self._leave_out(f"{path}.encrypted_content")
            return False
        if kind == "compaction" and not own:
            raise InvalidRequest(
                f"'{path}.encrypted_content' can be read by the account that made it only, which cannot "
                "serve this request.",
                param=f"{path}.encrypted_content",
            )
        if origin.content != sealed:
            item["encrypted_content"] = msgspec.Raw(_encode(origin.content))
            self.changed = True
        return True

    def _rename(self, item: Members, kind: str) -> None:
        """Write a call of a tool, and what it gave, as upstream calls it."""
        if kind == "custom_tool_call_output":
            item["type"] = msgspec.Raw(b'"function_call_output"')
            item.pop("name", None)
            self.changed = True
        elif kind == "function_call" or (
            kind == "custom_tool_call" and not _string(item.get("call_id")).startswith(_X_SEARCH_CALL)
        ):
            self._rename_call(item, kind)

    def _rename_call(self, item: Members, kind: str) -> None:
        if "namespace" in item:
            namespace = _string(item.pop("namespace")) or None
            name = self.editor.names.upstream_name(_string(item.get("name")), namespace)
            item["name"] = msgspec.Raw(_encode(name))
            self.changed = True
        if kind == "custom_tool_call":
            item["type"] = msgspec.Raw(b'"function_call"')
            written = bytes(item.pop("input", _BLANK)).decode()
            item["arguments"] = msgspec.Raw(_encode(free_form_arguments(written)))
            self.changed = True
        elif item.get("arguments") == _BLANK:
            item["arguments"] = msgspec.Raw(b'"{}"')
            self.changed = True

    def _tidy_parts(self, item: Members, path: str) -> None:
        for name in ("content", "output"):
            raw = bytes(item.get(name, b""))
            if not _has_odd_parts(raw) and not (self.editor.files and _names_files(raw)):
                continue
            try:
                parts = _split(raw)
            except msgspec.ValidationError:
                continue
            if self._tidied(parts, f"{path}.{name}"):
                item[name] = msgspec.Raw(_encode(parts))
                self.changed = True

    def _tidied(self, parts: Sequence[Members], path: str) -> bool:
        changed = False
        for number, part in enumerate(parts):
            for name in [name for name, value in part.items() if value == _NULL]:
                del part[name]
                changed = True
            if self._opened_file(part, f"{path}[{number}].file_id"):
                changed = True
            if "detail" in part and bytes(part["detail"]) not in _DETAILS:
                del part["detail"]
                changed = True
                self._leave_out(f"{path}[{number}].detail")
        return changed

    def _opened_file(self, part: Members, path: str) -> bool:
        """Write the id of a file as upstream does; tell whether there is one.

        Raises:
            InvalidRequest: it is not this caller's, or lies in an account that is not asked.
        """
        files, public_id = self.editor.files, _string(part.get("file_id"))
        if files is None or not public_id:
            return False
        part["file_id"] = msgspec.Raw(_encode(files.opened(public_id, path)))
        return True

    def _leave_out(self, path: str) -> None:
        if self.editor.strict:
            raise refusal(path)
        self.changed = True
        self.dropped.append(path)


_NULL: Final = msgspec.Raw(b"null")
_BLANK_TEXT: Final = b'""'
_BLANK: Final = msgspec.Raw(_BLANK_TEXT)


def _refers(item: Members) -> bool:
    """Tell whether an item only names another one, which is put in its place later."""
    return is_reference(_string(item.get("type")) or None, _string(item.get("role")) or None)


def _is_noticed(item: Members) -> bool:
    """Tell whether an item may have to change; its text is scanned, and not decoded."""
    if not _REMARKABLE.isdisjoint(item) or _NULL in item.values() or item.get("arguments") == _BLANK:
        return True
    if len(item.get("id", b"")) >= _SHORTEST_SEALED or _string(item.get("type")) in _CUSTOM:
        return True
    content = bytes(item.get("content", b""))
    if (
        "role" in item
        and (len(content) < _SHORT or _BLANK_TEXT in content)
        and _is_empty(item.get("content"))
    ):
        return True
    return _has_odd_parts(content) or _has_odd_parts(bytes(item.get("output", b"")))


def _has_odd_parts(raw: bytes) -> bool:
    """Tell whether there may be parts from which something must go."""
    return raw.startswith(b"[") and (b"null" in raw or b'"detail"' in raw)


def _names_files(raw: bytes) -> bool:
    return raw.startswith(b"[") and b'"file_id"' in raw


def _is_empty(content: msgspec.Raw | None) -> bool:
    """Tell whether a message says nothing, which xAI refuses."""
    raw = b"" if content is None else bytes(content)
    if raw in _EMPTY_TEXTS:
        return True
    if not raw.startswith(b"["):
        return False
    try:
        parts = _split(raw)
    except msgspec.ValidationError:
        return False
    return all(part.keys() <= _TEXT_MEMBERS and part.get("text", _BLANK) == _BLANK for part in parts)


_TEXT_MEMBERS: Final = frozenset({"type", "text", "annotations", "logprobs"})


def _string(raw: msgspec.Raw | None) -> str:
    """Return a string that is still JSON text; empty for anything else."""
    content = b"" if raw is None else bytes(raw)
    if not content.startswith(b'"'):
        return ""
    value: str = _decode_string(content)
    return value
