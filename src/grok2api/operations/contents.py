"""Words of requests, as an operator may read and forget them.

Must never open what belongs to another request, nor hand out more than one request's words at a time: there
is no list and no export of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import msgspec

from grok2api.config.sections.storing import Ledger
from grok2api.dialects.words.bodies import asked_in, said_of_body
from grok2api.errors import NotFound
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import SealBroken, SecretBox
from grok2api.operations.notation import moment
from grok2api.storage.contents import ContentStore, RequestContent, content_context, content_id
from grok2api.storage.records import ClientKey
from grok2api.storage.stores import Records

_AT_ONCE: Final = 500
_NOT_KEPT: Final = (
    "Of this request no words are kept: its client key does not have them kept, their time is over, or they "
    "were deleted."
)
_SHUT: Final = "The words of this request were sealed with a key that this server does not have."
_UNREADABLE: Final = (ValueError, TypeError, AttributeError, KeyError, RecursionError)


class ContentOperations:
    """Reads and forgets words of requests.

    Args:
        records: The store.
        box: Opens them.
        clock: Where time comes from.
    """

    def __init__(self, records: Records, box: SecretBox, clock: Clock) -> None:
        self._records = records
        self._box = box
        self._clock = clock

    async def find(self, request_id: str) -> RequestContent | None:
        """Return what is kept of a request, sealed; of several with an id that a client chose the newest.

        Raises:
            StorageError: the store did not answer; so all verbs here.
        """
        row = await self._records.usage.latest(request_id)
        if row is None:
            return None
        kept = await self._records.contents.get(content_id(row.request_id, row.key_id))
        return None if kept is None or kept.expires_at <= self._clock.now() else kept

    async def read(self, request_id: str) -> dict[str, Any]:
        """Return what was said in a request, opened.

        Raises:
            NotFound: nothing is kept of it, or it cannot be opened here.
        """
        kept = await self.find(request_id)
        if kept is None:
            raise NotFound(_NOT_KEPT, code="content_not_kept")
        try:
            document = msgspec.json.decode(self._box.open_bytes(kept.content, content_context(kept.id)))
        except SealBroken:
            raise NotFound(_SHUT, code="content_not_kept") from None
        return {
            "request_id": kept.request_id,
            "key_id": kept.key_id,
            "kept_at": moment(kept.created_at),
            "expires_at": moment(kept.expires_at),
            **content_view(document),
        }

    async def forget(self, request_id: str) -> RequestContent:
        """Forget what is kept of a request, and tell what it was; NotFound if nothing is."""
        kept = await self.find(request_id)
        if kept is None or not await self._records.contents.delete(kept.id):
            raise NotFound(_NOT_KEPT, code="content_not_kept")
        return kept

    async def forget_all(self, key_id: str) -> int:
        """Forget what is kept of a client key; return of how many requests."""
        return await forget_contents(self._records.contents, key_id)


async def forget_contents(store: ContentStore, key_id: str) -> int:
    """Forget all words of a client key, a bounded number at a time; return of how many requests."""
    forgotten = 0
    while count := await store.delete_of(key_id, limit=_AT_ONCE):
        forgotten += count
    return forgotten


def kept_hours(key: ClientKey, ledger: Ledger) -> int:
    """Return for how many hours the words of a key's requests are kept as things stand; 0 keeps none."""
    if not key.record_content or key.never_log:
        return 0
    return min(key.content_hours or ledger.content_hours, ledger.content_max_hours)


def content_view(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a kept document with what each side says, turn by turn, beside what it holds."""
    asked, answered = dict(document["request"]), dict(document["answer"])
    body = answered.get("body")
    said = answered.pop("said", None)
    error = answered.pop("error", None)
    if error is None and isinstance(body, dict):
        error = body.get("error")
    return {
        "path": document["path"],
        "status": document["status"],
        "request": {**asked, "said": _told(asked_in, asked.get("body"))},
        "answer": {
            "body": None,
            **answered,
            "error": error,
            "said": said if isinstance(said, list) else _told(said_of_body, body) or _as_text(said),
        },
    }


def _told(read: Any, body: Any) -> list[dict[str, Any]]:
    try:
        return [asdict(each) for each in read(body)]
    except _UNREADABLE:
        return []


def _as_text(said: Any) -> list[dict[str, Any]]:
    """Return what was said in a stream and was too long to keep its form."""
    if not isinstance(said, str):
        return []
    return [{"role": "assistant", "text": said, "reasoning": "", "tool_calls": [], "media": [], "finish": ""}]
