"""The sandbox as an ASGI application: reads a request whole, finds who answers it, and has it delivered."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from types import MappingProxyType
from urllib.parse import parse_qsl

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from grok2api.kit.clock import Clock, SystemClock
from grok2api.sandbox import chat, compaction, control, faults, identity, refusals, responses
from grok2api.sandbox.delivery import NO_FAULT, TRANSPORT, Delivery, Link
from grok2api.sandbox.distortion import distort
from grok2api.sandbox.faults import Fault
from grok2api.sandbox.journal import Entry
from grok2api.sandbox.media import files, images, links, speech, transcripts, videos
from grok2api.sandbox.oauth import browser, endpoints
from grok2api.sandbox.oauth.issuer import Issuer
from grok2api.sandbox.refusals import Refusal
from grok2api.sandbox.uploads import Upload
from grok2api.sandbox.wire import Answer, Json, Request, answer_refusal, is_multipart
from grok2api.sandbox.world import World

MAX_BODY = 48 * 1024 * 1024
SLACK = 1024 * 1024
UPLOADS = MappingProxyType({"/v1/files": files.MAX_BYTES + SLACK, "/v1/stt": transcripts.MAX_BYTES + SLACK})
"""Where multipart bodies are read, and how large they may be with all that surrounds a file."""
Handler = Callable[[World, Request, Json], Answer]


def _route(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))


def _at_issuer(answer: Callable[[Issuer, Request], Answer]) -> Handler:
    return lambda world, request, _parameters: answer(world.issuer, request)


KIND = "(?P<kind>language|image-generation|video-generation|embedding)-models"
ROUTES: tuple[tuple[re.Pattern[str], MappingProxyType[str, Handler]], ...] = (
    (_route("/v1/models"), MappingProxyType({"GET": identity.list_models})),
    (_route("/v1/models/{id}"), MappingProxyType({"GET": identity.show_model})),
    (_route(f"/v1/{KIND}"), MappingProxyType({"GET": identity.list_of_kind})),
    (_route(f"/v1/{KIND}/{{id}}"), MappingProxyType({"GET": identity.show_of_kind})),
    (_route("/v1/me"), MappingProxyType({"GET": identity.me})),
    (_route("/v1/api-key"), MappingProxyType({"GET": identity.api_key})),
    (_route("/v1/tokenize-text"), MappingProxyType({"POST": identity.tokenize})),
    (_route("/v1/chat/completions"), MappingProxyType({"POST": chat.create})),
    (_route("/v1/chat/deferred-completion/{id}"), MappingProxyType({"GET": chat.fetch_deferred})),
    (_route("/v1/responses"), MappingProxyType({"POST": responses.create})),
    (_route("/v1/responses/compact"), MappingProxyType({"POST": compaction.create})),
    (_route("/v1/responses/{id}"), MappingProxyType({"GET": responses.fetch, "DELETE": responses.delete})),
    (_route("/v1/responses/{id}/input_items"), MappingProxyType({"GET": responses.list_input_items})),
    (_route("/v1/images/generations"), MappingProxyType({"POST": images.generate})),
    (_route("/v1/images/edits"), MappingProxyType({"POST": images.edit})),
    (_route("/v1/images/{id}"), MappingProxyType({"GET": images.fetch})),
    (_route("/v1/videos/generations"), MappingProxyType({"POST": videos.generate})),
    (_route("/v1/videos/edits"), MappingProxyType({"POST": videos.edit})),
    (_route("/v1/videos/extensions"), MappingProxyType({"POST": videos.extend})),
    (_route("/v1/videos/{id}"), MappingProxyType({"GET": videos.fetch})),
    (_route("/v1/files"), MappingProxyType({"POST": files.upload, "GET": files.list_files})),
    (_route("/v1/files/{id}"), MappingProxyType({"GET": files.show, "DELETE": files.delete})),
    (_route("/v1/files/{id}/content"), MappingProxyType({"GET": files.content})),
    (_route("/v1/files/{id}/public-url"), MappingProxyType({"POST": files.publish})),
    (_route("/v1/files/{id}/public-url/revoke"), MappingProxyType({"POST": files.revoke})),
    (_route("/v1/tts"), MappingProxyType({"POST": speech.speak})),
    (_route("/v1/tts/voices"), MappingProxyType({"GET": speech.list_voices})),
    (_route("/v1/tts/voices/{id}"), MappingProxyType({"GET": speech.show_voice})),
    (_route("/v1/stt"), MappingProxyType({"POST": transcripts.transcribe})),
    (_route("/(imgen|vidgen|files-cdn)/.+"), MappingProxyType({"GET": links.serve, "HEAD": links.serve})),
)
ISSUER_ROUTES: tuple[tuple[re.Pattern[str], MappingProxyType[str, Handler]], ...] = tuple(
    (
        _route(path),
        MappingProxyType({method: _at_issuer(answer) for method, answer in answers.items()}),
    )
    for path, answers in (
        ("/.well-known/(openid-configuration|oauth-authorization-server)", {"GET": endpoints.discover}),
        ("/.well-known/jwks.json", {"GET": endpoints.keys}),
        ("/oauth2/device/code", {"POST": endpoints.start_device}),
        ("/oauth2/device", {"GET": browser.show_device, "POST": browser.decide_device}),
        ("/oauth2/authorize", {"GET": browser.show_authorize, "POST": browser.decide_authorize}),
        ("/oauth2/token", {"POST": endpoints.token}),
        ("/oauth2/revoke", {"POST": endpoints.revoke}),
        ("/oauth2/userinfo", {"GET": endpoints.userinfo, "POST": endpoints.userinfo}),
    )
)


def create_app(seed: int = 0, clock: Clock | None = None, *, pace: float = 0.0) -> ASGIApp:
    """Return a sandbox with a state of its own.

    `seed` decides what is said, `clock` is where its time comes from, `pace` is the pause in seconds
    between two events of a stream.
    """
    return SandboxApp(World(seed, clock or SystemClock()), pace)


class SandboxApp:
    """The ASGI application of one sandbox."""

    def __init__(self, world: World, pace: float = 0.0) -> None:
        self.world = world
        self._pace = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = await _read(scope, receive)
        if request is None:
            return
        transport = scope.get("extensions", {}).get(TRANSPORT)
        link = Link(receive, send, transport)
        if request.path.startswith("/sandbox/"):
            entry = Entry(self.world.clock.now(), request, None)
            answer, fault = control.answer(self.world, request), NO_FAULT
        else:
            shown, team, account = _seen(self.world, request)
            fault = self.world.scenario.take(request, account) or faults.in_prompt(request) or NO_FAULT
            entry = self.world.journal.open(self.world.clock.now(), shown, team, account)
            answer = self._answer(_in_manner(request, fault), fault)
        await Delivery(link, answer, fault, entry, self._headers(answer), self._pace).run()

    def _answer(self, request: Request, fault: Fault) -> Answer:
        if fault.name in faults.REPLACING:
            model = request.body.get("model") if isinstance(request.body, dict) else ""
            return faults.replacement(fault, _team(self.world, request) or "", str(model))
        try:
            handler, parameters = _find(request)
            answer = handler(self.world, request, parameters)
        except Refusal as refusal:
            return answer_refusal(refusal)
        return distort(answer, fault)

    def _headers(self, answer: Answer) -> list[tuple[bytes, bytes]]:
        headers = {"x-request-id": self.world.mint.new_uuid(), "x-grok2api-sandbox": "1"} | answer.headers
        if answer.content_type is not None:
            headers["content-type"] = answer.content_type
        if answer.content is not None:
            headers["content-length"] = str(answer.content.length)
        elif answer.events is None:
            headers["content-length"] = str(len(answer.body))
        else:
            headers["cache-control"] = "no-cache"
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def _in_manner(request: Request, fault: Fault) -> Request:
    return replace(request, manner=fault.name, amount=fault.amount, detail=fault.body)


def _team(world: World, request: Request) -> str | None:
    try:
        return world.account(request).team_id
    except Refusal:
        return None


def _seen(world: World, request: Request) -> tuple[Request, str | None, str | None]:
    """Return a request as the journal may show it, with the team and the account it is of, if known."""
    if request.path.startswith("/oauth2/") and request.raw:
        form = request.form() or {}
        account = world.issuer.account_named_in(form)
        return replace(request, body=endpoints.redacted(form)), None, account
    try:
        caller = world.account(request)
    except Refusal:
        return request, None, world.issuer.account_behind(request.token() or "")
    return request, caller.team_id, caller.name


def _find(request: Request) -> tuple[Handler, Json]:
    for pattern, handlers in (*ROUTES, *ISSUER_ROUTES):
        match = pattern.fullmatch(request.path)
        if match is None:
            continue
        handler = handlers.get(request.method)
        if handler is None:
            raise refusals.wrong_method(",".join(sorted(handlers)))
        return handler, match.groupdict()
    raise refusals.unknown_path()


async def _read(scope: Scope, receive: Receive) -> Request | None:
    """Return the request, or None when the client left before it was whole."""
    headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    request = Request(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"))),
        headers=headers,
    )
    limit = UPLOADS.get(request.path)
    announced = request.header("content-type")
    if limit is not None and is_multipart(announced):
        return await _read_parts(request, receive, Upload(announced or "", limit))
    raw, size = bytearray(), 0
    async for data in _arriving(receive):
        if data is None:
            return None
        size += len(data)
        if size <= MAX_BODY:
            raw += data
    body, problem = _decoded(bytes(raw)) if size <= MAX_BODY else (None, None)
    return replace(request, raw=bytes(raw), body=body, problem=problem, oversize=size > MAX_BODY)


async def _read_parts(request: Request, receive: Receive, upload: Upload) -> Request | None:
    async for data in _arriving(receive):
        if data is None:
            return None
        upload.feed(data)
    upload.finish()
    return replace(
        request,
        body=upload.shown(),
        parts=tuple(upload.parts),
        problem=upload.problem,
        oversize=upload.oversize,
    )


async def _arriving(receive: Receive) -> AsyncIterator[bytes | None]:
    """Yield the body as it arrives, and None when the client has left before its end."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            yield None
            return
        more = message.get("more_body", False)
        yield message.get("body", b"")


def _decoded(raw: bytes) -> tuple[object, str | None]:
    try:
        return msgspec.json.decode(raw), None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return None, str(error) or "EOF while parsing a value"
