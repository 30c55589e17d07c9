"""Reads a conversation as chat clients send it, and brings it into one clean form.

Clients send contents as text or parts, empty messages, legacy function calls, and parts that Grok cannot
hear or see. What comes out holds no empty message (xAI refuses those), names every call by an id, and is
the same for both of xAI's surfaces. Must never guess: what cannot be honoured is refused with its path.
Source: xai-api.md §2.2, §5, §8 rows 16 and 28.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from grok2api.dialects.chat.shapes import CalledFunction, FileSource, ImageUrl, Message, Part, Sound
from grok2api.dialects.enclosing import NO_VIDEO
from grok2api.dialects.fields import missing, needed
from grok2api.errors import InvalidRequest, Unsupported

_TEXT_TYPES = frozenset({"text", "input_text", "output_text"})
IMAGE_TYPES = frozenset({"image_url", "input_image"})
FILE_TYPES = frozenset({"file", "input_file"})
SOUND_TYPES = frozenset({"input_audio"})
_REASONS = {
    "audio_url": "Send sound as 'input_audio', with its data.",
    "video_url": NO_VIDEO,
    "input_video": NO_VIDEO,
    "video": NO_VIDEO,
}
_KINDS_OF_ROLE = {
    "system": frozenset({"text"}),
    "developer": frozenset({"text"}),
    "user": frozenset({"text", "image", "file", "sound"}),
    "assistant": frozenset({"text", "refusal"}),
    "tool": frozenset({"text", "image", "file", "sound"}),
    "function": frozenset({"text", "image", "file", "sound"}),
}


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A call that the model made earlier; `arguments` is JSON text."""

    call_id: str
    name: str
    arguments: str


Piece = str | ImageUrl | FileSource | Sound
"""Text, a picture, a document, or a recording that was not heard yet."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message of the system, the developer, the user or the assistant."""

    role: str
    content: str | tuple[Piece, ...]
    calls: tuple[FunctionCall, ...] = ()


@dataclass(frozen=True, slots=True)
class CallResult:
    """What a call gave back."""

    call_id: str
    content: str | tuple[Piece, ...]


Entry = Spoken | CallResult


def read_messages(messages: Sequence[Message]) -> list[Entry]:
    """Return the conversation without its empty messages; where all are empty, the last one says a space.

    Raises:
        InvalidRequest: a message has an unknown role or misses what its role needs, or none has a content.
        Unsupported: a part that Grok cannot take.
    """
    legacy = _LegacyCalls()
    entries: list[Entry] = []
    for index, message in enumerate(messages):
        entry = _entry(message, f"messages[{index}]", legacy)
        if entry is not None:
            entries.append(entry)
    return entries or [_blank(messages)]


def _blank(messages: Sequence[Message]) -> Spoken:
    """Return the last of messages that all say nothing: OpenAI takes an empty text, xAI needs a space."""
    for message in reversed(messages):
        if message.content or message.content == "":
            return Spoken(message.role, " ")
    raise InvalidRequest("'messages' must hold at least one message with a content.", param="messages")


class _LegacyCalls:
    """Gives ids to calls of the legacy form, which are paired by name and order only."""

    def __init__(self) -> None:
        self._count = 0
        self._open: dict[str, str] = {}
        """Names of the calls that wait for an answer, by id, the oldest first."""
        self._by_name: dict[str, deque[str]] = {}

    def made(self, name: str) -> str:
        self._count += 1
        call_id = f"call_legacy_{self._count}"
        self._wait(call_id, name)
        return call_id

    def repeats(self, call: FunctionCall) -> None:
        """Note that a call with an id was also told in the legacy form; its result may come in either."""
        self._wait(call.call_id, call.name)

    def answered(self, name: str | None, path: str) -> str:
        if name is None:
            name = next(iter(self._open.values()), "")
        waiting = self._by_name.get(name)
        if not waiting:
            raise InvalidRequest(f"'{path}' answers no earlier function call.", param=path)
        call_id = waiting.popleft()
        self._open.pop(call_id, None)
        return call_id

    def _wait(self, call_id: str, name: str) -> None:
        self._open[call_id] = name
        self._by_name.setdefault(name, deque()).append(call_id)


def holds_more_than_words(entries: Sequence[Entry]) -> bool:
    """Tell whether there are pictures, documents or sounds in a conversation."""
    return any(
        not isinstance(piece, str)
        for entry in entries
        if not isinstance(entry.content, str)
        for piece in entry.content
    )


def _entry(message: Message, path: str, legacy: _LegacyCalls) -> Entry | None:
    if message.role not in _KINDS_OF_ROLE:
        raise InvalidRequest(
            f"'{path}.role' must be one of {', '.join(_KINDS_OF_ROLE)}.", param=f"{path}.role"
        )
    content = _content(message, path)
    if message.role == "tool":
        return CallResult(_result_id(message, path), content)
    if message.role == "function":
        return CallResult(legacy.answered(message.name, path), content)
    if message.role != "assistant":
        return Spoken(message.role, content) if content else None
    calls = _calls(message, path, legacy)
    content = content or message.refusal or ""
    return Spoken(message.role, content, calls) if content or calls else None


def _result_id(message: Message, path: str) -> str:
    if message.tool_call_id:
        return message.tool_call_id
    raise missing(f"{path}.tool_call_id")


def _calls(message: Message, path: str, legacy: _LegacyCalls) -> tuple[FunctionCall, ...]:
    calls: list[FunctionCall] = []
    for index, record in enumerate(message.tool_calls or ()):
        param = f"{path}.tool_calls[{index}]"
        if (record.type or "function") != "function":
            raise Unsupported(f"Tool calls of type '{record.type}' are not supported.", param=f"{param}.type")
        if record.function is None:
            raise missing(f"{param}.function")
        calls.append(FunctionCall(record.id, record.function.name, _arguments(record.function)))
    if message.function_call is not None:
        called = message.function_call
        name, arguments = called.name, _arguments(called)
        same = next((call for call in calls if (call.name, call.arguments) == (name, arguments)), None)
        if same is not None:
            legacy.repeats(same)  # our own answer to legacy functions tells its call in both forms
        else:
            calls.append(FunctionCall(legacy.made(name), name, arguments))
    return tuple(calls)


def _arguments(called: CalledFunction) -> str:
    if isinstance(called.arguments, dict):
        return msgspec.json.encode(called.arguments).decode()
    return called.arguments or "{}"


def _content(message: Message, path: str) -> str | tuple[Piece, ...]:
    if not message.content:
        return ""
    if isinstance(message.content, str):
        return message.content
    pieces = []
    for index, part in enumerate(message.content):
        piece = _piece(part, message.role, f"{path}.content[{index}]")
        if piece:
            pieces.append(piece)
    return tuple(pieces)


def _piece(part: Part, role: str, path: str) -> Piece:
    kind = _kind(part.type)
    if kind is None:
        raise _unknown(part.type, path)
    if kind not in _KINDS_OF_ROLE[role]:
        raise InvalidRequest(f"A message of role '{role}' cannot hold '{part.type}'.", param=f"{path}.type")
    if kind == "image":
        return _image(part, path)
    if kind == "file":
        return _file(part, path)
    if kind == "sound":
        return _sound(part, path)
    return needed(part.text if kind == "text" else part.refusal, f"{path}.{kind}")


def _unknown(name: str, path: str) -> Unsupported:
    reason = _REASONS.get(name)
    text = f"Content parts of type '{name[:64]}' are not supported."
    if reason is None:
        return Unsupported(f"{text} Use text, image_url, input_audio or file.", param=f"{path}.type")
    return Unsupported(f"{text} {reason}", param=path)


def _kind(name: str) -> str | None:
    if name in _TEXT_TYPES:
        return "text"
    if name in IMAGE_TYPES:
        return "image"
    if name in FILE_TYPES:
        return "file"
    if name in SOUND_TYPES:
        return "sound"
    return "refusal" if name == "refusal" else None


def _image(part: Part, path: str) -> ImageUrl:
    if isinstance(part.image_url, ImageUrl):
        return part.image_url
    if part.file_id and not part.image_url:
        return ImageUrl("", part.detail, part.file_id)
    return ImageUrl(needed(part.image_url or None, f"{path}.image_url"), part.detail)


def _file(part: Part, path: str) -> FileSource:
    flat = FileSource(
        part.file_id, part.file_data, part.file_url, filename=part.filename, mime_type=part.mime_type
    )
    source = part.file or flat
    address = source.file_url or source.url
    if not (source.file_id or source.file_data or address):
        place = f"{path}.file" if part.type == "file" else path
        raise InvalidRequest(
            f"'{place}' needs a 'file_id', a 'file_url', or 'file_data' with a 'filename'.",
            param=place,
            code="missing_required_parameter",
        )
    return replace(source, file_url=address, url=None)


def _sound(part: Part, path: str) -> Sound:
    place = f"{path}.input_audio"
    if part.input_audio is None:
        raise missing(place)
    needed(part.input_audio.data or None, f"{place}.data")
    return part.input_audio
