"""Joins two parts that need each other: the pool wants tokens, and the desk that gets them changes the pool.

Must never wait: it is called while a request chooses its credential.
"""

from __future__ import annotations

from grok2api.pool.refresh.desk import RefreshDesk


class Wishes:
    """Hands the pool's wishes for tokens to the desk, once there is one."""

    def __init__(self) -> None:
        self._desk: RefreshDesk | None = None

    def serve_at(self, desk: RefreshDesk | None) -> None:
        """Let this desk serve them; None where sign-ins are not allowed."""
        self._desk = desk

    def want(self, credential_id: str, rejected: int | None) -> None:
        """Have a sign-in refreshed soon."""
        if self._desk is not None:
            self._desk.want(credential_id, rejected)
