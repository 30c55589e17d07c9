"""Pictures as the answer of a conversation: drawn, kept, and written as Markdown, links or data.

The request itself is paid with them: what they used is noted on its account. Must never give out a picture in
another form than the request asks for, nor hide that some are missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Final

from grok2api.dialects.images.answer import base64_text
from grok2api.gateway.gallery import Frame, Gallery, Hung
from grok2api.gateway.images import ImageMaker
from grok2api.gateway.orders import Order
from grok2api.gateway.studio.sitting import Sitting
from grok2api.gateway.studio.takes import Progress, Result, Take
from grok2api.gateway.studio.wishes import picture_format, picture_wish

_ALT: Final = "image"


class PictureStudio:
    """Answers with pictures.

    Args:
        maker: Has them drawn.
        gallery: Keeps them and links to them.
    """

    def __init__(self, maker: ImageMaker, gallery: Gallery) -> None:
        self._maker = maker
        self._gallery = gallery

    async def take(self, order: Order, sitting: Sitting, where: str) -> Take:
        """Return an answer that is made.

        Raises:
            Grok2ApiError: there is none; the request is not settled yet.
        """
        call, settings = order.call, order.settings
        form = picture_format(call, settings)
        wish = replace(
            picture_wish(sitting, call, where), answer_as="b64_json" if form == "base64" else "url"
        )
        theirs = settings.media.links == "upstream" and form != "base64"
        drawn = self._maker.order(call, wish, order.settlement, settings, links=theirs)
        drawing = await self._maker.make(drawn)
        frame = Frame(owner=call.caller.key_id, address=order.view.address, answer_as=wish.answer_as)
        hung = await self._gallery.hang(drawing.pictures, frame)
        text = await asyncio.to_thread(_written, hung, form)
        if drawing.error is not None:
            text += f"\n\n*{drawing.error.public_message}*"
        return Take(
            target=drawing.made.target,
            lease=drawing.made.lease,
            dropped=(*wish.dropped, *drawing.made.dispatch.dropped),
            pieces=_finished(Result(text, order.settlement.usage)),
        )


async def _finished(result: Result) -> AsyncIterator[Progress | Result]:
    yield result


def _written(hung: Sequence[Hung], form: str) -> str:
    """Return the answer's text; a picture that could not be kept is given as data, whatever was asked for."""
    return "\n\n".join(_one(picture, bare=form == "link") for picture in hung)


def _one(picture: Hung, *, bare: bool) -> str:
    shown = picture.shown
    if shown.url:
        return shown.url if bare and not picture.inline else f"![{_ALT}]({shown.url})"
    return f"![{_ALT}](data:{shown.mime};base64,{base64_text(picture.content)})"
