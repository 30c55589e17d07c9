"""Reading a multipart/form-data body: bounded in all of its sizes, whatever the client sends.

Fields are held as text, files are spooled: a little in memory, the rest in one nameless file for the whole
form. Must never hold a file in memory, and nothing of a form once its block is left.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.types import Receive

from grok2api.api.body import (
    ClientGone,
    check_announced,
    check_uncompressed,
    next_message,
    too_large,
)
from grok2api.api.context import RequestContext
from grok2api.config.settings import Settings
from grok2api.errors import InvalidRequest, RequestTimeout, StorageError, TooLarge, UnsupportedMediaType
from grok2api.kit.spool import Spool, Stretch
from grok2api.observability.logging import get_logger

_log = get_logger("grok2api.uploads")
FORM: Final = "multipart/form-data"
MOST_PARTS: Final = 1000
HEAD_BYTES: Final = 512
"""Of a file's beginning, kept at hand to tell by it what it is."""
_TEXT_BYTES: Final = 1_048_576
_HEADERS: Final = 16
_HEADER_BYTES: Final = 4096
_BOUNDARY: Final = re.compile(r"[!-~]([ -~]{0,198}[!-~])?\Z")
_PLAIN_ENCODINGS: Final = frozenset({"", "7bit", "8bit", "binary"})
_EXTENDED_NAME: Final = re.compile(
    r";\s*filename\*\s*=\s*\"?(?:utf-8|iso-8859-1)'[^']*'([^\s;\"]*)", re.IGNORECASE
)
_LONGEST_NAME: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRules:
    """What an endpoint takes of a form."""

    body: int
    """Most bytes of the whole body."""
    file: int | None = None
    """Most bytes of one file; None is as many as the body may have."""
    text: int = _TEXT_BYTES
    """Most bytes of all names and values of fields together."""
    parts: int = MOST_PARTS
    seconds: float
    """How long the client may send nothing."""
    deadline: float
    """How long the whole body may take."""
    directory: Path | None = None
    """Where files are spooled; None is the system's place."""
    refusal: Callable[[int], TooLarge] = too_large
    """Words the error for a body over its limit."""


def form_rules(
    settings: Settings, *, file: int | None = None, refusal: Callable[[int], TooLarge] = too_large
) -> FormRules:
    """Return the rules of a snapshot.

    Args:
        settings: Say how large a body may be, how slow, and where files are spooled.
        file: Most bytes of one file.
        refusal: Words the error for a body that is too large.
    """
    storage, server = settings.storage, settings.server
    return FormRules(
        body=server.max_body_mb * 1_048_576,
        file=file,
        seconds=server.body_timeout,
        deadline=settings.grok.deadline,
        directory=Path(storage.temp_dir) if storage.temp_dir else Path(storage.data_dir) / "tmp",
        refusal=refusal,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFile:
    """A file of a form, readable for as long as the form's block runs."""

    name: str
    """The field's."""
    filename: str
    """Without a path; empty if the client gave none."""
    content_type: str
    """As the client wrote it; empty if it wrote none."""
    head: bytes = field(repr=False)
    """The first bytes, at most `HEAD_BYTES`."""
    stretch: Stretch = field(repr=False)

    @property
    def size(self) -> int:
        """Return its length in bytes."""
        return self.stretch.size

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield it from its beginning, as often as it is asked for. Raises: OSError."""
        return self.stretch.chunks()

    async def content(self) -> bytes:
        """Return all of it; for files that are known to be small."""
        return await self.stretch.content()


@dataclass(frozen=True, slots=True)
class Form:
    """What a body held."""

    fields: dict[str, list[str]]
    """The texts, by name, each in order of arrival."""
    files: list[FormFile]
    order: list[str]
    """The names of all parts as they came."""

    def text(self, name: str) -> str | None:
        """Return the value of a field that may stand once; None if it is not there.

        Raises:
            InvalidRequest: it stands twice, or is a file.
        """
        if any(each.name == name for each in self.files):
            raise InvalidRequest(f"'{name[:80]}' must be a text, not a file.", param=name[:80])
        values = self.fields.get(name, [])
        if len(values) > 1:
            raise InvalidRequest(
                f"'{name[:80]}' was sent {len(values)} times. Send it once.", param=name[:80]
            )
        return values[0] if values else None

    def texts(self, name: str) -> list[str]:
        """Return the values of a field that may stand often, as `name` or as `name[]`."""
        return [value for each in (name, f"{name}[]") for value in self.fields.get(each, [])]

    def files_of(self, name: str) -> list[FormFile]:
        """Return the files sent as `name`, `name[]` or `name[0]`, in order of arrival."""
        return [file for file in self.files if file.name.partition("[")[0] == name]


def is_multipart(context: RequestContext) -> bool:
    """Tell whether a request says that its body is a form of this kind."""
    return context.header(b"content-type").partition(";")[0].strip().lower() == FORM


@asynccontextmanager
async def read_form(context: RequestContext, receive: Receive, rules: FormRules) -> AsyncIterator[Form]:
    """Read a body; its files last as long as the block.

    Raises:
        UnsupportedMediaType: it is of another kind, or compressed.
        InvalidRequest: it is malformed; the message says where.
        TooLarge: one of its sizes is over what `rules` allow.
        RequestTimeout: the client fell silent, or took too long.
        ClientGone: the client left.
        StorageError: there is no room to keep it.
    """
    check_uncompressed(context)
    boundary = _boundary(context)
    check_announced(context, rules.body, rules.refusal)
    spool = Spool(rules.directory)
    try:
        yield await _read(receive, boundary, rules, spool)
    finally:
        spool.close()


def _boundary(context: RequestContext) -> bytes:
    if not is_multipart(context):
        kind = context.header(b"content-type").partition(";")[0].strip()
        raise UnsupportedMediaType(
            f"The content type '{kind[:80]}' is not read here. Send '{FORM}'."
            if kind
            else f"The request names no content type. Send '{FORM}'."
        )
    _, options = parse_options_header(context.header(b"content-type"))
    boundary = options.get(b"boundary")
    if boundary is None:
        raise InvalidRequest(
            f"The content type '{FORM}' names no boundary. Let your HTTP library write this header.",
        )
    if not _BOUNDARY.match(boundary.decode("latin-1")):
        raise InvalidRequest("The boundary in the content type must be 1 to 200 printable ASCII characters.")
    return boundary


async def _read(receive: Receive, boundary: bytes, rules: FormRules, spool: Spool) -> Form:
    reader = _FormReader(boundary, rules, spool)
    size, more = 0, True
    try:
        async with asyncio.timeout(rules.deadline):
            while more:
                message = await next_message(receive, rules.seconds)
                if message["type"] == "http.disconnect":
                    raise ClientGone
                piece: bytes = message.get("body", b"")
                size += len(piece)
                if size > rules.body:
                    raise rules.refusal(rules.body)
                reader.feed(piece)
                await spool.settle()
                more = message.get("more_body", False)
    except TimeoutError:
        raise RequestTimeout(f"The request body took longer than {rules.deadline:g} seconds.") from None
    except OSError as error:
        _log.error("an upload cannot be kept", error=str(error))
        raise StorageError("The server has no room for the upload now. Send it again later.") from error
    return reader.finish()


@dataclass(slots=True)
class _Part:
    """The part that is being read."""

    name: str
    filename: str | None
    """None: it is a text."""
    content_type: str
    start: int
    content: bytearray = field(default_factory=bytearray)
    """The text, or a file's beginning."""


class _FormReader:
    """Builds a form out of the parser's events."""

    def __init__(self, boundary: bytes, rules: FormRules, spool: Spool) -> None:
        self._rules = rules
        self._spool = spool
        self._form = Form({}, [], [])
        self._opening = b"--" + boundary
        self._before = bytearray()
        """What came before the first boundary could be seen whole; nothing once it was."""
        self._opened = False
        self._complete = False
        self._text = 0
        self._headers: dict[str, bytes] = {}
        self._header = (bytearray(), bytearray())
        self._part: _Part | None = None
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begins,
                "on_header_begin": self._header_begins,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_ends,
                "on_headers_finished": self._headers_end,
                "on_part_data": self._part_data,
                "on_part_end": self._part_ends,
                "on_end": self._ends,
            },
            max_header_count=_HEADERS,
            max_header_size=_HEADER_BYTES,
        )

    def feed(self, piece: bytes) -> None:
        """Read some more.

        Raises:
            InvalidRequest: it is malformed.
            TooLarge: one of its sizes is over the rules.
        """
        if not self._opened:
            self._before += piece.lstrip(b"\r\n") if not self._before else piece
            if len(self._before) < len(self._opening):
                return
            if not self._before.startswith(self._opening):
                raise _malformed("it does not begin with the boundary that the content type names")
            self._opened, piece = True, bytes(self._before)
            self._before.clear()
        try:
            self._parser.write(piece)
        except MultipartParseError as error:
            raise _malformed(f"a part cannot be read ({_shortly(str(error))})") from error

    def finish(self) -> Form:
        """Return the form.

        Raises:
            InvalidRequest: its end is missing.
        """
        if not self._complete:
            raise _malformed("it ends before its last boundary")
        return self._form

    def _part_begins(self) -> None:
        self._headers = {}
        if len(self._form.order) >= self._rules.parts:
            raise TooLarge(f"The form has more than {self._rules.parts} parts. Send fewer.")

    def _header_begins(self) -> None:
        self._header = (bytearray(), bytearray())

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header[0].extend(data[start:end])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1].extend(data[start:end])

    def _header_ends(self) -> None:
        name = self._header[0].decode("latin-1").lower()
        if name in self._headers:
            raise _malformed(f"a part has two '{name[:40]}' headers")
        self._headers[name] = bytes(self._header[1])

    def _headers_end(self) -> None:
        kind, options = parse_options_header(self._headers.get("content-disposition", b""))
        if kind.strip() != b"form-data" or not (given := options.get(b"name")):
            raise _malformed("a part has no 'Content-Disposition: form-data; name=\"...\"'")
        encoding = self._headers.get("content-transfer-encoding", b"").decode("latin-1").strip().lower()
        if encoding not in _PLAIN_ENCODINGS:
            raise _malformed(f"the content-transfer-encoding '{encoding[:40]}' is not read; send plain bytes")
        name = _text(given, "a part's name")
        self._form.order.append(name)
        self._weigh(len(given), name)
        self._part = _Part(
            name=name,
            filename=_filename(options, self._headers["content-disposition"]),
            content_type=self._headers.get("content-type", b"").decode("latin-1").strip(),
            start=self._spool.size,
        )

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if part is None:
            return
        if part.filename is None:
            self._weigh(end - start, part.name)
            part.content += data[start:end]
            return
        self._spool.take(memoryview(data)[start:end])
        most = self._rules.file
        if most is not None and self._spool.size - part.start > most:
            raise TooLarge(
                f"The file '{part.name[:80]}' is larger than {most // 1_048_576} MiB.", param=part.name[:80]
            )
        if len(part.content) < HEAD_BYTES:
            part.content += data[start : min(end, start + HEAD_BYTES - len(part.content))]

    def _part_ends(self) -> None:
        part, self._part = self._part, None
        if part is None:
            return
        if part.filename is None:
            value = _text(bytes(part.content), f"the field '{part.name[:80]}'")
            self._form.fields.setdefault(part.name, []).append(value)
            return
        self._form.files.append(
            FormFile(
                name=part.name,
                filename=part.filename,
                content_type=part.content_type,
                head=bytes(part.content),
                stretch=self._spool.stretch(part.start, self._spool.size),
            )
        )

    def _ends(self) -> None:
        self._complete = True

    def _weigh(self, size: int, name: str) -> None:
        self._text += size
        if self._text > self._rules.text:
            raise TooLarge(
                f"The fields of the form are larger than {self._rules.text // 1024} KiB together.",
                param=name[:80],
            )


def _filename(options: dict[bytes, bytes], disposition: bytes) -> str | None:
    """Return a file's name, cleaned; None if the part is no file.

    Browsers write `"` as `%22`. RFC 7578 forbids `filename*`, but there are clients that send nothing else.
    """
    given = options.get(b"filename")
    if given is None:
        extended = _EXTENDED_NAME.search(disposition.decode("latin-1"))
        if extended is None:
            return None
        given = unquote_to_bytes(extended[1])
    name = given.decode("utf-8", "replace").replace("%22", '"')
    name = re.split(r"[/\\]", name)[-1]
    return "".join(letter for letter in name if letter.isprintable()).strip()[-_LONGEST_NAME:]


def _text(content: bytes, what: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InvalidRequest(f"The form is malformed: {what} is not UTF-8.") from None


def _malformed(reason: str) -> InvalidRequest:
    return InvalidRequest(f"The form is malformed: {reason}.")


def _shortly(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text[:120])
