"""Chat Completions as the gateway sees it.

Answers are always written by our own writer, never forwarded: clients are strict about chat chunks in ways
that xAI's differ from. Must never hold the state of a request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import msgspec

from grok2api.canonical.amendments import UNAMENDED, Amendments
from grok2api.canonical.body import Body
from grok2api.canonical.call import Call
from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.enclosures import Content, Enclosure
from grok2api.canonical.plan import Plan, Target
from grok2api.canonical.usage import Usage
from grok2api.dialects import openai_errors
from grok2api.dialects.base import Envelope, View
from grok2api.dialects.chat.completion import joint_completion
from grok2api.dialects.chat.enclosures import enclosures_in, with_contents
from grok2api.dialects.chat.frame import Frame, answer_head
from grok2api.dialects.chat.messages import holds_more_than_words
from grok2api.dialects.chat.request import ChatRequest, read_request
from grok2api.dialects.chat.to_completions import completions_body
from grok2api.dialects.chat.to_responses import items_of, responses_body
from grok2api.dialects.chat.writer import ChatWriter
from grok2api.dialects.conversation import affinity_of, conversation_of
from grok2api.dialects.enclosing import NO_FILES, file_opener, needs_responses, pinned_files, reads_files
from grok2api.dialects.refused_arguments import without_refused
from grok2api.dialects.sending import MOST_KEPT_BYTES, encoded
from grok2api.errors import Grok2ApiError
from grok2api.kit.sealedid import SealedIds
from grok2api.kit.sse import KEEP_ALIVE, write_data


class ChatDialect:
    """`POST /v1/chat/completions`.

    Args:
        ids: The gateway's seal, for the ids of files.
    """

    name: Literal["chat"] = "chat"
    keep_alive = KEEP_ALIVE

    def __init__(self, ids: SealedIds) -> None:
        self._ids = ids

    def parse(self, raw: bytes, envelope: Envelope) -> Call:
        """Check a request body.

        Raises:
            InvalidRequest: something is missing or malformed.
            Unsupported: something is asked for that Grok cannot do.
        """
        body = Body.parse(raw)
        request = read_request(body, strict=envelope.caller.strict)
        enclosures: tuple[Enclosure, ...] = ()
        files = NO_FILES
        if holds_more_than_words(request.entries):
            enclosures = enclosures_in(body)
            files = pinned_files(body, enclosures, self._ids, envelope.caller, files.pin)
        return Call(
            request_id=envelope.request_id,
            dialect="chat",
            model=request.model,
            stream=request.stream,
            body=body,
            caller=envelope.caller,
            received_at=envelope.received_at,
            dropped=request.dropped,
            effort=request.effort,
            thinking=request.thinking,
            affinity=affinity_of(request.passed.get("prompt_cache_key") or envelope.conversation)
            or conversation_of(body, "messages", envelope.caller.key_id),
            has_client_tools=bool(request.toolbox.functions),
            needs_responses=bool(request.toolbox.server) or needs_responses(enclosures),
            enclosures=enclosures,
            reads_files=reads_files(enclosures),
            account_pin=files.pin.account,
            pinned_by=files.pin.path,
            files_in=files.holder,
            choices=request.choices,
            prepared=request if len(raw) <= MOST_KEPT_BYTES else None,
        )

    def translate(
        self, call: Call, target: Target, lease: Lease, amendments: Amendments = UNAMENDED
    ) -> Dispatch:
        """Write the request for one attempt, from the client's bytes.

        Raises:
            InvalidRequest: the request is nested too deeply to be written.
        """
        request = self._request(call)
        if target.surface == "chat":
            path, body = "/chat/completions", completions_body(request, target)
        else:
            path, body = "/responses", responses_body(request, target)
            files = file_opener(self._ids, call, lease)
            if files is not None:
                body["input"] = files.items(body["input"], call.pinned_by or "messages")
        dropped: tuple[str, ...] = ()
        if amendments.arguments:
            body, dropped = without_refused(body, amendments.arguments, _client_names(call))
        return Dispatch(
            method="POST",
            path=path,
            content=encoded(body),
            stream=call.stream,
            conversation=call.affinity,
            dropped=dropped,
        )

    @staticmethod
    def _request(call: Call) -> ChatRequest:
        """Return what `parse` read, or read it again."""
        prepared = call.prepared
        if isinstance(prepared, ChatRequest):
            return prepared
        return read_request(call.body, strict=call.caller.strict)

    def conversation(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """Return the conversation as items of the Responses API."""
        return list(items_of(self._request(call)))

    def enclosed(self, call: Call, contents: Mapping[Enclosure, Content]) -> Call:
        """Return the call with what Grok can take in the place of what it encloses."""
        return replace(call, body=with_contents(call.body, contents), enclosures=(), prepared=None)

    def forwarder(self, call: Call, lease: Lease, view: View) -> None:
        """Return nothing: chat is never forwarded."""

    def writer(self, call: Call, plan: Plan, view: View) -> ChatWriter:
        """Return the writer for a turn."""
        return ChatWriter(call, view)

    def coda(self, call: Call, view: View, usage: Usage | None) -> bytes:
        """Return the end of a stream of several choices."""
        return Frame(call, view).ending(usage)

    def gathered(self, call: Call, view: View, bodies: Sequence[bytes], usage: Usage | None) -> bytes:
        """Return the one completion made of those of its choices."""
        head = answer_head(call, view, "chat.completion")
        return msgspec.json.encode(joint_completion(head, bodies, usage))

    def error_body(self, error: Grok2ApiError, request_id: str) -> bytes:
        """Return the body of an error that comes before a stream."""
        return openai_errors.error_body(error)

    def opened_failure(self, call: Call, view: View, error: Grok2ApiError) -> bytes:
        """Return the bytes that end a stream of which nothing but keep-alives was sent."""
        return write_data(openai_errors.error_body(error))


def _client_names(call: Call) -> Mapping[str, str]:
    """Return the client's names of what goes upstream under others."""
    limit = "max_completion_tokens" if "max_completion_tokens" in call.body else "max_tokens"
    return {"reasoning": "reasoning_effort", "max_output_tokens": limit, "max_completion_tokens": limit}
