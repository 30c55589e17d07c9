"""How the network fails, in the terms that the gateway decides by: whose fault, and what upstream may have.

Must never carry a proxy's user name or password, nor a URL that holds one.
"""

from __future__ import annotations

from typing import Literal

Where = Literal["proxy", "connect", "exchange"]
"""`proxy`: the proxy; `connect`: the way to upstream; `exchange`: a connection that stood."""


class TransportError(Exception):
    """The network failed.

    Attributes:
        sent: upstream may have received the whole request.
        timed_out: a deadline of ours passed.
        where: who is to blame.
        stale: the request went out on a connection that had served before, and that was closed before one
            byte of an answer came. Upstream closes idle connections without asking: nobody is to blame,
            and one more try is due (RFC 9112, 9.3.1).
    """

    def __init__(
        self,
        message: str,
        *,
        sent: bool,
        timed_out: bool = False,
        where: Where | None = None,
        stale: bool = False,
    ) -> None:
        super().__init__(message)
        self.sent = sent
        self.timed_out = timed_out
        self.where: Where = where or ("exchange" if sent else "connect")
        self.stale = stale


def failure(
    error: BaseException, *, sent: bool, where: Where | None = None, stale: bool = False
) -> TransportError:
    """Return what the error of a library means; its text is cut to a length that fits into a log."""
    text = str(error)
    message = f"{type(error).__name__}: {text}" if text else type(error).__name__
    timed_out = isinstance(error, TimeoutError) and not getattr(error, "errno", None)
    return TransportError(message[:300], sent=sent, timed_out=timed_out, where=where, stale=stale)
