"""The Responses API as the gateway sees it: forward mode only, so bytes travel both ways.

Must never hold anything of a request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from grok2api.canonical.amendments import UNAMENDED, Amendments
from grok2api.canonical.call import Call
from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.enclosures import Content, Enclosure
from grok2api.canonical.plan import Plan, Target
from grok2api.dialects.base import Envelope, View, Writer
from grok2api.dialects.openai_errors import error_body
from grok2api.dialects.responses import request
from grok2api.dialects.responses.envelope import Echo
from grok2api.dialects.responses.forward import ResponsesForwarder
from grok2api.dialects.responses.preparing import prepared
from grok2api.dialects.responses.sealing import Sealer
from grok2api.errors import Grok2ApiError
from grok2api.kit.sealedid import SealedIds
from grok2api.kit.sse import KEEP_ALIVE

Read = Callable[[bytes, Envelope, SealedIds], Call]


class ResponsesDialect:
    """OpenAI's Responses API over xAI's own.

    Args:
        sealed_ids: Seals the ids that clients see and opens those that they send back.
        read: Checks a body; that of a request which is only counted may lack what a turn needs.
    """

    def __init__(self, sealed_ids: SealedIds, *, read: Read = request.parse) -> None:
        self._ids = sealed_ids
        self._read = read

    keep_alive = KEEP_ALIVE

    @property
    def name(self) -> Literal["responses"]:
        """Return the dialect's name."""
        return "responses"

    def parse(self, raw: bytes, envelope: Envelope) -> Call:
        """Check a request body.

        Raises:
            InvalidRequest: something is missing or malformed.
            Unsupported: something is asked for that Grok cannot do.
        """
        return self._read(raw, envelope, self._ids)

    def translate(
        self, call: Call, target: Target, lease: Lease, amendments: Amendments = UNAMENDED
    ) -> Dispatch:
        """Write the request for one attempt, from the client's bytes."""
        return request.translate(call, target, lease, self._ids, amendments)

    def conversation(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """Return the conversation as items of the Responses API."""
        return request.conversation(call, self._ids)

    def enclosed(self, call: Call, contents: Mapping[Enclosure, Content]) -> Call:
        """Return the call with what Grok can take in the place of what it encloses."""
        return request.enclosed(call, contents)

    def forwarder(self, call: Call, lease: Lease, view: View) -> ResponsesForwarder:
        """Return the presenter for upstream's own bytes."""
        return self._presenter(call, lease.account_id, view)

    def writer(self, call: Call, plan: Plan, view: View) -> Writer | None:
        """Return None: this dialect only forwards."""
        return None

    def error_body(self, error: Grok2ApiError, request_id: str) -> bytes:
        """Return the body of an error that comes before a stream."""
        return error_body(error)

    def opened_failure(self, call: Call, view: View, error: Grok2ApiError) -> bytes:
        """Return the bytes that end a stream of which nothing but keep-alives was sent."""
        return self._presenter(call, "", view).fail(error)

    def prepared(self, call: Call, view: View) -> tuple[str, bytes]:
        """Return the id and the events of a response for which the model was not asked."""
        sealer = Sealer(self._ids, account="", owner=call.caller.key_id, model=call.model)
        return prepared(self._echo(call, sealer, view), sealer.response(f"prepared_{call.request_id}"[:160]))

    def _presenter(self, call: Call, account: str, view: View) -> ResponsesForwarder:
        asked = request.asked(call)
        sealer = Sealer(
            self._ids,
            account=account,
            owner=call.caller.key_id,
            model=call.model,
            kept=asked.get("store") is not False,
            background=call.background,
        )
        return ResponsesForwarder(self._echo(call, sealer, view), call.request_id)

    def _echo(self, call: Call, sealer: Sealer, view: View) -> Echo:
        asked = request.asked(call)
        return Echo(
            sealer=sealer,
            created=view.created,
            asked=asked,
            previous_response_id=asked.get("previous_response_id"),
            names=request.names(call),
            price=view.price,
        )
