"""The error pages name every error that the gateway can send, and none that it cannot."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from grok2api import errors
from grok2api.canonical.fault import Fault
from grok2api.gateway.failures import fault_error
from grok2api.upstream.xai import faults

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "grok2api"
PAGES = ("docs/errors.md", "docs/errors.zh-CN.md")
ABSTRACT = {errors.ClientError, errors.PoolError}
"""Never raised themselves."""

ROW = re.compile(r"^\| (\d{3}) \| `(\w+)` \| `(\w+)` \| ([`\w, ]+) \| (.+) \| (.+) \|$", re.MULTILINE)
Line = tuple[int, str, str, str]
"""Status, code, type, class."""


def line(error: errors.Grok2ApiError) -> Line:
    return (error.status, error.code, error.kind, type(error).__name__)


def classes() -> list[type[errors.Grok2ApiError]]:
    found = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    return [kind for kind in found if issubclass(kind, errors.Grok2ApiError) and kind not in ABSTRACT]


def made(kind: type[errors.Grok2ApiError], **chosen: object) -> errors.Grok2ApiError:
    """Return an error of this class, with what the class insists on."""
    needed = inspect.signature(kind).parameters.values()
    given = {one.name: "" for one in needed if one.default is one.empty and one.name != "public_message"}
    return kind("", **{**given, **chosen})  # type: ignore[arg-type]


def of_classes() -> Iterator[Line]:
    return (line(made(kind)) for kind in classes())


def of_faults() -> Iterator[Line]:
    """Yield the errors that the classifier's templates become."""
    for template in vars(faults).values():
        if isinstance(template, faults._Template):
            fault = Fault(
                kind=template.kind,
                scope=template.scope,
                status=template.status,
                code=template.code,
                message=template.message,
                retryable=template.retryable,
            )
            yield line(fault_error(fault))


def literal_calls() -> Iterator[tuple[str, dict[str, object]]]:
    """Yield (function, literal keywords) of every call in the product that names a code."""
    for path in SOURCE.rglob("*.py"):
        if "sandbox" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                given: dict[str, object] = {
                    word.arg: word.value.value
                    for word in node.keywords
                    if word.arg and isinstance(word.value, ast.Constant)
                }
                if isinstance(given.get("code"), str):
                    yield ast.unparse(node.func), given


def of_literals() -> Iterator[Line]:
    for function, given in literal_calls():
        kind = getattr(errors, function)
        chosen = {name: given[name] for name in ("status", "code", "kind") if name in given}
        yield line(made(kind, **chosen))


def documented(page: str) -> set[Line]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return {
        (int(status), code, kind, name)
        for status, code, kind, names, _, _ in ROW.findall(text)
        for name in re.findall(r"`(\w+)`", names)
    }


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_every_error_of_the_code_and_no_other(page: str) -> None:
    assert documented(page) == {*of_classes(), *of_faults(), *of_literals()}


def test_both_pages_have_the_same_rows_in_the_same_order() -> None:
    first, second = (
        [row[:4] for row in ROW.findall((ROOT / page).read_text(encoding="utf-8"))] for page in PAGES
    )
    assert first == second


def test_a_code_means_one_status() -> None:
    statuses: dict[str, set[int]] = {}
    for status, code, _, _ in documented(PAGES[0]):
        statuses.setdefault(code, set()).add(status)
    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}
