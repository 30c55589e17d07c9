"""File objects: as upstream tells of them, and as OpenAI's clients read them.

Must never show an id of upstream.
Source: openai-python `FileObject`, `FileDeleted`; xai-api.md §2.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal
from urllib.parse import quote

import msgspec
from msgspec import Meta

from grok2api.dialects.files.request import PATH
from grok2api.errors import NotFound

UNKNOWN_PURPOSE: Final = "user_data"
"""What a file is said to be for that says nothing of it."""


class UpstreamFile(msgspec.Struct, frozen=True):
    """What upstream tells of a file."""

    id: str
    bytes: int = 0
    created_at: float = 0
    expires_at: float | None = None
    filename: str | None = None
    purpose: str | None = None


class FileObject(msgspec.Struct, frozen=True, kw_only=True):
    """A file."""

    id: str
    object: Literal["file"] = "file"
    bytes: int
    created_at: Annotated[int, Meta(description="Unix time.")]
    expires_at: Annotated[int | None, Meta(description="Unix time; null is never.")]
    filename: str
    purpose: str
    status: Literal["processed"] = "processed"


class FileList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of files."""

    object: Literal["list"] = "list"
    data: list[FileObject]
    first_id: str | None
    last_id: Annotated[str | None, Meta(description="What `after` takes for the next page.")]
    has_more: bool


class FileDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a file."""

    id: str
    object: Literal["file"] = "file"
    deleted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A file as its owner knows it."""

    public_id: str
    filename: str
    size: int
    purpose: str
    created_at: float
    expires_at: float | None

    def shown(self) -> FileObject:
        """Return the object that clients read."""
        return FileObject(
            id=self.public_id,
            bytes=self.size,
            created_at=int(self.created_at),
            expires_at=None if self.expires_at is None else int(self.expires_at),
            filename=self.filename,
            purpose=self.purpose,
        )


_read = msgspec.json.Decoder(UpstreamFile)


def read_file(content: bytes) -> UpstreamFile:
    """Return what upstream tells of a file.

    Raises:
        ValueError: it cannot be read, or names no file.
    """
    try:
        file = _read.decode(content)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"a file object cannot be read: {error}") from None
    if not file.id or len(file.id.encode()) > 256:
        raise ValueError("a file object has no usable id")
    return file


def path_of(upstream_id: str, *, content: bool = False) -> str:
    """Return upstream's path of a file, or of its content."""
    return f"{PATH}/{quote(upstream_id, safe='')}" + ("/content" if content else "")


def file_body(file: KeptFile) -> bytes:
    """Return the answer that tells of one file."""
    return msgspec.json.encode(file.shown())


def list_body(files: Sequence[KeptFile], *, has_more: bool) -> bytes:
    """Return a page of a list."""
    first, last = (files[0].public_id, files[-1].public_id) if files else (None, None)
    page = FileList(data=[file.shown() for file in files], first_id=first, last_id=last, has_more=has_more)
    return msgspec.json.encode(page)


def deleted_body(public_id: str) -> bytes:
    """Return the answer to a deletion."""
    return msgspec.json.encode(FileDeleted(id=public_id))


def missing_file(public_id: str) -> NotFound:
    """Return the error for a file that is not there (any more), or not this caller's."""
    return NotFound(f"No file found with id '{public_id[:256]}'.")
