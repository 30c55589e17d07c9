"""The locks: everything by hash, nothing by address, and nothing that was asked for missing."""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt")
PINNED = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^\s;]+)(?: ; [^\\]+?)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")
ADDRESS = re.compile(r"https?://|git\+|file:|--(?:extra-)?index-url|--find-links|--trusted-host| @ ")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def normal(requirement: str) -> str:
    """Return the name of a requirement as locks write it."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name is not None, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def locked(lock: str) -> dict[str, str]:
    """Return the versions of a lock by name."""
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    return {found["name"]: found["version"] for line in lines if (found := PINNED.match(line))}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_a_pinned_version_a_hash_or_a_comment(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    strange = [
        line for line in lines if not (PINNED.match(line) or HASH.match(line) or re.match(r" *#", line))
    ]
    assert not strange


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pinned_version_has_a_hash(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    bare = [line for line, following in pairwise(lines) if PINNED.match(line) and not HASH.match(following)]
    assert not bare


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place_to_fetch_from(lock: str) -> None:
    assert ADDRESS.search((ROOT / lock).read_text(encoding="utf-8")) is None


@pytest.mark.parametrize("requirement", PROJECT["project"]["dependencies"], ids=normal)
def test_what_the_program_needs_is_locked_for_running_and_for_development(requirement: str) -> None:
    name = normal(requirement)
    assert name in locked("requirements.txt")
    assert locked("requirements.txt")[name] == locked("requirements-dev.txt")[name]


@pytest.mark.parametrize("requirement", PROJECT["dependency-groups"]["dev"], ids=normal)
def test_what_development_needs_is_locked(requirement: str) -> None:
    assert normal(requirement) in locked("requirements-dev.txt")


def test_both_locks_agree() -> None:
    running, developing = locked("requirements.txt"), locked("requirements-dev.txt")
    assert running.items() <= developing.items()


def test_the_lock_of_the_node_clients_names_no_place_to_fetch_from() -> None:
    locks = [path for path in ROOT.glob("*/*/package-lock.json") if "node_modules" not in path.parts]
    assert not [path.name for path in locks if '"resolved"' in path.read_text(encoding="utf-8")]
