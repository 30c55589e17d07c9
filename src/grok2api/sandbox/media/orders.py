"""What a prompt, or a scenario, orders for a result of media: how long it takes and how it goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grok2api.sandbox import faults
from grok2api.sandbox.kept.links import LIFETIME
from grok2api.sandbox.wire import Request

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Orders:
    """The marks in force, by name, each with its number or None; `detail` is what a scenario adds."""

    marks: dict[str, float | None]
    detail: Any = None

    def seconds(self, usual: float) -> float:
        """Return how long a job takes."""
        given = self.marks.get("seconds")
        return usual if given is None else given

    def lifetime(self) -> float:
        """Return how long a link lives in seconds; one that is ordered dead is dead at once."""
        if "dead_links" not in self.marks:
            return LIFETIME
        return self.marks["dead_links"] or 0.0

    def size(self) -> int:
        """Return how many bytes a result has at least."""
        return int((self.marks.get("big") or 0.0) * MEGABYTE)

    def moderated(self, index: int) -> bool:
        """Tell whether result `index` is withheld, and says so."""
        return self._counts("moderated", index)

    def missing(self, index: int) -> bool:
        """Tell whether result `index` is withheld without a word."""
        return self._counts("missing_url", index)

    def outcome(self) -> str:
        """Return how a job ends: done, failed or expired."""
        if "job_failed" in self.marks:
            return "failed"
        return "expired" if "job_expired" in self.marks else "done"

    def error(self) -> dict[str, str]:
        """Return the error of a failed job."""
        usual = {"code": "internal_error", "message": "Video generation failed. Please try again."}
        told = self.detail if isinstance(self.detail, dict) else {}
        return usual | {name: str(told[name]) for name in ("code", "message") if name in told}

    def _counts(self, name: str, index: int) -> bool:
        if name not in self.marks:
            return False
        count = self.marks[name]
        return count is None or index < count


def read(request: Request, prompt: str) -> Orders:
    """Return the orders for a request: those of its prompt, and the one of a scenario."""
    marks = {name: value for name, value in faults.marks_of(prompt).items() if name in faults.ORDERS}
    if request.manner in faults.ORDERS:
        marks[request.manner] = request.amount
    return Orders(marks, request.detail)
