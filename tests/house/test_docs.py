"""The pages: both READMEs tell the same, decisions keep their form, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.console_pages import routes
from support.console_pictures import FOLDER, LANGUAGES, SHOTS, SHOWN, THEMES

ROOT = Path(__file__).resolve().parents[2]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
SECTIONS = ["Context", "Decision", "Consequences", "Alternatives"]
LONGEST_DECISION = 60
LARGEST_PICTURE = 60_000
"""Bytes of one picture; ALL_PICTURES of all of them together: whoever clones the repository gets them."""
ALL_PICTURES = 4_000_000
PAGES = sorted(
    path for pattern in ("*.md", "docs/**/*.md", "bench/*.md", "tests/*/*.md") for path in ROOT.glob(pattern)
)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)\s]+)\)")
PAIRS = [
    (page, page.with_name(f"{page.stem}.zh-CN.md"))
    for page in PAGES
    if page.with_name(f"{page.stem}.zh-CN.md") in PAGES
]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def without_code(text: str) -> str:
    return FENCE.sub("", text)


def levels(text: str) -> list[int]:
    """Return the levels of a page's headings, in their order."""
    return [len(marks) for marks in re.findall(r"^(#+) ", without_code(text), re.MULTILINE)]


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives to a page's headings."""
    titles = re.findall(r"^#+ (.+)$", without_code(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def code(text: str) -> list[str]:
    """Return a page's blocks of code."""
    return FENCE.findall(text)


def test_the_pages_that_exist_in_chinese_are_those_for_users() -> None:
    assert [name_of(page) for page, _ in PAIRS] == [
        "README.md",
        "docs/admin-api.md",
        "docs/alerts.md",
        "docs/audio.md",
        "docs/background.md",
        "docs/claude-code.md",
        "docs/clients.md",
        "docs/console.md",
        "docs/deployment.md",
        "docs/errors.md",
        "docs/fetching.md",
        "docs/files.md",
        "docs/images.md",
        "docs/importing.md",
        "docs/keys.md",
        "docs/media.md",
        "docs/models.md",
        "docs/multimodal.md",
        "docs/parameters.md",
        "docs/pool.md",
        "docs/redis.md",
        "docs/rescue.md",
        "docs/settings.md",
        "docs/shared-state.md",
        "docs/sign-in.md",
        "docs/stores.md",
        "docs/telemetry.md",
        "docs/usage.md",
        "docs/videos.md",
        "docs/websocket.md",
    ]


@pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=lambda path: path.name)
def test_a_page_has_the_same_sections_in_chinese(english: Path, chinese: Path) -> None:
    assert levels(read(chinese)) == levels(read(english))
    assert re.search(r"[\u4e00-\u9fff]", read(chinese))


@pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=lambda path: path.name)
def test_a_page_has_the_same_code_in_chinese(english: Path, chinese: Path) -> None:
    assert code(read(chinese)) == code(read(english))


@pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=lambda path: path.name)
def test_a_page_has_the_same_tables_in_chinese(english: Path, chinese: Path) -> None:
    rows = [len(re.findall(r"^\|", without_code(read(page)), re.MULTILINE)) for page in (english, chinese)]
    assert rows[0] == rows[1]


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_link_leads_to_something_that_is_there(path: Path) -> None:
    dead = []
    for link in LINK.findall(without_code(read(path))):
        target, _, anchor = link.partition("#")
        page = (path.parent / target).resolve() if target else path
        if not page.exists() or (anchor and anchor not in anchors(read(page))):
            dead.append(link)
    assert not dead


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_the_form_of_decisions(path: Path) -> None:
    text = read(path)
    number, title = path.stem[:4], text.splitlines()[0]
    assert re.fullmatch(rf"# {number}: [A-Z].+[^.]", title) or re.fullmatch(rf"# {number}: .+[^.]", title)
    assert re.search(r"^Status: (proposed|accepted|superseded by \d{4})$", text, re.MULTILINE)
    assert re.search(r"^Date: \d{4}-\d{2}-\d{2}$", text, re.MULTILINE)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert len(text.splitlines()) <= LONGEST_DECISION


def test_decisions_are_numbered_without_a_gap_and_listed_in_the_index() -> None:
    index = read(ROOT / "docs" / "decisions" / "README.md")
    assert [path.stem[:4] for path in DECISIONS] == [f"{n:04}" for n in range(1, len(DECISIONS) + 1)]
    assert re.findall(r"\]\((\d{4}-[a-z0-9-]+\.md)\)", index) == [path.name for path in DECISIONS]


def test_the_map_of_the_house_names_every_package() -> None:
    page = read(ROOT / "docs" / "architecture.md")
    table = page.partition("| package |")[2].partition("\n\n")[0]
    packages = {path.parent.name for path in (ROOT / "src" / "grok2api").glob("*/__init__.py")} | {"errors"}
    assert {
        name
        for row in re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    } == packages


def test_every_place_that_the_map_sends_people_to_exists() -> None:
    table = (
        read(ROOT / "docs" / "architecture.md").partition("## Where to change what")[2].partition("\n## ")[0]
    )
    named = set(re.findall(r"`([a-z_0-9]+(?:/[a-z_0-9.]+)+/?)`", table))
    places = [ROOT / "src" / "grok2api", ROOT]
    assert named
    assert not [
        name for name in named if not any(list(place.glob(f"{name.rstrip('/')}*")) for place in places)
    ]


def test_every_page_of_the_console_has_its_pictures() -> None:
    assert set(SHOWN) == routes()
    names = [name for shots in SHOWN.values() for name in shots]
    assert sorted(names) == sorted({*SHOTS, "login"})
    assert {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.webp")} == {
        f"{language}/{name}-{theme}.webp" for language in LANGUAGES for name in names for theme in THEMES
    }


def test_pictures_are_small_and_shown_in_both_themes() -> None:
    kept = sorted((ROOT / "docs" / "pictures").rglob("*.webp"))
    sizes = [path.stat().st_size for path in kept]
    assert max(sizes) <= LARGEST_PICTURE
    assert sum(sizes) <= ALL_PICTURES
    shown = {
        (page.parent / link).resolve()
        for page in PAGES
        for link in LINK.findall(read(page))
        if link.endswith(".webp")
    }
    assert set(kept) == shown
    for path in kept:
        other = "dark" if path.stem.endswith("-light") else "light"
        assert path.with_stem(f"{path.stem.rpartition('-')[0]}-{other}") in kept
