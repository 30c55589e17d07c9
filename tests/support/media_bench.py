"""A media library over a store in memory and whatever places a test wants, and bytes that are real files."""

from __future__ import annotations

import io
import struct
import wave
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image

from grok2api.kit.clock import ManualClock
from grok2api.media.backends import Backend
from grok2api.media.disk import LocalDisk, host_of
from grok2api.media.library import MediaLibrary, MediaRules, Places
from support.memory_records import MemoryRecords

MEBIBYTE = 1_048_576


def a_picture(form: str = "PNG", *, shade: int = 0, size: int = 16) -> bytes:
    """Return a picture that decodes."""
    content = io.BytesIO()
    Image.new("RGB", (size, size), (shade, 10, 20)).save(content, form)
    return content.getvalue()


def a_sound() -> bytes:
    """Return a tenth of a second of silence as WAV."""
    content = io.BytesIO()
    with wave.open(content, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(1600))
    return content.getvalue()


def a_clip(size: int = 1000) -> bytes:
    """Return the frame of an MP4: a type box, and a box of data that makes up the size."""
    kind = struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"isom", 512, b"isom", b"mp41")
    data = size - len(kind)
    cycle = bytes(range(251))
    return kind + struct.pack(">I4s", data, b"mdat") + (cycle * (data // 251 + 1))[: data - 8]


@dataclass
class MediaBench:
    """A library and what it stands on."""

    root: Path
    records: MemoryRecords = field(default_factory=MemoryRecords)
    clock: ManualClock = field(default_factory=ManualClock)
    rules: MediaRules = field(default_factory=lambda: MediaRules(limit=64 * MEBIBYTE, spare=0))
    host: str = field(init=False)
    library: MediaLibrary = field(init=False)

    def __post_init__(self) -> None:
        self.host = host_of(self.root)
        self.open({self.host: LocalDisk(self.root)}, self.host)

    def open(self, backends: dict[str, Backend], host: str) -> MediaLibrary:
        """Put the library on these places."""
        places = Places(root=self.root, host=host, backends=backends)
        self.library = MediaLibrary(self.records.assets, places, self.clock, rules=lambda: self.rules)
        return self.library

    def limit(self, **changes: int) -> None:
        """Change the rules."""
        self.rules = replace(self.rules, **changes)

    def files(self) -> list[str]:
        """Return the names of all files on the disk, but the one with the folder's identity."""
        found = (path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file())
        return sorted(name for name in found if name != "host.id")
