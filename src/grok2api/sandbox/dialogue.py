"""A conversation in one form, whichever surface it came by, and the reply to it.

Chat completions and Responses are both read into a `Question`, so that what is said does not depend
on how it was asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from grok2api.sandbox.wire import Json


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a function; `arguments` is JSON text."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document that came along; `size` is in bytes, `text` its beginning, or None where it is no text."""

    name: str
    content_type: str
    size: int
    text: str | None


@dataclass(frozen=True, slots=True)
class Content:
    """What a message is made of; `empty` tells that there is nothing in it."""

    text: str
    images: int = 0
    files: tuple[Attachment, ...] = ()
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. `role` is system, user, assistant or tool; `call_id` is what a tool turn answers."""

    role: str
    text: str
    images: int = 0
    calls: tuple[ToolCall, ...] = ()
    call_id: str | None = None
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionTool:
    """A function the client offers."""

    name: str
    description: str
    parameters: Json


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools of a request. `choice` is none, auto, required or the name of a function, as `named` says."""

    functions: tuple[FunctionTool, ...] = ()
    server: tuple[str, ...] = ()
    choice: str = "auto"
    named: bool = False
    parallel: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """Everything that decides a reply. `effort` is None when the model will not reason."""

    turns: tuple[Turn, ...]
    toolbox: Toolbox = field(default_factory=Toolbox)
    schema: Json | bool | None = None
    json_object: bool = False
    effort: str | None = None
    inline_citations: bool = True
    stop: tuple[str, ...] = ()

    def last_user(self) -> Turn:
        """Return the last user turn, or an empty one."""
        return next((turn for turn in reversed(self.turns) if turn.role == "user"), Turn("user", ""))

    def has_files(self) -> bool:
        """Tell whether any turn has a document with it."""
        return any(turn.files for turn in self.turns)


@dataclass(frozen=True, slots=True)
class Search:
    """A tool run on the server: which one, and what for."""

    tool: str
    query: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A source of the answer; `start` and `end` are code points in the text, or None when not inline."""

    url: str
    title: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a text, function calls given as (name, arguments as JSON text), or a shell command.

    `searches` are on the web and on X, `hosted` is what other tools of the server were run for.
    """

    text: str = ""
    reasoning: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    searches: tuple[Search, ...] = ()
    citations: tuple[Citation, ...] = ()
    hosted: tuple[Search, ...] = ()
    command: str | None = None
