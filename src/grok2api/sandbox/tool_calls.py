"""Whether to call the client's functions, which of them, and with what arguments."""

from __future__ import annotations

import re

import msgspec

from grok2api.sandbox import script
from grok2api.sandbox.dialogue import FunctionTool, Question
from grok2api.sandbox.hints import Hints
from grok2api.sandbox.language import wanted_text, without_magic
from grok2api.sandbox.schema_values import generate

_CHINESE_WORDS = {
    "天气": "weather",
    "气温": "weather",
    "时间": "time",
    "几点": "time",
    "搜索": "search",
    "查找": "search",
    "计算": "calculat",
    "邮件": "mail",
    "股价": "stock",
    "股票": "stock",
    "翻译": "translat",
    "文件": "file",
    "订票": "book",
    "航班": "flight",
    "新闻": "news",
}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_TOO_COMMON = frozenset(
    {"call", "current", "data", "exec", "execute", "info", "make", "tool", "user", "with"}
)
_SEVERAL = re.compile(r"\b(?:both|two|twice|parallel|each|and)\b|两|分别|同时|和", re.IGNORECASE)


def plan(question: Question) -> tuple[tuple[str, str], ...]:
    """Return the calls to make, as (function name, arguments as JSON text); none for a plain answer."""
    ordered = script.due(question.turns)
    if ordered is not None and question.toolbox.choice != "none":
        offered = {tool.name for tool in question.toolbox.functions}
        return (ordered,) if ordered[0] in offered else ()
    prompt = without_magic(question.last_user().text)
    chosen = _chosen(question, prompt)
    if not chosen:
        return ()
    several = question.toolbox.parallel and _SEVERAL.search(prompt) is not None
    if len(chosen) > 1:
        return tuple(_call(tool, prompt, 0) for tool in (chosen[:4] if several else chosen[:1]))
    places = len(Hints(prompt).places)
    repeated = re.search(r"\b(?:two|twice|parallel)\b|两次|两个|同时", prompt, re.IGNORECASE)
    times = min(4, max(places, 2 if repeated else 1)) if several else 1
    return tuple(_call(chosen[0], prompt, turn) for turn in range(times))


def _chosen(question: Question, prompt: str) -> list[FunctionTool]:
    toolbox = question.toolbox
    if not toolbox.functions or toolbox.choice == "none":
        return []
    if toolbox.named:
        return [tool for tool in toolbox.functions if tool.name == toolbox.choice]
    fitting = [tool for tool in toolbox.functions if _fits(tool, prompt)]
    if toolbox.choice == "required":
        return fitting or [toolbox.functions[0]]
    answered = question.turns and question.turns[-1].role == "tool"
    return [] if answered or wanted_text(prompt) is not None else fitting


def _fits(tool: FunctionTool, prompt: str) -> bool:
    lowered = prompt.lower()
    if tool.name.lower() in lowered or tool.name.lower().replace("_", " ") in lowered:
        return True
    words = {word.lower() for word in _WORD.findall(tool.name)}
    known = {word for word in words if len(word) >= 4 and word not in _TOO_COMMON}
    if any(re.search(rf"\b{re.escape(word)}", lowered) for word in known):
        return True
    described = f"{tool.name} {tool.description}".lower()
    return any(
        chinese in prompt and (english in described or chinese in described)
        for chinese, english in _CHINESE_WORDS.items()
    )


def _call(tool: FunctionTool, prompt: str, turn: int) -> tuple[str, str]:
    parameters = tool.parameters or {"type": "object", "properties": {}}
    arguments = generate({"type": "object"} | parameters, Hints(prompt, turn))
    return tool.name, msgspec.json.encode(arguments).decode()
