"""What the gateway sees of an upstream: a call either gives a reply or raises one classified fault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from grok2api.canonical.fault import Fault
from grok2api.kit.sse import Frame


class UpstreamFault(Exception):
    """A call failed; `fault` says who is to blame and what to do."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.kind}: {fault.detail or fault.message}")
        self.fault = fault


class StreamReply(Protocol):
    """An open event stream."""

    @property
    def request_id(self) -> str:
        """Return upstream's own id of the request, for the log."""
        ...

    @property
    def allowance(self) -> float | None:
        """Return the share of the account's allowance that is left, 0 to 1; None if upstream does not say."""
        ...

    async def read(self) -> list[Frame] | None:
        """Return the next frames (possibly none), or None at the end of the stream.

        Raises:
            UpstreamFault: the connection broke, fell silent, or sent what is no event stream.
        """
        ...

    def close(self) -> None:
        """Drop the connection if the stream has not ended. Never waits, never raises."""
        ...


@dataclass(frozen=True, slots=True)
class WholeReply:
    """A complete answer with a 2xx status."""

    status: int
    request_id: str
    content: bytes
    allowance: float | None = None
    """Share of the account's allowance that is left, 0 to 1; None if upstream does not say."""


class ByteReply(Protocol):
    """An answer that is no text for us: a file, a voice, a clip. Its bytes travel as they come."""

    @property
    def content_type(self) -> str:
        """Return what upstream says it is, with its parameters; empty if it says nothing."""
        ...

    @property
    def length(self) -> int | None:
        """Return how many bytes there will be; None if upstream does not say."""
        ...

    @property
    def request_id(self) -> str:
        """Return upstream's own id of the request, for the log."""
        ...

    async def chunk(self) -> bytes:
        """Return the next bytes as the network gave them; empty at the end.

        Raises:
            UpstreamFault: the body broke off or fell silent.
        """
        ...

    def close(self) -> None:
        """Drop the connection if the body has not ended. Never waits, never raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamModel:
    """One entry of upstream's model list."""

    id: str
    created: int = 0
    aliases: tuple[str, ...] = ()
    efforts: tuple[str, ...] | None = None
    """Reasoning efforts the model takes; None when upstream does not say."""
