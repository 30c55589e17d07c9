"""GET /v1/responses as a WebSocket: the same turns as POST, one after the other on one connection.

A turn is what it is over HTTP: its own request id, its own row in the ledger, its own deadline. What differs
is remembered here: conversations that upstream does not hold. Must never end the socket for what a turn did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from grok2api.accounting.settlement import Settlement
from grok2api.api.auth import Authenticator
from grok2api.api.context import RequestContext
from grok2api.api.errors import error_response
from grok2api.api.recorded import begun, note_failure
from grok2api.api.streaming import ClientWatch, Headers
from grok2api.api.v1.turns import (
    Account,
    StreamedTurn,
    TurnServices,
    addressed,
    envelope_of,
    place_in,
    placed,
    told,
)
from grok2api.api.websocket import Told, WebSocket
from grok2api.canonical.call import Call, Caller
from grok2api.canonical.limits import Family
from grok2api.canonical.plan import ModelKind
from grok2api.config.settings import Settings
from grok2api.dialects.responses.conversations import (
    Conversation,
    Conversations,
    Room,
    check_outputs,
    continued,
    files_pin,
)
from grok2api.dialects.responses.dialect import ResponsesDialect
from grok2api.dialects.responses.socket_frames import (
    Aside,
    Create,
    Refused,
    error_text,
    event_texts,
    read_frame,
    with_members,
)
from grok2api.errors import Grok2ApiError, InvalidRequest, internal_error
from grok2api.gateway.contents.recording import EVENTS, Recording
from grok2api.gateway.orders import Order
from grok2api.kit.sealedid import SealedIds
from grok2api.observability.logging import get_logger

_log = get_logger("grok2api.access")

Asked = Create | Refused
FAMILY: Final[Family] = "responses"
PATH: Final = "/v1/responses"


class SocketOutlet:
    """Where the events of one turn go."""

    def __init__(
        self,
        socket: WebSocket,
        context: RequestContext,
        lane: str | None,
        headers: Headers,
        recording: Recording | None,
    ) -> None:
        self.headers = headers
        self.opened = False
        self._socket = socket
        self._context = context
        self._recording = recording
        self._lane = {} if lane is None else {"stream_id": lane}

    async def write(self, content: bytes) -> None:
        """Send whole events, one message each."""
        if self._recording is not None:
            self._recording.status = 200
            self._recording.answered.add(content)
        for event in event_texts(content):
            members: dict[str, object] = dict(self._lane)
            if not self.opened:
                self.opened = True
                headers = [*self.headers, *(self._context.limits_told or ())]
                members["headers"] = _plain(headers, self._context.request_id)
            await self._socket.say(with_members(event, members))

    async def end(self) -> None:
        """Do nothing: the last event says that it is the last."""


class ResponsesSpeaker:
    """Answers the turns of one connection.

    Args:
        socket: Where events go.
        context: The handshake.
        address: Tells where clients reach this server.
        dialect: Reads and prepares; the turns themselves are the gateway's.
        services: What every turn works with.
        authenticator: Asked again at every turn: a key may be revoked while its sockets are open.
        room: What all connections of the worker remember together.
    """

    def __init__(
        self,
        socket: WebSocket,
        context: RequestContext,
        address: Callable[[Settings], str],
        *,
        dialect: ResponsesDialect,
        services: TurnServices,
        authenticator: Authenticator,
        room: Room,
    ) -> None:
        self.turns = 0
        self._socket = socket
        self._context = context
        self._address = address
        self._dialect = dialect
        self._services = services
        self._authenticator = authenticator
        self._conversations = Conversations(room)
        self._recording: Recording | None = None
        """The turn that runs, if its words are kept; turns run one by one."""

    def close(self) -> None:
        """Forget what was said: the connection is over."""
        self._conversations.clear()

    def hear(self, text: str | None) -> Told[Asked]:
        """Return what becomes of a message."""
        frame = read_frame(text)
        if isinstance(frame, Aside):
            return Told(None, frame.answer)
        return Told(frame, size=len(frame.body) if isinstance(frame, Create) else 0)

    def refusal(self, turn: Asked | None, error: Grok2ApiError) -> bytes:
        """Return the event that says why there is no answer."""
        lane = turn.lane if turn is not None else None
        return error_text(error, _plain(error_response(error)[2], self._context.request_id), lane)

    async def answer(self, turn: Asked) -> None:
        """Answer one turn; every error of it is told on the socket."""
        self.turns += 1
        opened = self._context
        context = RequestContext(opened.headers, "", opened.address, opened.subprotocols)
        try:
            caller = self._authenticator.admit(context, FAMILY)
            self._record(turn, context, caller)
            account = Account(self._services, self._dialect.name, context, caller)
            with account as settlement:
                if isinstance(turn, Refused):
                    raise turn.error
                await self._turn(turn, context, account, settlement)
            context.status = 499 if self._socket.gone else 200
        except Grok2ApiError as error:
            await self._fail(turn, context, error)
        except Exception:  # noqa: BLE001  the edge of a turn: the socket goes on, and its client is told
            _log.exception("turn failed", request_id=context.request_id)
            await self._fail(turn, context, internal_error())
        finally:
            if self._recording is not None:
                self._recording.close()
                self._recording = None
            self._access(context)

    def _record(self, turn: Asked, context: RequestContext, caller: Caller) -> None:
        """Begin to record a turn, if its key wants that."""
        if caller.content_hours is not None and isinstance(turn, Create):
            self._recording = begun(self._services.contents, context, caller, PATH)
            self._recording.asked.settle(turn.body)
            self._recording.answered.begins(EVENTS)

    async def _fail(self, turn: Asked, context: RequestContext, error: Grok2ApiError) -> None:
        if isinstance(turn, Create):
            self._conversations.forget(turn.previous)
        context.status = error.status
        if self._recording is not None:
            note_failure(self._recording, error)
        told = [*error_response(error)[2], *(context.limits_told or ())]
        headers = _plain(told, context.request_id)
        await self._socket.say(error_text(error, headers, turn.lane))

    async def _turn(
        self, turn: Create, context: RequestContext, account: Account, settlement: Settlement
    ) -> None:
        settings = self._services.live.current
        before = self._conversations.recall(turn.previous)
        call = self._dialect.parse(turn.body, envelope_of(context, account.caller))
        if before is not None:
            call = _standing_on(before, call)
        order = placed(self._services, self._dialect, call, settlement, settings)
        order = addressed(order, self._address)
        await account.enter(lambda: self._services.estimator.turn(order), size=len(turn.body))
        context.mark("read")
        outlet = SocketOutlet(self._socket, context, turn.lane, told(order), self._recording)
        if turn.generate:
            after = await self._generated(turn, order, context, outlet, before)
        else:
            after = await self._prepared(turn, order, settlement, outlet, before)
        if after is not None:
            rules = settings.websocket
            limit, most = rules.memory_mb * 1_048_576, rules.worker_memory_mb * 1_048_576
            self._conversations.keep(*after, limit=limit, most=most)

    async def _generated(
        self,
        turn: Create,
        order: Order,
        context: RequestContext,
        outlet: SocketOutlet,
        before: Conversation | None,
    ) -> tuple[str, Conversation] | None:
        """Run a turn of the model; return what is to be remembered of it."""
        with self._services.in_flight.flight() as flight:
            place = place_in(self._services, order)
            running = StreamedTurn(self._services.gateway, order, context, flight, place)
            await running.run(outlet, ClientWatch(self._socket.left, deadline=order.settings.grok.deadline))
        exchange = running.exchange
        answer = exchange.answer if exchange is not None else None
        if exchange is None or answer is None:
            self._conversations.forget(turn.previous)
            return None
        stored = turn.stored and order.plan.kind is ModelKind.TEXT
        if stored or (turn.previous is not None and before is None):
            return None  # upstream holds it, or what it stands on
        account = SealedIds.account_hash(exchange.lease.account_id)
        after = continued(before, running.order.call, answer.output, account)
        return None if after is None else (answer.response_id, after)

    async def _prepared(
        self,
        turn: Create,
        order: Order,
        settlement: Settlement,
        outlet: SocketOutlet,
        before: Conversation | None,
    ) -> tuple[str, Conversation] | None:
        """Answer without asking the model; return what is to be remembered.

        Raises:
            InvalidRequest: it goes on from a response that is not in this connection's memory.
        """
        if turn.previous is not None and before is None:
            raise InvalidRequest(
                "'generate: false' can go on only from a response that this connection remembers: one with "
                "'store: false'. Leave 'previous_response_id' to the request that generates.",
                param="generate",
            )
        order = await self._services.gateway.enclosed(order)
        response_id, events = self._dialect.prepared(order.call, order.view)
        settlement.close(end="completed", status=200)
        await outlet.write(events)
        after = continued(before, order.call)
        return None if after is None else (response_id, after)

    def _access(self, context: RequestContext) -> None:
        milliseconds, _ = context.timing()
        _log.info(
            "turn",
            request_id=context.request_id,
            socket=self._context.request_id,
            status=context.status,
            ms=int(milliseconds),
            caller=context.key_id or None,
        )


def _standing_on(before: Conversation, call: Call) -> Call:
    """Return the call with the conversation in place of a response that upstream does not hold.

    Raises:
        InvalidRequest: it answers a tool call that was not made, or files lie in different accounts.
    """
    check_outputs(before, call.body.raw("input"))
    pin = files_pin(before, call)
    return replace(
        call,
        history=before.items,
        account_pin=pin.account,
        pinned_by=pin.path,
        files_in=pin.account,
        preferred_account=call.preferred_account or before.account,
        affinity=call.affinity or before.affinity,
    )


def _plain(headers: Headers, request_id: str) -> dict[str, str]:
    """Return headers as the members of an event; one that is for HTTP's own connection is left out."""
    shown = {name.decode(): value.decode("latin-1") for name, value in headers if name != b"connection"}
    return {"x-request-id": request_id, **shown}


SpeakerFactory = Callable[[WebSocket, RequestContext, Callable[[Settings], str]], ResponsesSpeaker]
"""Makes the speaker of a new connection."""
