"""The pool, or a part of it, as one file that only its passphrase opens.

Must never give out an unsealed document.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grok2api.kit.secretbox import SecretBox
from grok2api.operations.entries import entry_of
from grok2api.pool.transfer.entry import Entry, Refused
from grok2api.pool.transfer.sealing import seal
from grok2api.pool.transfer.writing import write
from grok2api.storage.records import Credential

_BREATH: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A sealed file.

    Attributes:
        content: The file.
        count: Credentials in it.
        sign_ins: How many of them are sign-ins, which may be used in one place only.
        left_out: Those that are not in it, and why.
    """

    content: bytes
    count: int
    sign_ins: int
    left_out: tuple[tuple[Credential, str], ...]


async def export(chosen: Sequence[Credential], passphrase: str, box: SecretBox) -> Export:
    """Return the credentials sealed under a passphrase.

    Raises:
        InvalidRequest: the passphrase is too short or too long.
    """
    entries, left_out = list[Entry](), list[tuple[Credential, str]]()
    for number, record in enumerate(chosen):
        if number % _BREATH == 0:
            await asyncio.sleep(0)
        try:
            entries.append(entry_of(record, box))
        except Refused as refused:
            left_out.append((record, refused.reason))
    content = await asyncio.to_thread(lambda: seal(write(entries), passphrase))
    sign_ins = sum(entry.kind == "oauth" for entry in entries)
    return Export(content=content, count=len(entries), sign_ins=sign_ins, left_out=tuple(left_out))
