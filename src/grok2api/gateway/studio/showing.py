"""A picture or a clip on its way to a client, as an open answer like any other.

What the studio tells is written in the words of xAI's Responses, and read by whoever presents such a stream
to the client. Must never end a stream of a failure with a sign of success.
"""

from __future__ import annotations

from collections.abc import Callable

from grok2api.accounting.settlement import Settlement
from grok2api.canonical.usage import End
from grok2api.dialects.base import Answer, Presenter
from grok2api.errors import Grok2ApiError
from grok2api.gateway.studio.script import Script
from grok2api.gateway.studio.takes import Progress, Take
from grok2api.kit.sse import Frame


class Showing:
    """An open stream of an answer.

    Args:
        take: What is told.
        presenter: Writes it for the client.
        script: Writes it as xAI would.
        settlement: The request's account; closed at the end.
        shows_progress: Whether the client is shown how far it is.
    """

    def __init__(
        self,
        take: Take,
        presenter: Presenter,
        script: Script,
        settlement: Settlement,
        *,
        shows_progress: bool,
    ) -> None:
        self.target = take.target
        self.lease = take.lease
        self.dropped = take.dropped
        self.rescued = False
        self.keep: Callable[[Answer], None] | None = None
        self._pieces = take.pieces
        self._presenter = presenter
        self._script = script
        self._settlement = settlement
        self._shows_progress = shows_progress
        self._frames: list[Frame] = script.opening()
        self.ended: End | None = None
        self.error: Grok2ApiError | None = None

    @property
    def answer(self) -> Answer | None:
        """Return the finished response, where the dialect keeps one."""
        return self._presenter.answer

    async def next(self) -> bytes | None:
        """Return the client's next bytes, never empty; None when the answer is over and settled."""
        while self.ended is None:
            written = await self._advance()
            if written:
                self._settlement.first_byte()
            if self._presenter.ending is not None:
                self.close("completed")
            if written:
                return written
        return None

    async def _advance(self) -> bytes:
        frames, self._frames = self._frames, []
        if frames:
            return self._presenter.feed(frames)
        try:
            piece = await anext(self._pieces)
        except Grok2ApiError as error:
            return self.fail(error, "failed")
        if isinstance(piece, Progress):
            return self._presenter.feed(self._script.thinking(piece.text)) if self._shows_progress else b""
        return self._presenter.feed(self._script.answer(piece.text, piece.usage))

    def fail(self, error: Grok2ApiError, end: End = "cut") -> bytes:
        """End the answer after an error; return the bytes that say so (empty once it is over)."""
        if self.ended is not None:
            return b""
        written = self._presenter.fail(error)
        self.close(end, error)
        return written

    def close(self, end: End, error: Grok2ApiError | None = None) -> None:
        """Settle the request. Later calls change nothing."""
        if self.ended is None:
            self.ended, self.error = end, error
            self._settlement.close(end=end, status=200, error_code=error.code if error else "")
