"""Every setting is documented: in both settings pages, in config.defaults.toml and .env.example."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from grok2api.config.document import DOCUMENTS, render
from grok2api.config.environment import known_names
from grok2api.config.fields import setting_fields
from grok2api.config.loader import load
from grok2api.config.settings import BOOTSTRAP_SECTIONS, Settings

ROOT = Path(__file__).resolve().parents[2]
REFRESH = (
    "out of date; run: PYTHONPATH=src python -c "
    "'import pathlib; from grok2api.config import document; document.write_documents(pathlib.Path())'"
)
PLAIN_NAMES = {
    "SERVER_HOST",
    "SERVER_PORT",
    "SERVER_WORKERS",
    "LOG_LEVEL",
    "SERVER_STORAGE_TYPE",
    "SERVER_STORAGE_URL",
    "REDIS_HOST",
    "REDIS_PORT",
    "REDIS_DB",
    "REDIS_PASSWORD",
    "REDIS_URL",
    "DATABASE_URL",
    "DATA_DIR",
    "XAI_API_KEY",
    "GROK2API_SECRET_KEY",
}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_committed_document_equals_its_rendering(document: str) -> None:
    assert (ROOT / document).read_text(encoding="utf-8") == render(document), f"{document} is {REFRESH}"


def test_the_defaults_file_holds_every_setting_with_its_default_and_a_comment() -> None:
    text = (ROOT / "config.defaults.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    values = {
        f"{section}.{name}": value for section, names in content.items() for name, value in names.items()
    }
    expected = {
        field.path: list(field.default) if isinstance(field.default, tuple) else field.default
        for field in setting_fields()
    }
    assert values == expected
    for field in setting_fields():
        assert re.search(rf"^# .+\n# .+\n# Allowed: .+\n{field.name} = ", text, re.MULTILINE), field.path


@pytest.mark.parametrize("field", setting_fields(), ids=lambda field: field.path)
def test_a_setting_says_what_it_is_for_in_both_languages(field: object) -> None:
    for text in (getattr(field, "help", ""), getattr(field, "help_chinese", "")):
        assert text.endswith((".", "。"))
    assert re.search(r"[\u4e00-\u9fff]", getattr(field, "help_chinese", ""))
    assert getattr(field, "must", "").startswith("must ")
    assert getattr(field, "fix", "").endswith(".")


def test_the_example_environment_names_what_users_know_and_nothing_else() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^# ([A-Z][A-Z0-9_]+)(?==| is another name)", text, re.MULTILINE))
    known = {name for field in setting_fields() for name in known_names(field)}
    assert named >= PLAIN_NAMES
    assert named <= known


def test_a_copy_of_the_example_environment_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text((ROOT / ".env.example").read_text(encoding="utf-8"), encoding="utf-8")
    loaded = load(environ={}, directory=tmp_path)
    assert loaded.settings == Settings()
    assert loaded.warnings == ()


def test_what_stands_outside_of_the_store_needs_a_restart() -> None:
    """Nothing looks after files and environment of a server that runs, so nobody would hear of the change."""
    outside = [each for each in setting_fields() if each.section in BOOTSTRAP_SECTIONS]
    assert [each.path for each in outside if each.reload == "hot"] == []
