"""In which language to answer, and the texts of a prompt that steer the answer."""

from __future__ import annotations

import re

from grok2api.sandbox import script

_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]+")
_MAGIC = re.compile(r"\s*!sandbox:[a-z0-9_]+(?:=[0-9.]+)?")
_EXACT_ENGLISH = re.compile(
    r"\b(?:say|reply|respond|answer|write|repeat|return|output|print)\s+(?:back\s+)?(?:with\s+)?"
    r"(?:exactly|only|just|verbatim)\b(?:\s+(?:with|this|the|following|word|words|text|phrase|sentence))*"
    r"(?P<colon>\s*[:：])?\s*(?P<wanted>.+)",
    re.IGNORECASE | re.DOTALL,
)
_EXACT_CHINESE = re.compile(
    r"(?:只|仅|原样|照原样)(?:需|要|能)?(?:回复|回答|输出|说|重复|返回)\s*[:：]\s*(?P<wanted>.+)", re.DOTALL
)
_QUOTED = re.compile(r"[\"'“‘「『`]+(.+?)[\"'”’」』`]+\.?", re.DOTALL)


def is_chinese(text: str) -> bool:
    """Tell whether a text is to be answered in Chinese."""
    han = len(_HAN.findall(text))
    return han > 0 and han * 2 >= len(_LATIN.findall(text))


def without_magic(text: str) -> str:
    """Return a prompt without the marks that order a fault or a call."""
    return _MAGIC.sub("", script.split(text)[0]).strip()


def wanted_text(prompt: str) -> str | None:
    """Return X of a prompt like `say exactly: X` or `只回复：X`, or None."""
    match = _EXACT_CHINESE.search(prompt)
    if match is not None:
        return match["wanted"].strip()
    match = _EXACT_ENGLISH.search(prompt)
    if match is None:
        return None
    wanted = match["wanted"].strip()
    if match["colon"]:
        return wanted
    quoted = _QUOTED.fullmatch(wanted)
    return quoted[1] if quoted else wanted.rstrip(".!。！")
