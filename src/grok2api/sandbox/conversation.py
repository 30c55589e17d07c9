"""What the sandbox says: a small, pleasant and wholly predictable conversationalist.

The same question with the same seed gets the same reply. It honours `say exactly: X`, remembers what it was
told earlier in the conversation, and never pretends to be a real model.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from grok2api.sandbox import hosted_items, tool_calls
from grok2api.sandbox.dialogue import Attachment, Citation, Question, Reply, Search, Turn
from grok2api.sandbox.hints import Hints
from grok2api.sandbox.language import is_chinese, wanted_text, without_magic
from grok2api.sandbox.mint import pick
from grok2api.sandbox.phrases import ECHOES, GREETING, GREETINGS, PHRASES, SENTENCES
from grok2api.sandbox.schema_values import generate
from grok2api.sandbox.thinking import reason

MAX_COUNT = 20_000
SEARCHES = ("web_search", "x_search")
MAX_WORDS = 20_000
QUOTED_WORDS = 12
MAX_QUOTED = 200

_NAME = re.compile(
    r"\bmy name is ([A-Z][\w'’-]*)|\bcall me ([A-Z][\w'’-]*)|我(?:的名字)?(?:叫|是叫)([\u4e00-\u9fff\w]+)",
    re.IGNORECASE,
)
_ASK_NAME = re.compile(
    r"what(?:'s| is) my name|who am i|我(?:的名字)?叫什么|我的名字是什么|我是谁", re.IGNORECASE
)
_KEEP = re.compile(r"(?:remember|记住)(?: that| this)?\s*[:：]?\s*(.+)", re.IGNORECASE | re.DOTALL)
_ASK_KEPT = re.compile(
    r"what did i (?:ask|tell) you to remember|what do you remember|我让你记住|你记得什么", re.IGNORECASE
)
_ASK_SYSTEM = re.compile(
    r"(?:repeat|quote|what (?:is|are)).{0,12}(?:system prompt|instructions)|系统提示", re.IGNORECASE
)
_COUNT = re.compile(r"count (?:from (\d+) )?(?:up )?to (\d+)|(?:从(\d+))?数到(\d+)", re.IGNORECASE)
_SUM = re.compile(r"(-?\d{1,12})\s*([-+*/x×÷])\s*(-?\d{1,12})")
_WORDS = re.compile(r"(\d+)\s*(?:words|字)")
_LONG = re.compile(r"\b(?:essay|story|article|long)\b|作文|故事|文章|长文", re.IGNORECASE)


def compose(question: Question, seed: int) -> Reply:
    """Return the reply to `question`."""
    prompt = without_magic(question.last_user().text)
    reasoning = reason(prompt, question.effort) if question.effort else ""
    calls = tool_calls.plan(question)
    if calls:
        return Reply(reasoning=reasoning, calls=calls)
    if question.schema is not None or question.json_object:
        return Reply(_structured(question, prompt, seed), reasoning)
    command = hosted_items.command(question, prompt)
    if command is not None:
        return Reply(reasoning=reasoning, command=command)
    searches = tuple(Search(tool, prompt[:200]) for tool in question.toolbox.server if tool in SEARCHES)
    hosted = hosted_items.plan(question, prompt)
    text, citations = _cite(_say(question, prompt, seed), searches, question.inline_citations)
    return Reply(text, reasoning, (), searches, citations, hosted)


def _structured(question: Question, prompt: str, seed: int) -> str:
    wanted = wanted_text(prompt) or ""
    if _is_object(wanted):
        return wanted
    if question.schema is not None:
        return msgspec.json.encode(generate(question.schema, Hints(prompt))).decode()
    return msgspec.json.encode({"answer": _say(question, prompt, seed)}).decode()


def _is_object(text: str) -> bool:
    try:
        return isinstance(msgspec.json.decode(text), dict)
    except msgspec.DecodeError:
        return False


def _say(question: Question, prompt: str, seed: int) -> str:
    if question.turns and question.turns[-1].role == "tool":
        return _quote_results(question, prompt)
    wanted = wanted_text(prompt)
    if wanted is not None:
        return wanted
    chinese = is_chinese(prompt)
    images = question.last_user().images
    seen = (
        (f"我看到 {images} 张图片。" if chinese else f"I see {images} image{'s' * (images != 1)}.")
        if images
        else ""
    )
    read = [_read(file, chinese) for file in question.last_user().files]
    seen = ("" if chinese else " ").join([seen, *read] if seen else read)
    return (seen + ("" if chinese else " ") + _talk(question, prompt, seed)).strip()


def _read(file: Attachment, chinese: bool) -> str:
    """Return what is said about a document: how it begins, or else what it is."""
    if file.text is None:
        told = f"{file.name} ({file.content_type}, {file.size} bytes)"
        return f"我读了 {told}。" if chinese else f"I read {told}."
    words = " ".join(file.text[:MAX_QUOTED].split()[:QUOTED_WORDS])
    return f"我读了 {file.name}：“{words}”。" if chinese else f"I read {file.name}: “{words}”."


def _quote_results(question: Question, prompt: str) -> str:
    names = {call.call_id: call.name for turn in question.turns for call in turn.calls}
    results: list[Turn] = []
    for turn in reversed(question.turns):
        if turn.role != "tool":
            break
        results.insert(0, turn)
    chinese = is_chinese(prompt)
    lines = []
    for result in results:
        name = names.get(result.call_id or "", "tool")
        lines.append(
            f"工具 {name} 返回：{result.text}" if chinese else f"The {name} tool returned: {result.text}"
        )
    return "\n".join(lines)


def _talk(question: Question, prompt: str, seed: int) -> str:
    chinese = is_chinese(prompt)
    rules: tuple[Callable[[], str | None], ...] = (
        lambda: _recall(question, prompt, chinese),
        lambda: _count(prompt, chinese),
        lambda: _calculate(prompt),
        lambda: _essay(prompt, chinese, seed),
        lambda: _know(prompt, chinese, seed),
    )
    for rule in rules:
        answer = rule()
        if answer is not None:
            return answer
    echo = ECHOES[pick(seed, prompt, len(ECHOES))][chinese]
    return echo.replace("{prompt}", prompt if len(prompt) <= 400 else f"{prompt[:400]}…")


def _recall(question: Question, prompt: str, chinese: bool) -> str | None:
    earlier = [without_magic(turn.text) for turn in question.turns if turn.role == "user"]
    if _ASK_NAME.search(prompt):
        name = next((known for text in reversed(earlier) if (known := _name_in(text))), None)
        if name is None:
            return "你还没有告诉我你的名字。" if chinese else "You have not told me your name yet."
        return f"你叫{name}。" if chinese else f"Your name is {name}."
    if _ASK_SYSTEM.search(prompt):
        return "\n".join(turn.text for turn in question.turns if turn.role == "system") or "—"
    if _ASK_KEPT.search(prompt):
        kept = [found[1].strip() for text in earlier[:-1] if (found := _KEEP.search(text))]
        return "；".join(kept) if chinese else "; ".join(kept) or "Nothing so far."
    name = _name_in(prompt)
    if name is not None:
        return f"很高兴认识你，{name}！" if chinese else f"Nice to meet you, {name}!"
    if _KEEP.match(prompt):
        return "好的，我记住了。" if chinese else "Noted, I will remember that."
    return None


def _name_in(text: str) -> str | None:
    if _ASK_NAME.search(text):
        return None
    found = _NAME.search(text)
    return next((group for group in found.groups() if group), None) if found else None


def _count(prompt: str, chinese: bool) -> str | None:
    found = _COUNT.search(prompt)
    if found is None:
        return None
    first = int(found[1] or found[3] or 1)
    last = min(int(found[2] or found[4]), first + MAX_COUNT)
    return ("、" if chinese else ", ").join(str(number) for number in range(first, last + 1))


def _calculate(prompt: str) -> str | None:
    found = _SUM.search(prompt)
    if found is None:
        return None
    left, right, sign = int(found[1]), int(found[3]), found[2]
    if sign in "/÷":
        return f"{left} ÷ {right} = {left / right:g}" if right else f"{left} ÷ 0 = ∞"
    results = {"+": left + right, "-": left - right}
    return f"{left} {sign} {right} = {results.get(sign, left * right)}"


def _essay(prompt: str, chinese: bool, seed: int) -> str | None:
    words = _WORDS.search(prompt)
    if words is None and not _LONG.search(prompt):
        return None
    target = min(int(words[1]) if words else 200, MAX_WORDS)
    sentences: list[str] = []
    length = 0
    while length < target:
        sentence = SENTENCES[pick(seed, f"{prompt}{len(sentences)}", len(SENTENCES))][chinese]
        length += len(sentence) if chinese else len(sentence.split())
        sentences.append(sentence)
    paragraphs = [sentences[start : start + 5] for start in range(0, len(sentences), 5)]
    return "\n\n".join(("" if chinese else " ").join(paragraph) for paragraph in paragraphs)


def _know(prompt: str, chinese: bool, seed: int) -> str | None:
    found = next((phrase for phrase in PHRASES if phrase.pattern.search(prompt)), None)
    if found is not None:
        return found.chinese if chinese else found.english
    if GREETING.search(prompt):
        return GREETINGS[pick(seed, prompt, len(GREETINGS))][chinese]
    return None


def _cite(text: str, searches: tuple[Search, ...], inline: bool) -> tuple[str, tuple[Citation, ...]]:
    citations = []
    for index, search in enumerate(searches, start=1):
        slug = (
            re.sub(r"[^a-z0-9]+", "-", search.query.lower()).strip("-")[:60]
            or f"{pick(0, search.query, 10**9)}"
        )
        host = "https://x.com/i/status" if search.tool == "x_search" else "https://example.com/search"
        url, title = f"{host}/{slug}", search.query[:60]
        if not inline:
            citations.append(Citation(url, title))
            continue
        mark = f"[[{index}]]({url})"
        citations.append(Citation(url, title, len(text), len(text) + len(mark)))
        text += mark
    return text, tuple(citations)
