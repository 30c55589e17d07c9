"""Recorded turns as folders of files: a client's request, upstream's events, and what is read of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from grok2api.canonical.plan import Surface

RECORDED = Path(__file__).parents[1] / "contract" / "dialects"


def folders_of(name: str) -> list[Path]:
    """Return the recordings of one kind."""
    return sorted(path for path in (RECORDED / name).iterdir() if path.is_dir())


def request_of(folder: Path) -> dict[str, Any]:
    """Return what the client asked."""
    return msgspec.json.decode((folder / "request.json").read_bytes(), type=dict[str, Any])


def events_of(folder: Path) -> list[bytes]:
    """Return upstream's events, one JSON text each."""
    return (folder / "upstream.jsonl").read_bytes().splitlines()


def surface_of(folder: Path) -> Surface:
    """Return the surface on which upstream answered; Responses clients are answered by their own only."""
    return "chat" if folder.name.startswith("chat-") else "responses"


def bytewise(stream: bytes) -> list[bytes]:
    """Return a stream cut at every byte."""
    return [stream[place : place + 1] for place in range(len(stream))]


def cut(stream: bytes, places: Sequence[int]) -> list[bytes]:
    """Return a stream cut at these places, those behind its end at its end."""
    edges = [0, *sorted(min(place, len(stream)) for place in places), len(stream)]
    return [stream[start:end] for start, end in itertools.pairwise(edges)]
