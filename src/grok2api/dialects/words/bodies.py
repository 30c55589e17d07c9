"""Who said what in the body of a request or of an answer, for people, whichever dialect it is in.

What is not words is told by its kind. A body that nobody knows says nothing; it is shown as it is. Must
never fail for what a client sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

JsonObject = dict[str, Any]

_WORDS: Final = frozenset({"text", "input_text", "output_text", "refusal", "summary_text", "reasoning_text"})
_PROMPTS: Final = ("prompt", "input", "text")
_CALLS: Final = ("function_call", "custom_tool_call", "tool_use", "server_tool_use", "mcp_call")


@dataclass(slots=True)
class Said:
    """One turn of a conversation.

    Attributes:
        role: Who speaks, in the words of the client.
        tool_calls: Tools that are called: `name`, and `arguments` as text.
        media: Links or kinds of what is not words.
        finish: Why an answer ended, where its dialect says so.
    """

    role: str = "assistant"
    text: str = ""
    reasoning: str = ""
    tool_calls: list[JsonObject] = field(default_factory=list)
    media: list[str] = field(default_factory=list)
    finish: str = ""


def asked_in(body: Any) -> list[Said]:
    """Return what the body of a request says, oldest first."""
    if not isinstance(body, dict):
        return []
    said = [
        Said(role="system", text=_words(body[name])) for name in ("instructions", "system") if body.get(name)
    ]
    turns = body.get("messages")
    if not isinstance(turns, list):
        turns = body.get("input")
    if isinstance(turns, list):
        return said + [_turn(each) for each in turns if isinstance(each, dict)]
    prompts = [body[name] for name in _PROMPTS if isinstance(body.get(name), str) and body[name]]
    return said + [Said(role="user", text=text) for text in prompts[:1]]


def said_of_body(body: Any) -> list[Said]:
    """Return what the body of an answer says; several where a request wanted several answers."""
    if not isinstance(body, dict):
        return []
    if isinstance(choices := body.get("choices"), list):
        return [_choice(each) for each in choices if isinstance(each, dict)]
    if isinstance(output := body.get("output"), list):
        return [said_of_output(output)]
    if isinstance(content := body.get("content"), list):
        return [_turn({"role": "assistant", "content": content}, finish=str(body.get("stop_reason") or ""))]
    if isinstance(data := body.get("data"), list):
        links = [str(each.get("url") or "[picture]") for each in data if isinstance(each, dict)]
        return [Said(media=links)] if links else []
    return [Said(text=body["text"])] if isinstance(body.get("text"), str) else []


def said_of_output(output: Iterable[Any]) -> Said:
    """Return what the items of a response say, as one answer."""
    whole = Said()
    for item in output:
        if isinstance(item, dict):
            part = _turn(item)
            whole.text += part.text
            whole.reasoning += part.reasoning
            whole.tool_calls += part.tool_calls
            whole.media += part.media
    return whole


def _choice(choice: JsonObject) -> Said:
    message = choice.get("message") if isinstance(choice.get("message"), dict) else {}
    return _turn({"role": "assistant", **(message or {})}, finish=str(choice.get("finish_reason") or ""))


def _turn(item: JsonObject, *, finish: str = "") -> Said:
    """Return what a message, or an item of a response, says."""
    kind = str(item.get("type") or "")
    said = Said(role=str(item.get("role") or kind or "user"), finish=finish)
    said.reasoning = str(item.get("reasoning_content") or "")
    if kind == "reasoning":
        said.reasoning = _words(item.get("summary")) or _words(item.get("content"))
    elif kind in _CALLS or kind.endswith("_call"):
        said.tool_calls.append(_call(item))
    elif kind.endswith("_output"):
        said.role, said.text = "tool", _words(item.get("output"))
    else:
        _read(item.get("content"), said)
    for call in item.get("tool_calls") or ():
        if isinstance(call, dict):
            said.tool_calls.append(_call(call.get("function") or call))
    return said


def _read(content: Any, said: Said) -> None:
    if isinstance(content, str):
        said.text += content
    for part in content if isinstance(content, list) else ():
        kind = str(part.get("type") or "") if isinstance(part, dict) else ""
        if kind in _WORDS:
            said.text += _words([part])
        elif kind == "thinking":
            said.reasoning += str(part.get("thinking") or "")
        elif kind in _CALLS:
            said.tool_calls.append(_call(part))
        elif kind == "tool_result":
            said.role = "tool"
            said.text += _words(part.get("content"))
        elif kind:
            said.media.append(kind)


def _call(item: JsonObject) -> JsonObject:
    given = item.get("arguments", item.get("input", item.get("action", "")))
    arguments = given if isinstance(given, str) else msgspec.json.encode(given).decode()
    return {"name": str(item.get("name") or item.get("type") or ""), "arguments": arguments}


def _words(content: Any) -> str:
    """Return the words of a text, or of a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return "" if content is None else msgspec.json.encode(content).decode()
    parts = [part for part in content if isinstance(part, dict)]
    return "\n".join(str(part.get("text") or part.get("refusal") or "") for part in parts).strip("\n")
