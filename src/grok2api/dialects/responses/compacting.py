"""`POST /v1/responses/compact`: a conversation goes in, one opaque item comes out that stands for it.

xAI compacts items only, so a conversation that it stores is fetched first. Instructions are what the model is
told before the conversation, so they go in front of it as a system message: dropping them would let the
compaction forget what they ask to be kept. Must never pass on an answer without a compaction in it.
Source: openai-python `CompactedResponse`; xai-api.md §2.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from grok2api.canonical.amendments import UNAMENDED, Amendments
from grok2api.canonical.body import Body
from grok2api.canonical.call import Call
from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.enclosures import Content, Enclosure
from grok2api.canonical.plan import Plan, Target
from grok2api.canonical.usage import Usage
from grok2api.dialects.base import Answer, Ending, Envelope, Heard, View, Writer
from grok2api.dialects.conversation import affinity_of
from grok2api.dialects.enclosing import Pin, pinned_files, reads_files
from grok2api.dialects.openai_errors import error_body
from grok2api.dialects.responses.compact_fields import COMPACT_FIELDS
from grok2api.dialects.responses.enclosures import enclosures_in
from grok2api.dialects.responses.encrypted_input import readers_of
from grok2api.dialects.responses.envelope import Echo, public_output, public_usage, usage_of
from grok2api.dialects.responses.forward import decoded, failure_in
from grok2api.dialects.responses.input_items import check_input, continued_input, system_message
from grok2api.dialects.responses.references import references_in
from grok2api.dialects.responses.request import (
    PATH,
    enclosed,
    previous_response,
    written_input,
)
from grok2api.dialects.responses.sealing import Sealer
from grok2api.dialects.responses.tool_names import NO_DISGUISES
from grok2api.errors import Grok2ApiError
from grok2api.kit.sealedid import SealedIds
from grok2api.kit.sse import KEEP_ALIVE, Frame

_OWN: Final = frozenset({row.name for row in COMPACT_FIELDS.rows})
_encode = msgspec.json.Encoder().encode


class CompactDialect:
    """Compaction, as one more way to ask for a whole answer.

    Args:
        sealed_ids: Seals the ids that clients see and opens those that they send back.
    """

    keep_alive = KEEP_ALIVE

    def __init__(self, sealed_ids: SealedIds) -> None:
        self._ids = sealed_ids

    @property
    def name(self) -> Literal["responses"]:
        """Return the dialect's name."""
        return "responses"

    def parse(self, raw: bytes, envelope: Envelope) -> Call:
        """Check a request body.

        Raises:
            InvalidRequest: something is missing or malformed.
            Unsupported: something is asked for that cannot be done.
        """
        body = Body.parse(raw)
        checked = COMPACT_FIELDS.check(body, strict=envelope.caller.strict)
        values, owner = checked.values, envelope.caller.key_id
        named = values.get("previous_response_id")
        previous = previous_response(self._ids, str(named), owner) if named is not None else None
        given = body.raw("input") or b""
        places = check_input(body.raw("input"), continued=previous is not None)
        pin = previous.account if previous else None
        readers = readers_of(body.raw("input"), self._ids, owner, previous=pin)
        enclosures = enclosures_in(body.raw("input"))
        files = pinned_files(
            body, enclosures, self._ids, envelope.caller, Pin(readers.pin, readers.pinned_by)
        )
        return Call(
            request_id=envelope.request_id,
            dialect="responses",
            model=str(values["model"]),
            stream=False,
            body=body,
            caller=envelope.caller,
            received_at=envelope.received_at,
            dropped=checked.dropped,
            account_pin=files.pin.account,
            pinned_by=files.pin.path,
            files_in=files.holder,
            enclosures=enclosures,
            reads_files=reads_files(enclosures),
            unrolled=previous.upstream_id if previous else None,
            references=references_in(given, places, self._ids, owner),
            preferred_account=readers.preferred,
            affinity=affinity_of(values.get("prompt_cache_key")) or envelope.conversation,
        )

    def translate(
        self, call: Call, target: Target, lease: Lease, amendments: Amendments = UNAMENDED
    ) -> Dispatch:
        """Write the request for one attempt."""
        written, left_out = written_input(call, lease, self._ids, amendments, NO_DISGUISES)
        given = written if written is not None else call.body.raw("input")
        told = call.body.peek("instructions")
        leading = [system_message(told)] if isinstance(told, str) and told else []
        if leading or call.conversation:
            given = continued_input((*leading, *call.conversation), given)
        edited = call.body.edited(
            {"model": target.upstream_id, "input": msgspec.Raw(given or b"[]")},
            without=_OWN - {"model", "input"} | amendments.arguments,
        )
        return Dispatch(
            method="POST",
            path=f"{PATH}/compact",
            content=edited.content(),
            conversation=call.affinity,
            dropped=tuple(sorted(left_out)),
        )

    def enclosed(self, call: Call, contents: Mapping[Enclosure, Content]) -> Call:
        """Return the call with what Grok can take in the place of what it encloses."""
        return enclosed(call, contents)

    def forwarder(self, call: Call, lease: Lease, view: View) -> CompactionPresenter:
        """Return what shows upstream's answer to the client."""
        return CompactionPresenter(call, lease.account_id, view, self._ids)

    def writer(self, call: Call, plan: Plan, view: View) -> Writer | None:
        """Return None: there are no turns here."""
        return None

    def error_body(self, error: Grok2ApiError, request_id: str) -> bytes:
        """Return the body of an error."""
        return error_body(error)

    def opened_failure(self, call: Call, view: View, error: Grok2ApiError) -> bytes:
        """Return nothing: there is no stream to end."""
        return b""


class CompactionPresenter:
    """The presenter of one attempt.

    Args:
        call: The request.
        account: Id of the account that compacts.
        view: Tells the time, which upstream does not.
        ids: The gateway's seal.
    """

    def __init__(self, call: Call, account: str, view: View, ids: SealedIds) -> None:
        self._call = call
        self._account = account
        self._created = view.created
        self._ids = ids
        self.answering = False
        self.ending: Ending | None = None

    @property
    def answer(self) -> Answer | None:
        """Return nothing: a compaction is no response that could be kept."""
        return None

    @property
    def heard(self) -> Heard:
        """Return nothing: what is compacted cannot be read here."""
        return Heard()

    def feed(self, frames: Sequence[Frame]) -> bytes:
        """Refuse: upstream was not asked to stream."""
        raise ValueError("a compaction is not streamed")

    def finish(self) -> bytes:
        """Return nothing."""
        return b""

    def fail(self, error: Grok2ApiError) -> bytes:
        """Return nothing."""
        return b""

    def whole(self, content: bytes) -> bytes:
        """Return the body for upstream's answer; empty at a failure, which `ending` tells.

        Raises:
            ValueError: nothing was compacted.
        """
        upstream = decoded(content)
        if "error" in upstream and "output" not in upstream:
            self.ending = Ending("failed", failure=failure_in(upstream))
            return b""
        usage = usage_of(upstream)
        body = self._public(upstream, usage)
        self.answering = True
        self.ending = Ending("completed", usage)
        return _encode(body)

    def _public(self, upstream: Mapping[str, Any], usage: Usage | None) -> dict[str, Any]:
        owner, given = self._call.caller.key_id, upstream.get("created_at")
        sealer = Sealer(self._ids, account=self._account, owner=owner, model=self._call.model, kept=False)
        public_id = sealer.response(str(upstream.get("id") or self._call.request_id))
        output = public_output(upstream.get("output"), Echo(sealer=sealer, created=self._created, asked={}))
        compacted = [item for item in output if item["type"] == "compaction"]
        if not compacted or not all(isinstance(item.get("encrypted_content"), str) for item in compacted):
            raise ValueError("an answer without a compaction")
        return {
            "id": public_id,
            "object": "response.compaction",
            "created_at": given if isinstance(given, int) else self._created,
            "output": output,
            "usage": public_usage(upstream.get("usage") or {}, usage or Usage()),
        }
