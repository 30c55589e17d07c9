"""The ids of video jobs as clients know them: sealed, and by their kind the dialect in which a job is told.

Must never open another key's id.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from grok2api.canonical.call import Caller
from grok2api.dialects.videos.wish import Form
from grok2api.kit.sealedid import SealedIds

_PREFIXES: Final[dict[Form, str]] = {"openai": "video", "xai": "vreq"}
OPENAI_ID: Final = "video_"
XAI_ID: Final = "vreq_"
_FORMS: Final[dict[str, Form]] = {prefix: form for form, prefix in _PREFIXES.items()}


class OpenedId(NamedTuple):
    """What a public id says."""

    job_id: str
    form: Form


def seal_video(ids: SealedIds, *, form: Form, account: str, owner: str, job_id: str) -> str:
    """Return the public id of a job: always the same for one job in one dialect."""
    return ids.seal(_PREFIXES[form], account=account, owner=owner, upstream_id=job_id)


def open_video(ids: SealedIds, public_id: str, caller: Caller) -> OpenedId | None:
    """Return what a public id says; None if it is not ours, or not this caller's."""
    opened = ids.open(public_id)
    if opened is None or opened.prefix not in _FORMS or opened.owner_hash != ids.owner_hash(caller.key_id):
        return None
    return OpenedId(opened.upstream_id, _FORMS[opened.prefix])
