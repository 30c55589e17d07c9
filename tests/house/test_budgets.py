"""Sizes and habits that a review should not have to look for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 500
LONGEST_FUNCTION = 60
SOURCES = sorted(path for folder in ("src", "tests", "bench") for path in (ROOT / folder).rglob("*.py"))
CODE = sorted(
    path
    for folder in ("src", "tests", "bench")
    for ending in ("*.py", "*.mjs", "*.c", "*.h")
    for path in (ROOT / folder).rglob(ending)
    if "node_modules" not in path.parts
)
EDGES = {
    ("src/grok2api/server/edge.py", "__call__"): "nothing may escape as a bare 500 of the server",
    ("src/grok2api/server/socket_edge.py", "__call__"): "the server would only close the connection",
    ("src/grok2api/api/v1/socket.py", "answer"): "a turn that fails must not end the socket",
    ("src/grok2api/server/periodic.py", "keep_running"): "a job that fails must not end the process",
    ("src/grok2api/storage/redis_state/line.py", "_send"): "whoever waits must be told of any failure",
}
"""The only functions that may catch whatever comes."""

UNFINISHED = re.compile(
    r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error")) + r")\b"
)
WORKPLACE = re.compile(r"(?<![\w.])/wo" + r"rk/|\.\./sha" + "red")
"""Addresses of a developer's machine, which mean nothing in a clone."""

TEXTS = {".py", ".md", ".toml", ".txt", ".c", ".h", ".mjs", ".json", ".jsonl", ".sse", ".yaml", ".example"}
SKIPPED = {"node_modules", "results", "build", "data"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def texts() -> Iterator[Path]:
    """Yield the texts of a checkout; what lies in hidden folders, or is built or fetched, is left out."""
    for path in ROOT.rglob("*"):
        folders = path.relative_to(ROOT).parts[:-1]
        kept = not any(folder.startswith(".") or folder in SKIPPED for folder in folders)
        if kept and path.is_file() and (path.suffix in TEXTS or path.name == "Makefile"):
            yield path


def catches_everything(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler takes any exception and does not pass it on."""
    caught = "BaseException" if handler.type is None else ast.unparse(handler.type)
    if not re.search(r"\b(Base)?Exception\b", caught):
        return False
    last = handler.body[-1]
    return not (isinstance(last, ast.Raise) and last.exc is None)


def test_a_file_is_short_enough_to_be_read() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in CODE}
    assert not {name: length for name, length in lengths.items() if length > LONGEST_FILE}, "split it by job"


def test_a_function_is_short_enough_to_be_understood() -> None:
    lengths = {
        f"{name_of(path)}: {function.name}": (function.end_lineno or 0) - function.lineno + 1
        for path in SOURCES
        for function in functions(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert not {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION}, "split it"


def test_exceptions_are_caught_wholesale_at_the_named_edges_only() -> None:
    found = {
        (name_of(path), function.name)
        for path in SOURCES
        for text in (path.read_text(encoding="utf-8"),)
        if re.search(r"Exception|except\s*:", text)
        for function in functions(ast.parse(text))
        for node in ast.walk(function)
        if isinstance(node, ast.ExceptHandler) and catches_everything(node)
    }
    assert found == set(EDGES)


def test_a_module_says_why_it_exists() -> None:
    modules = (ROOT / "src").rglob("*.py")
    assert not [
        name_of(path)
        for path in modules
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]


def test_nothing_is_left_unfinished_or_bound_to_a_workplace() -> None:
    found = [
        f"{name_of(path)}: {match[0]}"
        for path in texts()
        for match in (pattern.search(path.read_text(encoding="utf-8")) for pattern in (UNFINISHED, WORKPLACE))
        if match
    ]
    assert not found
