"""How much memory a process takes while something happens (Linux only)."""

from __future__ import annotations

from pathlib import Path

MEBIBYTE = 1_048_576
CAN_MEASURE = Path("/proc/self/clear_refs").exists()


class MemoryUse:
    """The memory of a process, and its peak since the measuring began."""

    def __init__(self, process_id: int) -> None:
        self._folder = Path(f"/proc/{process_id}")
        (self._folder / "clear_refs").write_text("5")
        self._before = self._read("VmRSS")

    def _read(self, name: str) -> int:
        lines = (self._folder / "status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))

    @property
    def risen(self) -> float:
        """Return by how many MiB the peak is over the beginning."""
        return (self._read("VmHWM") - self._before) / MEBIBYTE
