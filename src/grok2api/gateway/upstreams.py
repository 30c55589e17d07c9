"""What the gateway needs of an upstream client; XaiClient is the one there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.fault import Fault
from grok2api.upstream.base import ByteReply, StreamReply, WholeReply


class Upstream(Protocol):
    """Calls that either reply or raise one classified fault."""

    async def stream(self, dispatch: Dispatch, lease: Lease) -> StreamReply:
        """Open an event stream, or raise UpstreamFault."""
        ...

    async def whole(self, dispatch: Dispatch, lease: Lease) -> WholeReply:
        """Return a complete 2xx answer, or raise UpstreamFault."""
        ...

    async def download(self, dispatch: Dispatch, lease: Lease) -> ByteReply:
        """Open an answer whose bytes are handed on as they come, or raise UpstreamFault."""
        ...

    def classify_event(self, error: Mapping[str, object]) -> Fault:
        """Classify an error that a stream reported."""
        ...

    def unreadable_stream(self, reason: str) -> Fault:
        """Return the fault for a stream that broke off or cannot be read."""
        ...
