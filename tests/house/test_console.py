"""The console's source: its types are the API's, its texts are in both languages, its build is whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from grok2api.admin.console.files import DIST
from support.admin_types import TYPES, Schema, typescript

ROOT = Path(__file__).resolve().parents[2]
UI = ROOT / "ui"
SOURCES = sorted(path for ending in ("*.ts", "*.tsx", "*.css") for path in (UI / "src").rglob(ending))
GENERATED = {TYPES}
LONGEST = 400
KEY = re.compile(r"""\bt\(\s*"([\w.:-]+(?: [\w.-]+)*)\"""")
SPOKEN = re.compile(
    r"""\b(?:aria-label|title|placeholder|alt|label|hint|description)="([^"]*[A-Za-z]{3,}[^"]*)\""""
)
UNSPOKEN = {"x-request-id", "xai-…"}
"""What stands in attributes and is no language."""
NAMES = {
    "credentials.tier.super",
    "keys.endpoint.messages",
    "keys.endpoint.responses",
    "models.more",
    "system.python",
}
"""What is called the same in both languages."""
PLURALS = ("_one", "_other")


def texts(language: str) -> dict[str, str]:
    """Return all texts of a language by dotted key."""

    def flat(tree: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
        for name, value in tree.items():
            if isinstance(value, Mapping):
                yield from flat(value, f"{prefix}{name}.")
            else:
                yield prefix + name, str(value)

    index = (UI / "src" / "i18n" / language / "index.ts").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for name, file in re.findall(r'import (\w+) from "\./([\w-]+\.json)"', index):
        tree = json.loads((UI / "src" / "i18n" / language / file).read_text(encoding="utf-8"))
        found |= dict(flat(tree, "" if f"...{name}" in index else f"{name}."))
    return found


def said(key: str, found: Mapping[str, str]) -> bool:
    return key in found or any(key + form in found for form in PLURALS)


def test_the_types_are_those_of_the_admin_api(admin_api: Schema) -> None:
    assert TYPES.read_text(encoding="utf-8") == typescript(admin_api), "make types"


def test_a_file_is_short_enough_to_be_read() -> None:
    lengths = {
        path.name: len(path.read_text(encoding="utf-8").splitlines())
        for path in SOURCES
        if path not in GENERATED
    }
    assert not {name: length for name, length in lengths.items() if length > LONGEST}


def test_both_languages_say_the_same_things() -> None:
    english, chinese = texts("en"), texts("zh-CN")
    assert {re.sub("_one$", "_other", key) for key in english} == set(chinese)
    untranslated = {
        key for key, text in chinese.items() if re.search("[a-z]{4,}", text) and text == english[key]
    }
    assert untranslated == NAMES


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_text_that_is_asked_for_is_there(language: str) -> None:
    found = texts(language)
    asked = {key for path in SOURCES for key in KEY.findall(path.read_text(encoding="utf-8"))}
    assert len(asked) > 300
    assert not {key for key in asked if not said(key, found)}


def test_no_text_stands_outside_of_the_languages() -> None:
    found = {
        (path.name, text)
        for path in SOURCES
        if path.suffix == ".tsx"
        for text in SPOKEN.findall(path.read_text(encoding="utf-8"))
        if text not in UNSPOKEN
    }
    assert not found


def test_the_build_asks_no_other_host_and_runs_no_text() -> None:
    scripts = {path.name: path.read_text(encoding="utf-8") for path in DIST.glob("*.js")}
    assert {"app.js", "vendor.js", "credentials.js", "login.js"} <= set(scripts)
    for name, text in scripts.items():
        assert not re.search(r"""\b(?:fetch|import)\(\s*["'`]https?:""", text), name
        assert not re.search(r"\bnew Function\(|\beval\(", text), name
        for needed in re.findall(r"""(?:from|import)\s*\(?["'`]\./([\w.-]+\.js)["'`]""", text):
            assert needed in scripts, f"{name} needs {needed}"


def test_the_lock_of_the_console_names_no_place_to_fetch_from() -> None:
    lock = (UI / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    asked = json.loads((UI / "package.json").read_text(encoding="utf-8"))
    versions = {**asked["dependencies"], **asked["devDependencies"]}
    assert not {
        name: version for name, version in versions.items() if not re.fullmatch(r"\d[\w.-]*", version)
    }
