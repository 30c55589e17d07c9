"""The files of all teams. Another team's file is simply not there; an expired one is gone."""

from __future__ import annotations

from dataclasses import dataclass

from grok2api.kit.clock import Clock
from grok2api.sandbox.blobs import Blob
from grok2api.sandbox.wire import Json

MAX_FILES = 5_000


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file; times are wall seconds, `expires` is None for a file that stays."""

    id: str
    team_id: str
    filename: str
    purpose: str
    content_type: str
    content: Blob
    created: float
    expires: float | None

    def shown(self) -> Json:
        """Return the file object as the API shows it."""
        return {
            "id": self.id,
            "object": "file",
            "bytes": self.content.length,
            "created_at": int(self.created),
            "expires_at": None if self.expires is None else int(self.expires),
            "filename": self.filename,
            "purpose": self.purpose,
        }


class Files:
    """Every file of one sandbox, oldest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._files: dict[tuple[str, str], StoredFile] = {}

    def keep(self, file: StoredFile) -> None:
        """Keep a file; the oldest goes when there are too many."""
        self._files[file.team_id, file.id] = file
        while len(self._files) > MAX_FILES:
            del self._files[next(iter(self._files))]

    def find(self, team_id: str, identifier: str) -> StoredFile | None:
        """Return a file of this team, or None."""
        file = self._files.get((team_id, identifier))
        return file if file is not None and self._lives(file) else None

    def of_team(self, team_id: str) -> list[StoredFile]:
        """Return the files of a team, oldest first."""
        return [file for file in self._files.values() if file.team_id == team_id and self._lives(file)]

    def delete(self, team_id: str, identifier: str) -> bool:
        """Delete a file of this team; tell whether there was one."""
        file = self._files.pop((team_id, identifier), None)
        return file is not None and self._lives(file)

    def _lives(self, file: StoredFile) -> bool:
        return file.expires is None or file.expires > self._clock.now()
