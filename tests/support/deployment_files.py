"""The deployment files as values: what they say, read by parsers that need no other program."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from support.processes import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE = (ROOT / "compose.yaml", DEPLOY / "compose" / "postgres.yaml", DEPLOY / "compose" / "mysql.yaml")
KUBERNETES = DEPLOY / "kubernetes"
FILES = sorted(
    path
    for path in (ROOT / "Dockerfile", ROOT / ".dockerignore", ROOT / "compose.yaml", *DEPLOY.rglob("*"))
    if path.is_file() and "__pycache__" not in path.parts
)
_UNITS = {"": 1, "ms": 0.001, "s": 1, "m": 60, "h": 3600}
_SIZES = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "kib": 2**10, "mib": 2**20, "gib": 2**30}

Json = dict[str, Any]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def yaml(path: Path) -> Json:
    return msgspec.yaml.decode(path.read_bytes(), type=dict[str, Any])


def service(path: Path) -> Json:
    """Return what a compose file says of this program."""
    found: Json = yaml(path)["services"]["grok2api"]
    return found


def seconds(text: str | float) -> float:
    """Read `45s`, `2m`, `3660` or a number."""
    found = re.fullmatch(r"([0-9.]+)(ms|s|m|h|)", str(text))
    assert found, text
    return float(found[1]) * _UNITS[found[2]]


def size(text: str) -> int:
    """Read `512m` or `512MiB` as bytes."""
    found = re.fullmatch(r"([0-9]+)([a-z]*)", text.lower())
    assert found, text
    return int(found[1]) * _SIZES[found[2]]


def values(tree: object) -> Iterator[tuple[str, object]]:
    """Yield every name of a tree with what it stands for, also inside lists."""
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            yield str(name), value
            yield from values(value)
    elif isinstance(tree, list):
        for item in tree:
            yield from values(item)


def unit(path: Path) -> Mapping[str, Mapping[str, list[str]]]:
    """Read a systemd unit: sections, names, and every value of a name."""
    parser = configparser.RawConfigParser(strict=True, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    numbered = (
        f"{line.replace('=', f'@{number}=', 1)}" if re.match(r"[A-Za-z]+=", line) else line
        for number, line in enumerate(read(path).splitlines())
    )
    parser.read_string("\n".join(numbered))
    found: dict[str, dict[str, list[str]]] = {}
    for section in parser.sections():
        for name, value in parser.items(section):
            found.setdefault(section, {}).setdefault(name.partition("@")[0], []).append(value)
    return found


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive of nginx or Caddy, with those inside of it."""

    words: tuple[str, ...]
    inside: tuple[Directive, ...] = field(default=())

    def all(self, name: str) -> Iterator[Directive]:
        """Yield every directive of this name, at any depth."""
        for each in self.inside:
            if each.words and each.words[0] == name:
                yield each
            yield from each.all(name)

    def value(self, name: str) -> str:
        """Return what the only directive of this name says."""
        (found,) = self.all(name)
        return " ".join(found.words[1:])


def nginx(path: Path) -> Directive:
    """Read an nginx file; every directive ends with `;` or a block."""
    tokens = re.findall(r"""#[^\n]*|"[^"]*"|'[^']*'|[{};]|[^\s{};]+""", read(path))
    return _block(iter([token for token in tokens if not token.startswith("#")]), ";")


def caddy(path: Path) -> Directive:
    """Read a Caddyfile; every directive ends with its line or a block."""
    lines = (re.sub(r"(^|\s)#.*", "", line).split() for line in read(path).splitlines())
    tokens = (token for line in lines for token in (*line, "\n"))
    return _block(iter(tokens), "\n")


def _block(tokens: Iterator[str], end: str) -> Directive:
    inside: list[Directive] = []
    words: list[str] = []
    for token in tokens:
        if token == "{":
            inside.append(Directive(tuple(words), _block(tokens, end).inside))
            words = []
        elif token == end:
            if words:
                inside.append(Directive(tuple(words)))
            words = []
        elif token == "}":
            break
        else:
            words.append(token.strip("\"'") or token)
    assert not words, words
    return Directive((), tuple(inside))


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions, lines that go on joined."""
    lines = [line for line in read(ROOT / "Dockerfile").splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in joined.splitlines() if line]


def resources(folder: Path) -> list[Json]:
    """Return the resources that a kustomization names, those of its bases too; patches are not applied."""
    kustomization = yaml(folder / "kustomization.yaml")
    found: list[Json] = []
    for name in kustomization["resources"]:
        path = (folder / name).resolve()
        found += resources(path) if path.is_dir() else [yaml(path)]
    return found
