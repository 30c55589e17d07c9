"""Anthropic Messages as the gateway sees it.

Always a turn: upstream knows nothing of these blocks. Thinking that is shown carries upstream's encrypted
reasoning as its signature, marked with the account that can read it; on its way back it goes to that account
or to nobody. Must never hold the state of a request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from grok2api.canonical.amendments import UNAMENDED, Amendments
from grok2api.canonical.body import Body
from grok2api.canonical.call import Call
from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.enclosures import Content, Enclosure
from grok2api.canonical.plan import Plan, Target
from grok2api.canonical.request_ids import public_id
from grok2api.dialects import anthropic_errors
from grok2api.dialects.base import Envelope, View
from grok2api.dialects.conversation import conversation_of
from grok2api.dialects.enclosing import NO_FILES, file_opener, needs_responses, pinned_files, reads_files
from grok2api.dialects.messages.arrangement import Display
from grok2api.dialects.messages.enclosures import enclosures_in, hold_more_than_words, with_contents
from grok2api.dialects.messages.request import MessagesRequest, read_request, thinking_wish
from grok2api.dialects.messages.to_completions import completions_body
from grok2api.dialects.messages.to_responses import responses_body
from grok2api.dialects.messages.writer import MessagesWriter, error_event
from grok2api.dialects.reasoning_origin import marked
from grok2api.dialects.refused_arguments import without_refused
from grok2api.dialects.sending import MOST_KEPT_BYTES, encoded
from grok2api.errors import Grok2ApiError
from grok2api.kit.ids import header_safe
from grok2api.kit.sealedid import SealedIds
from grok2api.kit.sse import write_frame

_CLIENT_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "max_output_tokens": "max_tokens",
        "max_completion_tokens": "max_tokens",
        "parallel_tool_calls": "tool_choice.disable_parallel_tool_use",
        "include": "",
        "store": "",
        "stream_options": "",
    }
)
_BEGINNING = 17
"""Items in which the beginning of a conversation is looked for, and one more."""


class MessagesDialect:
    """`POST /v1/messages`.

    Args:
        ids: The gateway's seal, for the signatures of thinking.
    """

    name: Literal["messages"] = "messages"
    keep_alive = write_frame(b"ping", b'{"type":"ping"}')

    def __init__(self, ids: SealedIds) -> None:
        self._ids = ids

    def parse(self, raw: bytes, envelope: Envelope) -> Call:
        """Check a request body.

        Raises:
            InvalidRequest: something is missing or malformed.
            Unsupported: something is asked for that Grok cannot do.
        """
        return self._call(Body.parse(raw), len(raw), envelope)

    def parse_countable(self, raw: bytes, envelope: Envelope) -> Call:
        """Check a body of `POST /v1/messages/count_tokens`: the same, without `max_tokens` and `stream`.

        Raises:
            InvalidRequest: something is missing or malformed.
            Unsupported: something is asked for that Grok cannot do.
        """
        body = Body.parse(raw)
        countable = body.edited({} if "max_tokens" in body else {"max_tokens": 1}, without=("stream",))
        return self._call(countable, len(raw), envelope)

    def _call(self, body: Body, size: int, envelope: Envelope) -> Call:
        request = self._read(body, envelope.caller.key_id, strict=envelope.caller.strict)
        enclosures: tuple[Enclosure, ...] = ()
        files = NO_FILES
        if hold_more_than_words(request.items):
            enclosures = enclosures_in(body)
            files = pinned_files(body, enclosures, self._ids, envelope.caller, files.pin)
        return Call(
            request_id=envelope.request_id,
            dialect="messages",
            model=request.model,
            stream=request.stream,
            body=body,
            caller=envelope.caller,
            received_at=envelope.received_at,
            dropped=request.dropped,
            effort=request.wish.effort,
            effort_field=request.wish.field,
            thinking=request.wish.thinking,
            preferred_account=request.preferred_account,
            affinity=_affinity(request, envelope),
            has_client_tools=request.toolbox.has_functions,
            needs_responses=request.toolbox.has_server_tools or needs_responses(enclosures),
            enclosures=enclosures,
            reads_files=reads_files(enclosures),
            account_pin=files.pin.account,
            pinned_by=files.pin.path,
            files_in=files.holder,
            prepared=request if size <= MOST_KEPT_BYTES else None,
        )

    def _read(self, body: Body, owner: str, *, strict: bool) -> MessagesRequest:
        return read_request(body, ids=self._ids, owner=owner, strict=strict)

    def translate(
        self, call: Call, target: Target, lease: Lease, amendments: Amendments = UNAMENDED
    ) -> Dispatch:
        """Write the request for one attempt, from the client's bytes.

        Raises:
            InvalidRequest: the request is nested too deeply to be written.
            Unsupported: it needs what the target's surface lacks.
        """
        request = self._request(call)
        if target.surface == "chat":
            path, written = "/chat/completions", completions_body(request, target)
        else:
            readable = frozenset() if amendments.without_reasoning else self._known_as(lease)
            path, written = "/responses", responses_body(request, target, readable)
            files = file_opener(self._ids, call, lease)
            if files is not None:
                written.body["input"] = files.items(written.body["input"], call.pinned_by or "messages")
        body, refused = without_refused(written.body, amendments.arguments, _client_names(call))
        return Dispatch(
            method="POST",
            path=path,
            content=encoded(body),
            stream=call.stream,
            conversation=call.affinity,
            dropped=tuple(sorted((*written.left_out, *filter(None, refused)))),
        )

    def _known_as(self, lease: Lease) -> frozenset[bytes]:
        """Return the hashes of all names that the account of a lease has had."""
        return frozenset(map(self._ids.account_hash, (lease.account_id, *lease.former_accounts)))

    def _request(self, call: Call) -> MessagesRequest:
        """Return what was read of a call, or read it again."""
        prepared = call.prepared
        if isinstance(prepared, MessagesRequest):
            return prepared
        return self._read(call.body, call.caller.key_id, strict=call.caller.strict)

    def conversation(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """Return the conversation as items of the Responses API."""
        return [item for item in self._request(call).items if isinstance(item, dict)]

    def enclosed(self, call: Call, contents: Mapping[Enclosure, Content]) -> Call:
        """Return the call with what Grok can take in the place of what it encloses."""
        return replace(call, body=with_contents(call.body, contents), enclosures=(), prepared=None)

    def forwarder(self, call: Call, lease: Lease, view: View) -> None:
        """Return nothing: messages are never forwarded."""

    def writer(self, call: Call, plan: Plan, view: View) -> MessagesWriter:
        """Return the writer for a turn."""
        sign = partial(marked, self._ids, account=view.account, owner=call.caller.key_id)
        return MessagesWriter(call, _display(call, plan, view), sign)

    def error_body(self, error: Grok2ApiError, request_id: str) -> bytes:
        """Return the body of an error that comes before a stream."""
        return anthropic_errors.error_body(error, public_id(request_id))

    def opened_failure(self, call: Call, view: View, error: Grok2ApiError) -> bytes:
        """Return the bytes that end a stream of which nothing but keep-alives was sent."""
        return error_event(error, call.request_id)


def _client_names(call: Call) -> Mapping[str, str]:
    """Return the client's names of what goes upstream under others; none for what it never sent."""
    effort = call.effort_field if call.effort is not None else ""
    return {**_CLIENT_NAMES, "reasoning": effort, "reasoning_effort": effort}


def _display(call: Call, plan: Plan, view: View) -> Display:
    """Show thinking to who asked for it, and where the model's row promises it."""
    wish = thinking_wish(call.body)
    if view.thinking == "off" or not (wish.mentioned or plan.reasoning_shown):
        return "hidden"
    return "signed" if wish.omitted else "shown"


def _affinity(request: MessagesRequest, envelope: Envelope) -> str | None:
    """Name what should meet the same prompt cache again: a session, a beginning, at last a user."""
    named = envelope.conversation or request.session
    if named:
        return header_safe(named)
    head = [item for item in request.items if isinstance(item, dict)][:_BEGINNING]
    beginning = Body({"instructions": _raw(request.system), "input": _raw(head)})
    found = conversation_of(beginning, "input", envelope.caller.key_id)
    return found or (header_safe(request.user) if request.user else None)


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))
