"""Ids on their way out and back: sealed for one client key and one account, opened for upstream.

Upstream may name two items of one response alike, or leave an item without a name; clients tell items
apart by their ids, so the second of the same name gets a number, and a nameless one its place. Both are
taken off again on the way back. Must never show an id of upstream, nor say why an id was refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from grok2api.dialects.reasoning_origin import marked_on
from grok2api.kit.sealedid import SealedId, SealedIds

RESPONSE_PREFIX = "resp"
_MODEL_MARK = "|"
_NUMBER_MARK = "#"

_PREFIX_OF_TYPE: Mapping[str, str] = MappingProxyType(
    {
        "message": "msg",
        "reasoning": "rs",
        "function_call": "fc",
        "function_call_output": "fco",
        "web_search_call": "ws",
        "x_search_call": "xs",
        "file_search_call": "fs",
        "code_interpreter_call": "ci",
        "image_generation_call": "ig",
        "mcp_call": "mcp",
        "mcp_list_tools": "mcpl",
        "mcp_approval_request": "mcpr",
        "custom_tool_call": "ctc",
        "custom_tool_call_output": "ctco",
        "shell_call": "sh",
        "tool_search_call": "tsc",
        "compaction": "cmp",
    }
)
ITEM_PREFIXES = frozenset({*_PREFIX_OF_TYPE.values(), "item"})


class Sealer:
    """Seals the ids of one answer for the client key that asked, on the account that serves.

    Args:
        ids: The gateway's seal.
        account: Id of the account that holds the response upstream.
        owner: Id of the client key.
        model: The public model id, kept in the response's id so that a later GET can tell it.
    """

    __slots__ = ("_ids", "_response", "_route", "_seen", "model")

    def __init__(self, ids: SealedIds, *, account: str, owner: str, model: str) -> None:
        self._ids = ids
        self._route = ids.route(account, owner)
        self._seen: dict[str, int] = {}
        self._response = ""
        self.model = model

    def response(self, upstream_id: str) -> str:
        """Return the public id of a response; known before its items, it names those that have no name."""
        self._response = upstream_id
        return self._seal(RESPONSE_PREFIX, f"{upstream_id}{_MODEL_MARK}{self.model}")

    def unborn(self, request_id: str) -> str:
        """Return an id for a response that upstream never named."""
        return self._seal(RESPONSE_PREFIX, f"{_NUMBER_MARK}{request_id}"[:200])

    def item(self, kind: str, upstream_id: object, place: int) -> str:
        """Return the public id of the next item; call once per item of an answer, in their order."""
        if not isinstance(upstream_id, str) or not upstream_id:
            return self._seal(_prefix(kind, ""), f"{_NUMBER_MARK}{self._response}.{place}")
        count = self._seen.get(upstream_id, 0)
        self._seen[upstream_id] = count + 1
        return self._seal(
            _prefix(kind, upstream_id), f"{upstream_id}{_NUMBER_MARK}{count}" if count else upstream_id
        )

    def encrypted(self, content: str) -> str:
        """Return encrypted content, marked with the account that can read it."""
        return marked_on(self._ids, self._route, content)

    def _seal(self, prefix: str, upstream_id: str) -> str:
        return self._ids.seal_on(self._route, prefix, upstream_id)


def _prefix(kind: str, upstream_id: str) -> str:
    known = _PREFIX_OF_TYPE.get(kind)
    if known is not None:
        return known
    own = upstream_id.partition("_")[0]
    return own if own in ITEM_PREFIXES else "item"


def owned(ids: SealedIds, public_id: str, owner: str) -> SealedId | None:
    """Return what an id says, if this owner's requests made it."""
    opened = ids.open(public_id)
    if opened is None or opened.owner_hash != ids.owner_hash(owner):
        return None
    return opened


def owned_response(ids: SealedIds, public_id: str, owner: str) -> tuple[bytes, str, str] | None:
    """Return a response's (account hash, upstream id, public model), if this owner may see it."""
    opened = owned(ids, public_id, owner)
    if opened is None or opened.prefix != RESPONSE_PREFIX:
        return None
    upstream_id, _, model = opened.upstream_id.partition(_MODEL_MARK)
    if not upstream_id or upstream_id.startswith(_NUMBER_MARK):
        return None
    return opened.account_hash, upstream_id, model


def upstream_item_id(opened: SealedId) -> str | None:
    """Return upstream's own name of an item, if it gave one."""
    return opened.upstream_id.partition(_NUMBER_MARK)[0] or None
