"""The reasoning the sandbox shows, in the language of the prompt and as long as the effort asks for."""

from __future__ import annotations

from grok2api.sandbox.language import is_chinese

_DEPTH = {"low": 1, "medium": 2, "high": 4, "xhigh": 6}
_ENGLISH = (
    "The prompt reads “{prompt}”, so I look at what is really wanted.",
    "A short and friendly answer in the same language will serve best.",
    "There may be tools, images or a schema to respect; I check each of them.",
    "I compare two ways to put it and keep the plainer one.",
    "Nothing needs to be fetched from outside, because the sandbox has no outside.",
    "One last look for mistakes, then I write it down.",
)
_CHINESE = (
    "提示是“{prompt}”，先看看对方真正想要什么。",
    "用同一种语言、简短友好地回答最合适。",
    "可能有工具、图片或格式要求，逐一检查。",
    "比较两种说法，留下更朴素的那种。",
    "不需要到外面取任何东西，因为沙盒没有外面。",
    "最后检查一遍，然后写下来。",
)


def reason(prompt: str, effort: str) -> str:
    """Return a train of thought about `prompt`."""
    sentences, space = (_CHINESE, "") if is_chinese(prompt) else (_ENGLISH, " ")
    short = prompt if len(prompt) <= 80 else f"{prompt[:80]}…"
    return space.join(sentences[: _DEPTH.get(effort, 2)]).replace("{prompt}", short)
