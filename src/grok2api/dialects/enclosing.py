"""What the dialects do alike with pictures, documents and sounds: tell them apart, and open ids of files.

Must never decode what a request carries: its first bytes tell how it is written. Must never tell whether a
file that is not this key's own exists: unknown and foreign are one sentence.
Source: xai-api.md §5; product promise on multimodal input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

import msgspec

from grok2api.canonical.body import Body
from grok2api.canonical.call import Call, Caller
from grok2api.canonical.dispatch import Lease
from grok2api.canonical.enclosures import Enclosure, EnclosureKind, Form
from grok2api.canonical.places import Place, value_at
from grok2api.dialects.file_ids import open_file
from grok2api.errors import InvalidRequest
from grok2api.kit.sealedid import SealedIds

Members = Mapping[str, msgspec.Raw]
Item = Mapping[str, object]

SOUNDS: Final = frozenset({"wav", "mp3", "mpga", "m4a", "ogg", "oga", "opus", "flac", "aac", "mkv"})
"""Endings of files that are heard, not read."""
NO_VIDEO: Final = "Grok cannot see video."
UNHEARD: Final = "[a recording]"
"""Stands for a sound in a request that is only counted; before a turn, sounds are transcribed."""
_HEAD: Final = 128
"""Bytes in which a data URL says what it is."""
_decode_text = msgspec.json.Decoder(str).decode
_split = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def _head(raw: msgspec.Raw | None) -> bytes:
    """Return how a value begins; it may be many megabytes long."""
    return b"" if raw is None else bytes(memoryview(raw)[:_HEAD])


def members_of(raw: msgspec.Raw | None) -> Members:
    """Return the members of an object, undecoded; none for anything else."""
    return _split(raw) if raw is not None and _head(raw).startswith(b"{") else {}


def text_in(raw: msgspec.Raw | None) -> str:
    """Return a short text; empty for anything else."""
    return _decode_text(raw) if raw is not None and _head(raw).startswith(b'"') else ""


def says_something(raw: msgspec.Raw | None) -> bool:
    """Tell whether there is a text that is not empty."""
    return _head(raw).startswith(b'"') and _head(raw) != b'""'


def form_of(raw: msgspec.Raw, *, otherwise: Form) -> Form:
    """Return how a text carries its content: as a data URL, or the way that its place stands for."""
    return "data_url" if _head(raw).lstrip(b'" ')[:5].lower() == b"data:" else otherwise


def kind_of_file(raw: msgspec.Raw | None, name: str, media_type: str) -> EnclosureKind:
    """Tell a recording from a document, by what the client says it is."""
    head = _head(raw).lstrip(b'" ').lower()
    declared = media_type.lower().startswith("audio/") or head.startswith(b"data:audio/")
    return "sound" if declared or name.rpartition(".")[2].lower() in SOUNDS else "document"


def file_in(holder: Members, part: Place, at: Place) -> Enclosure | None:
    """Return the file that an object describes; None if it names no source.

    Args:
        holder: Has `file_id`, `file_data`, or `file_url` (`url` as xAI names it).
        part: The part of the message.
        at: Where the object stands.
    """
    name, declared = text_in(holder.get("filename")), text_in(holder.get("mime_type"))
    if says_something(holder.get("file_id")):
        return Enclosure(kind="document", form="file_id", part=part, source=(*at, "file_id"), name=name)
    data = holder.get("file_data")
    if data is not None and says_something(data):
        return Enclosure(
            kind=kind_of_file(data, name, declared),
            form=form_of(data, otherwise="base64"),
            part=part,
            source=(*at, "file_data"),
            name=name,
            media_type=declared,
        )
    for key in ("file_url", "url"):
        address = holder.get(key)
        if address is not None and says_something(address):
            return Enclosure(
                kind=kind_of_file(address, name, declared),
                form=form_of(address, otherwise="url"),
                part=part,
                source=(*at, key),
                name=name,
                media_type=declared,
            )
    return None


def needs_responses(enclosures: Sequence[Enclosure]) -> bool:
    """Tell whether only upstream's Responses surface can take them: documents, and pictures by id."""
    return bool(enclosures) and any(one.kind == "document" or one.form == "file_id" for one in enclosures)


def reads_files(enclosures: Sequence[Enclosure]) -> bool:
    """Tell whether there is a document among them."""
    return bool(enclosures) and any(one.kind == "document" for one in enclosures)


@dataclass(frozen=True, slots=True)
class Pin:
    """The only account that can serve a request, and why."""

    account: bytes | None = None
    path: str | None = None

    def joined(self, account: bytes, path: str) -> Pin:
        """Return the pin together with something that only this account holds.

        Raises:
            InvalidRequest: something else is held by another account.
        """
        if self.account is None:
            return replace(self, account=account, path=path)
        if self.account == account:
            return self
        raise InvalidRequest(
            f"'{path}' and '{self.path}' come from different upstream accounts, and no account can read "
            "both. Upload the file again: files that are used together must lie in one account.",
            param=path,
        )


@dataclass(frozen=True, slots=True)
class PinnedFiles:
    """The account that can serve a request, and the one that holds the files it names."""

    pin: Pin = Pin()
    holder: bytes | None = None
    """Its hash; None if no file is named."""


NO_FILES: Final = PinnedFiles()


def pinned_files(
    body: Body, enclosures: Sequence[Enclosure], ids: SealedIds, caller: Caller, pin: Pin
) -> PinnedFiles:
    """Return who can serve a request that names files; `pin` is what else it needs.

    Raises:
        InvalidRequest: a file is not this caller's, or lies in another account than something else.
    """
    if not enclosures and pin.account is None:
        return NO_FILES
    holder = None
    for enclosure in enclosures:
        if enclosure.form == "file_id":
            public_id = _decode_text(value_at(body, enclosure.source))
            sealed = open_file(ids, public_id, caller)
            if sealed is None:
                raise unknown_file(public_id, enclosure.param)
            pin, holder = pin.joined(sealed.account_hash, enclosure.param), sealed.account_hash
    return PinnedFiles(pin, holder)


@dataclass(frozen=True, slots=True)
class FileOpener:
    """Writes the ids of files as the account that is asked knows them.

    Without an account (a request is only measured, or looked at), they stay as they are.
    """

    ids: SealedIds
    caller: Caller
    accounts: frozenset[bytes]
    """Hashes of all names of the account."""

    def opened(self, public_id: str, path: str) -> str:
        """Return upstream's id of a file.

        Raises:
            InvalidRequest: it is not the caller's, or lies in another account.
        """
        sealed = open_file(self.ids, public_id, self.caller)
        if sealed is None or sealed.account_hash not in self.accounts:
            raise unknown_file(public_id, path)
        return sealed.upstream_id

    def items(self, given: object, path: str) -> list[Item]:
        """Return the items of a Responses input with the ids opened; what names no file is shared.

        Raises:
            InvalidRequest: an id is not the caller's, or of another account.
        """
        return [self._item(item, path) for item in cast("Sequence[Item]", given)]

    def _item(self, item: Item, path: str) -> Item:
        for name in ("content", "output"):
            parts = item.get(name)
            if isinstance(parts, list) and any(part.get("file_id") for part in parts):
                return {**item, name: [self._part(part, path) for part in parts]}
        return item

    def _part(self, part: Item, path: str) -> Item:
        public_id = part.get("file_id")
        return {**part, "file_id": self.opened(public_id, path)} if isinstance(public_id, str) else part


def file_opener(ids: SealedIds, call: Call, lease: Lease) -> FileOpener | None:
    """Return what opens the ids of files in a call for one attempt; None where there is nothing to open."""
    if call.files_in is None or not lease.account_id:
        return None
    accounts = frozenset(map(ids.account_hash, (lease.account_id, *lease.former_accounts)))
    return FileOpener(ids, call.caller, accounts)


def unknown_file(public_id: str, param: str) -> InvalidRequest:
    """Return the error for a file that is not there, or not for this key."""
    return InvalidRequest(f"No file found with id '{public_id[:256]}' ('{param}').", param=param)
