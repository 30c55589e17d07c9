"""The words of an alert, in English and Chinese: one line that says what is wrong, one that says what to do.

Must never leave out what a person can do about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from grok2api.alerts.alert import Event, Kind, Notice

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Words:
    """What is said.

    Attributes:
        title: What is wrong, in one line.
        advice: What to do about it; empty once it is right again.
    """

    title: str
    advice: str


_ENGLISH: Final[Mapping[Kind, tuple[str, str]]] = MappingProxyType(
    {
        "pool.last_usable": (
            "Only one of {enabled} credentials is still usable: {name}",
            "Look at the others in the console, or with 'grok2api credentials list'.",
        ),
        "pool.none_usable": (
            "No credential can serve, clients get 429 or 503: {all} in the pool, {disabled} disabled by hand",
            "Add or enable a credential, or see why the present ones are out: 'grok2api credentials list'.",
        ),
        "credential.unreadable": (
            "The secret of the credential '{name}' does not open: changed in the store, or sealed elsewhere",
            "Find out who may write to the store; then add the credential anew, or restore a backup.",
        ),
        "sign_in.expired": (
            "The sign-in '{name}' has expired: {reason}",
            "Sign in again in the console, or with 'grok2api login'.",
        ),
        "budget.spent": (
            "The client key '{name}' has spent its budget of {budget} for this {period}",
            "Requests with it get 429 until {until}, or until the budget is raised.",
        ),
        "store.degraded": (
            "The gateway works without {what}",
            "Requests go on from memory; 'grok2api doctor' tells what is away.",
        ),
        "price.drift": (
            "xAI charges {percent} more or less than our price list says for {name}",
            "Compare the model's price at xAI, and correct it under prices.",
        ),
    }
)
_CHINESE: Final[Mapping[Kind, tuple[str, str]]] = MappingProxyType(
    {
        "pool.last_usable": (
            "{enabled} 个凭据中仅剩一个可用：{name}",
            "请在控制台查看其余凭据，或运行 grok2api credentials list。",
        ),
        "pool.none_usable": (
            "没有可用的凭据，客户端会收到 429 或 503：池中共 {all} 个，其中手动停用 {disabled} 个",
            "请添加或启用凭据，或查看现有凭据不可用的原因：grok2api credentials list。",
        ),
        "credential.unreadable": (
            "凭据“{name}”的密文无法解开：存储中的内容被改动过，或由其他密钥封存",
            "请查明谁能写入存储；然后删除并重新添加该凭据，或从备份恢复。",
        ),
        "sign_in.expired": (
            "登录“{name}”已失效：{reason}",
            "请在控制台重新登录，或运行 grok2api login。",
        ),
        "budget.spent": (
            "客户端密钥“{name}”已用完本{period}的预算 {budget}",
            "在 {until} 之前或提高预算之前，使用它的请求会收到 429。",
        ),
        "store.degraded": (
            "网关正在缺少 {what} 的情况下运行",
            "请求凭内存继续处理；运行 grok2api doctor 可查看缺少什么。",
        ),
        "price.drift": (
            "{name} 的实际计费与价格表相差 {percent}",
            "请对照 xAI 的价格并在价格表中更正。",
        ),
    }
)
_PERIODS: Final[Mapping[str, str]] = MappingProxyType({"day": "日", "month": "月"})
_MARKS: Final[Mapping[Language, Mapping[Event, str]]] = MappingProxyType(
    {
        "en": {"raised": "", "reminder": "Still: ", "resolved": "Resolved: ", "test": "Test: "},
        "zh": {"raised": "", "reminder": "仍然：", "resolved": "已恢复：", "test": "测试："},
    }
)
_TEST: Final[Mapping[Language, str]] = MappingProxyType(
    {"en": "alerts of grok2api arrive here", "zh": "grok2api 的告警会发送到这里"}
)


def words(notice: Notice, language: Language) -> Words:
    """Return what is said of a notice."""
    mark = _MARKS[language][notice.event]
    if notice.event == "test":
        return Words(mark + _TEST[language], "")
    title, advice = (_CHINESE if language == "zh" else _ENGLISH)[notice.alert.kind]
    facts = _Facts(notice.alert.facts)
    if language == "zh":
        facts.update({name: _PERIODS.get(value, value) for name, value in facts.items() if name == "period"})
    return Words(
        mark + title.format_map(facts), "" if notice.event == "resolved" else advice.format_map(facts)
    )


class _Facts(dict[str, str]):
    """The facts, each on one line; one that is missing is a dash."""

    def __init__(self, facts: Mapping[str, str]) -> None:
        super().__init__({name: " ".join(value.split())[:300] or "–" for name, value in facts.items()})

    def __missing__(self, name: str) -> str:
        return "–"
