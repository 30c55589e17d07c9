"""Every sealed text of a store: does it open, and how is it sealed anew under the newest key?

A text is replaced only while it is still the one that was opened, so whatever a server seals meanwhile
stands, and a run that was killed is simply run again. Must never let a plain text out, and never change what
does not open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grok2api.kit.secretbox import SealBroken, is_sealed
from grok2api.storage.transfer.comparing import ignore
from grok2api.storage.transfer.families import FAMILIES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from _typeshed import DataclassInstance

    from grok2api.kit.secretbox import SecretBox
    from grok2api.storage.transfer.comparing import Progress
    from grok2api.storage.transfer.families import Family, Key
    from grok2api.storage.transfer.porter import Porter, View

OPENING: Final = "opening"
RESEALING: Final = "sealing"
_NAMED: Final = 5
"""Records that do not open and are named; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealCheck:
    """The sealed texts of one family.

    Attributes:
        opened: How many open.
        shut: How many do not.
        named: Some of the records whose texts do not open: their keys, for people.
        resealed: How many were sealed anew.
    """

    family: str
    opened: int = 0
    shut: int = 0
    named: tuple[str, ...] = ()
    resealed: int = 0


@dataclass(frozen=True, slots=True)
class _Sealed:
    key: Key
    name: str
    text: str
    context: str


async def open_all(store: Porter, box: SecretBox, progress: Progress = ignore) -> tuple[SealCheck, ...]:
    """Open every sealed text; StorageError if the store does not answer."""
    async with store.viewing() as view:
        return tuple([await _open_family(view, each, box, progress) for each in FAMILIES if each.sealed])


async def reseal_all(store: Porter, box: SecretBox, progress: Progress = ignore) -> tuple[SealCheck, ...]:
    """Seal whatever an earlier key sealed under the newest one, while servers use the store.

    Every key on the ring must be on the ring of every server that uses the store.
    """
    return tuple([await _reseal_family(store, each, box, progress) for each in FAMILIES if each.sealed])


async def _open_family(view: View, family: Family, box: SecretBox, progress: Progress) -> SealCheck:
    opened, shut = 0, list[str]()
    async for page in _pages(view, family):
        for sealed in page:
            if _opens(box, sealed) is None:
                shut.append(_spoken(sealed.key))
            else:
                opened += 1
        progress(OPENING, family.name, len(page))
    return SealCheck(family=family.name, opened=opened, shut=len(shut), named=tuple(shut[:_NAMED]))


async def _reseal_family(store: Porter, family: Family, box: SecretBox, progress: Progress) -> SealCheck:
    opened, resealed, shut = 0, 0, list[str]()
    async with store.viewing() as view:
        async for page in _pages(view, family):
            for sealed in page:
                plain = _opens(box, sealed)
                if plain is None:
                    shut.append(_spoken(sealed.key))
                    continue
                opened += 1
                if box.needs_rotation(sealed.text):
                    new = box.seal_bytes(plain, sealed.context)
                    resealed += await store.reseal(family, sealed.key, sealed.name, old=sealed.text, new=new)
            progress(RESEALING, family.name, len(page))
    return SealCheck(
        family=family.name, opened=opened, shut=len(shut), named=tuple(shut[:_NAMED]), resealed=resealed
    )


async def _pages(view: View, family: Family) -> AsyncIterator[list[_Sealed]]:
    async for page in view.pages(family):
        yield [sealed for record in page for sealed in _texts(family, record)]


def _texts(family: Family, record: DataclassInstance) -> list[_Sealed]:
    key = family.key_of(record)
    texts = [(name, str(getattr(record, name))) for name in family.sealed]
    sealed = [(name, text) for name, text in texts if text and not (family.partly and not is_sealed(text))]
    return [_Sealed(key, name, text, family.context(name, record)) for name, text in sealed]


def _opens(box: SecretBox, sealed: _Sealed) -> bytes | None:
    try:
        return box.open_bytes(sealed.text, sealed.context)
    except SealBroken:
        return None


def _spoken(key: Key) -> str:
    return "/".join(str(part) for part in key)
