"""Documents that come with a question: what was uploaded, what is sent along, and what is only an address.

Another team's file is not there. An address is never looked behind, unless it is one of the sandbox's own.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from grok2api.sandbox import fields, refusals
from grok2api.sandbox.blobs import Blob, Content
from grok2api.sandbox.dialogue import Attachment
from grok2api.sandbox.kept.files import Files
from grok2api.sandbox.kept.links import Links
from grok2api.sandbox.wire import Json

MAX_BYTES = 50 * 1024 * 1024
READ_BYTES = 256 * 1024
UNKNOWN_TYPE = "application/octet-stream"
SOURCES = ("file_id", "file_url", "file_data")
_DATA = re.compile(r"data:([^;,]*);base64,", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the documents of one request; those of an earlier turn (`strict` False) may be gone."""

    files: Files
    links: Links
    team_id: str
    origin: str
    strict: bool = True

    def read(self, part: Json, where: str) -> Attachment:
        """Return the document that a part names by exactly one of file_id, file_url and file_data.

        Raises: Refusal 400 for another form or a broken one, 404 for a file that the team does not have.
        """
        given = [name for name in SOURCES if part.get(name) is not None]
        if len(given) != 1:
            raise refusals.invalid("An input_file must have exactly one of file_id, file_url and file_data.")
        value = fields.required_string(part, given[0], f"{where}.")
        name = fields.string(part, "filename", f"{where}.")
        if given[0] == "file_id":
            return self._uploaded(value)
        if given[0] == "file_url":
            return self._behind(value, name)
        return _inline(value, name, fields.string(part, "mime_type", f"{where}."))

    def require(self, identifier: str) -> None:
        """Refuse with 404 a file that the team does not have."""
        if self.strict and self.files.find(self.team_id, identifier) is None:
            raise refusals.unknown_object("File", identifier)

    def _uploaded(self, identifier: str) -> Attachment:
        self.require(identifier)
        file = self.files.find(self.team_id, identifier)
        if file is None:
            return Attachment(identifier, UNKNOWN_TYPE, 0, None)
        return _attachment(file.filename, file.content_type, file.content)

    def _behind(self, url: str, name: str | None) -> Attachment:
        shown = name or unquote(urlsplit(url).path.rpartition("/")[2]) or "file"
        if url.startswith(f"{self.origin}/"):
            link = self.links.find(unquote(url.removeprefix(self.origin)))
            if link is not None:
                return _attachment(shown, link.content_type, link.content)
            if self.strict:
                raise refusals.invalid("Failed to fetch file_url: status 404 Not Found.")
        elif not url.startswith("https://"):
            raise refusals.invalid("Invalid file_url: expected an https URL.")
        return Attachment(shown, UNKNOWN_TYPE, 0, None)


def _inline(value: str, name: str | None, told: str | None) -> Attachment:
    match = _DATA.match(value)
    kind = told or (match[1] if match else "") or UNKNOWN_TYPE
    try:
        content = base64.b64decode(value[match.end() if match else 0 :], validate=True)
    except binascii.Error as error:
        raise refusals.invalid("Invalid base64 in file_data.") from error
    if len(content) > MAX_BYTES:
        raise refusals.invalid(f"The file is too large: {len(content)} bytes, the limit is {MAX_BYTES}.")
    return _attachment(name or "file", kind, Blob(content))


def _attachment(name: str, kind: str, content: Content) -> Attachment:
    head = b"".join(content.read(0, min(content.length, READ_BYTES)))
    try:
        text = head.decode() if content.length == len(head) else head.decode("utf-8", "ignore")
    except UnicodeDecodeError:
        text = ""
    readable = bool(text) and "\x00" not in text
    return Attachment(name, kind, content.length, text if readable else None)
