"""Lets the words of a request be kept where its client key says so: what passes here is noted in passing.

It stands right behind the look at the key, so that every surface is recorded in one place, as its client
sees it. A key whose words are not kept costs one comparison. Must never hold a message back or change one,
and must never note a header: credentials are there.
"""

from __future__ import annotations

from starlette.types import Message, Receive, Scope, Send

from grok2api.api.context import Endpoint, RequestContext, context_of
from grok2api.api.errors import error_response
from grok2api.canonical.call import Caller
from grok2api.errors import Grok2ApiError
from grok2api.gateway.contents.keeping import Contents
from grok2api.gateway.contents.recording import Recording

_CALLER = "grok2api.caller"


class Recorded:
    """An endpoint whose requests may be kept.

    Args:
        endpoint: What answers.
        contents: Keeps what was said.
    """

    def __init__(self, endpoint: Endpoint, contents: Contents) -> None:
        self._endpoint = endpoint
        self._contents = contents

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; its caller was put into the scope."""
        caller: Caller = scope[_CALLER]
        if caller.content_hours is None:
            await self._endpoint(scope, receive, send)
            return
        context = context_of(scope)
        recording = begun(self._contents, context, caller, scope["path"])
        try:
            await self._endpoint(scope, _hearing(recording, receive), _telling(recording, send))
        except Grok2ApiError as error:
            note_failure(recording, error)
            raise
        finally:
            recording.close()


def begun(contents: Contents, context: RequestContext, caller: Caller, path: str) -> Recording:
    """Begin to record a request."""
    recording = contents.begin(request_id=context.ledger_id, key_id=caller.key_id, path=path)
    if kind := context.header(b"content-type"):
        recording.asked.begins(kind)
    return recording


def note_failure(recording: Recording, error: Grok2ApiError) -> None:
    """Note that the answer is an error; one that has begun holds it already."""
    if not recording.status:
        recording.status, body, _ = error_response(error)
        recording.answered.settle(body)


def _hearing(recording: Recording, receive: Receive) -> Receive:
    async def hear() -> Message:
        message = await receive()
        if message["type"] == "http.request":
            recording.asked.add(message.get("body", b""))
        return message

    return hear


def _telling(recording: Recording, send: Send) -> Send:
    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            recording.status = message["status"]
            headers = dict(message.get("headers", ()))
            recording.answered.begins(headers.get(b"content-type", b"").decode("latin-1"))
        await send(message)
        if message["type"] == "http.response.body":
            recording.answered.add(message.get("body", b""))

    return tell
