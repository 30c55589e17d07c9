"""Whatever can be said of a wrong value can be said in Chinese: found in the declarations and in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import grok2api
from grok2api.config.chinese import refusal, retold, rule_of, translated
from grok2api.config.fields import setting_fields

CONFIG = Path(grok2api.__file__).parent / "config"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
STANDING_FOR = {"known": "redis://", "error": "name each model once", "field.must": "must be a list of texts"}


def said(node: ast.expr) -> str:
    """Return a text of the source, with something sensible in the places that are filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(said, node.values))
    if isinstance(node, ast.FormattedValue):
        return STANDING_FOR.get(ast.unparse(node.value), "32")
    return ""


def of_checks() -> Iterator[str]:
    """Yield each rule and advice that stands in the code of the checks."""
    for path in sorted(CONFIG.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "WrongValue":
                yield from filter(None, map(said, node.args))
            if path.name == "consistency.py" and isinstance(node, ast.Yield):
                found = node.value
                if isinstance(found, ast.Tuple):
                    yield from filter(None, map(said, found.elts[1:]))


def test_every_setting_has_a_rule_an_advice_and_a_help_in_chinese() -> None:
    for field in setting_fields():
        assert CHINESE.search(field.help_chinese), field.path
        assert CHINESE.search(translated(field.fix)), (field.path, field.fix)
        sentence = refusal(field, field.must, "")
        assert rule_of(field) in sentence
        assert "must" not in sentence, field.path


def test_every_check_can_be_told_in_chinese() -> None:
    texts = list(of_checks())
    assert len(texts) > 25
    missing = [each for each in texts if not CHINESE.search(translated(each))]
    assert missing == []


def test_an_unknown_rule_falls_back_on_what_the_setting_takes() -> None:
    port = next(each for each in setting_fields() if each.path == "server.port")
    assert rule_of(port) == "取值：整数，0 至 65535"
    assert rule_of(port) in refusal(port, "must be something new", "")


def test_a_refusal_of_the_start_is_retold_without_the_value() -> None:
    said = "app.auth = none (from store): must be keys while server.host is 0.0.0.0, which others can reach."
    told = retold(f"{said} Fix: set app.auth to keys, or server.host to 127.0.0.1.")
    assert told.startswith("app.auth 的值不符合要求。server.host 为 0.0.0.0")
    assert "请把 app.auth 设为 keys" in told
    assert retold("something else went wrong") == ""
