"""POST /v1/images/generations and /v1/images/edits: pictures from words, and from other pictures.

One body with all pictures, or a stream that shows each as it comes. Every way out of here has settled the
request: an answer, an error, a client that left, a deadline, a shutdown.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from grok2api.api.admission import Admission
from grok2api.api.auth import caller_of
from grok2api.api.context import RequestContext, context_of, send_json
from grok2api.api.inflight import Flight
from grok2api.api.multipart import form_rules, is_multipart, read_form
from grok2api.api.public_address import public_address
from grok2api.api.streaming import ClientWatch, EventStream, Headers
from grok2api.api.v1.turns import (
    Account,
    Place,
    TurnServices,
    interruption,
    received,
    told,
)
from grok2api.canonical.body import Body
from grok2api.canonical.call import Call, Caller
from grok2api.config.settings import Settings
from grok2api.dialects.images.answer import answer_body
from grok2api.dialects.images.events import EventWriter, error_event
from grok2api.dialects.images.request import SentFile, form_body, read_edit, read_generation
from grok2api.dialects.images.wish import MOST_GIVEN, ImageWish
from grok2api.errors import Grok2ApiError
from grok2api.gateway.gallery import Frame, Gallery, Hung
from grok2api.gateway.given_pictures import MOST_BYTES
from grok2api.gateway.images import Drawing, ImageMaker, ImageOrder
from grok2api.gateway.settling import settled
from grok2api.media.redrawing import preview

BLOCKED = b"x-grok2api-images-blocked"
LOST = b"x-grok2api-images-lost"
INLINE = b"x-grok2api-images-inline"
"""How many pictures of how many were withheld, could not be read, and could not be kept."""
_PREVIEW_MIME = "image/jpeg"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageServices:
    """What the endpoints of pictures work with."""

    turns: TurnServices
    maker: ImageMaker
    gallery: Gallery
    admission: Admission
    """The places for media of any kind."""

    def place(self, settings: Settings) -> Place:
        """Return a place among the requests for media that this worker serves at once."""
        rules = settings.performance
        return self.admission.place(
            limit=rules.media_max_concurrent, length=rules.queue_length, wait=rules.queue_wait
        )


Read = Callable[[RequestContext, Receive, Settings, Caller], Awaitable[ImageWish]]


class ImagesEndpoint:
    """Answers with pictures.

    Args:
        services: What it is answered with.
        edits: Whether pictures are built on.
    """

    def __init__(self, services: ImageServices, *, edits: bool) -> None:
        self._services = services
        self._operation = "image_edits" if edits else "images"
        self._read: Read = _read_edit if edits else _read_generation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        turns, context, caller = self._services.turns, context_of(scope), caller_of(scope)
        settings = turns.live.current
        account = Account(turns, self._operation, context, caller)
        with account as settlement:
            wish = await self._read(context, receive, settings, caller)
            settlement.asked(wish.model, stream=wish.stream)
            context.mark("read")
            frame = Frame(
                owner=caller.key_id,
                address=public_address(scope, settings),
                answer_as=wish.answer_as,
                format=wish.format,
                compression=wish.compression,
            )
            order = self._services.maker.order(
                _call(wish, context, caller), wish, settlement, settings, links=_by_upstream(wish, settings)
            )
            await account.enter(lambda: turns.estimator.pictures(order))
            with turns.in_flight.flight() as flight:
                hanging = Hanging(self._services, order, frame, context, flight)
                await (hanging.stream if wish.stream else hanging.whole)(receive, send)


class Hanging:
    """One request on its way to its answer."""

    def __init__(
        self,
        services: ImageServices,
        order: ImageOrder,
        frame: Frame,
        context: RequestContext,
        flight: Flight,
    ) -> None:
        self._services = services
        self._order = order
        self._frame = frame
        self._context = context
        self._flight = flight
        self._created = int(time.time())

    async def whole(self, receive: Receive, send: Send) -> None:
        """Answer with one body.

        Raises:
            Grok2ApiError: there is none; the request is settled.
        """
        order = self._order
        settings = order.errand.settings
        async with ClientWatch(receive, deadline=settings.grok.deadline) as watch:
            try:
                async with self._services.place(settings):
                    drawing = await self._services.maker.make(order)
                    hung = await self._services.gallery.hang(drawing.pictures, self._frame)
            except Grok2ApiError as error:
                raise settled(order.errand, error) from error
            except asyncio.CancelledError:
                reason = interruption(watch, self._flight, settings)
                if reason is not None:
                    raise settled(order.errand, reason) from None
                order.settlement.close(end="client_gone", status=499)
                return
        self._context.mark("upstream")
        body = answer_body(
            [each.shown for each in hung],
            created=self._created,
            quality=drawing.quality,
            usage=drawing.usage,
        )
        order.settlement.close(end="completed", status=200)
        await send_json(send, 200, body, [*self._told(drawing), *_counted(drawing, hung)])

    async def stream(self, receive: Receive, send: Send) -> None:
        """Answer with a stream.

        Raises:
            Grok2ApiError: there is no picture, and nothing was sent; the request is settled.
        """
        order = self._order
        settings = order.errand.settings
        stream = EventStream(send, self._told(None))
        watch = ClientWatch(
            receive,
            stream,
            deadline=settings.grok.deadline,
            open_after=settings.stream.open_after,
            keepalive=settings.stream.keepalive,
        )
        async with watch:
            try:
                async with self._services.place(settings):
                    await self._show_all(stream)
            except Grok2ApiError as error:
                await self._fail(stream, error)
            except asyncio.CancelledError:
                if not (watch.late or self._flight.stopping):
                    order.settlement.close(end="client_gone", status=499)
                reason = interruption(watch, self._flight, settings)
                if reason is not None:
                    await self._fail(stream, reason)

    async def _show_all(self, stream: EventStream) -> None:
        shown = 0

        async def show(drawing: Drawing) -> None:
            nonlocal shown
            if not shown:
                self._context.mark("upstream")
                if not stream.opened:
                    stream.headers = self._told(drawing)
            shown += 1
            await self._show(stream, drawing)

        missing = await self._services.maker.make_each(self._order, show)
        if missing is not None:
            raise missing
        self._order.settlement.close(end="completed", status=200)
        await stream.end()

    async def _show(self, stream: EventStream, drawing: Drawing) -> None:
        """Send a picture, and before it a preview if some were asked for."""
        wish = self._order.wish
        writer = EventWriter(edits=wish.edits, created=self._created, quality=drawing.quality or "auto")
        for hung in await self._services.gallery.hang(drawing.pictures, self._frame):
            if wish.previews and (small := await _small(hung)):
                await stream.write(writer.preview(hung.shown, small, _PREVIEW_MIME))
            await stream.write(writer.completed(hung.shown, hung.content, drawing.usage))
            self._order.settlement.first_byte()

    async def _fail(self, stream: EventStream, error: Grok2ApiError) -> None:
        """End the stream with an error; with a status when nothing was sent yet."""
        error = settled(self._order.errand, error)
        if not stream.opened:
            raise error
        await stream.write(error_event(error))
        await stream.end()

    def _told(self, drawing: Drawing | None) -> Headers:
        order = self._order
        if drawing is None:
            return told(order.errand)
        made = drawing.made
        return told(order.errand, made.target, made.lease, made.dispatch.dropped)


async def _small(hung: Hung) -> bytes | None:
    """Return a small preview of a picture; None if it cannot be drawn, which is no reason to keep it back."""
    try:
        return await asyncio.to_thread(preview, hung.content)
    except ValueError:
        return None


def _counted(drawing: Drawing, hung: list[Hung]) -> Headers:
    """Return the headers that tell what is not as it was asked for."""
    wanted = len(drawing.pictures) + drawing.withheld + drawing.lost
    counts = (
        (BLOCKED, drawing.withheld),
        (LOST, drawing.lost),
        (INLINE, sum(each.inline for each in hung)),
    )
    return [(name, b"%d of %d" % (count, wanted)) for name, count in counts if count]


def _call(wish: ImageWish, context: RequestContext, caller: Caller) -> Call:
    return Call(
        request_id=context.ledger_id,
        dialect="images",
        model=wish.model,
        stream=wish.stream,
        body=Body({}),
        caller=caller,
        received_at=context.started,
        dropped=wish.dropped,
    )


def _by_upstream(wish: ImageWish, settings: Settings) -> bool:
    """Tell whether upstream's own links are what the client gets."""
    theirs = settings.media.links == "upstream" and wish.answer_as == "url"
    return theirs and wish.format is None and not wish.stream


async def _read_generation(
    context: RequestContext, receive: Receive, settings: Settings, caller: Caller
) -> ImageWish:
    body = Body.parse(await received(context, receive, settings))
    return read_generation(body, strict=caller.strict)


async def _read_edit(
    context: RequestContext, receive: Receive, settings: Settings, caller: Caller
) -> ImageWish:
    if not is_multipart(context):
        body = Body.parse(await received(context, receive, settings))
        return read_edit(body, strict=caller.strict)
    rules = form_rules(settings, file=MOST_BYTES)
    async with read_form(context, receive, rules) as form:
        texts = [(name, value) for name, values in form.fields.items() for value in values]
        files = form.files[: MOST_GIVEN + 1]
        sent = [SentFile(file.name, await file.content()) for file in files]
    return read_edit(form_body(texts), sent, strict=caller.strict)
