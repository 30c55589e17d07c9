"""What models cost by our list, and an operator's own prices. Must never hide where a price comes from."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Request, Response

from grok2api.admin.admitted import actor_of
from grok2api.admin.audited import Noting
from grok2api.admin.ledger_shapes import MediaPriceBody, MediaPriceRow, PriceBody, PriceRow, PriceTable
from grok2api.admin.subjects import subject
from grok2api.errors import NotFound
from grok2api.operations.price_keeping import PriceKeeper

Model = Annotated[str, Path(max_length=128, pattern=r"^[!-~]+$")]


class PriceRoutes:
    """Prices.

    Args:
        prices: Shows and sets them.
    """

    def __init__(self, prices: PriceKeeper) -> None:
        self._prices = prices

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("usage")
        one = "/prices/{model:path}"
        router.add_api_route("/prices", self.table, methods=["GET"], summary="List prices")
        router.add_api_route(one, self.put, methods=["PUT"], summary="Set a model's price")
        router.add_api_route(
            one, self.delete, methods=["DELETE"], status_code=204, summary="Go back to the list's price"
        )
        other = "/media-prices/{thing:path}"
        router.add_api_route(other, self.put_media, methods=["PUT"], summary="Set what a thing costs")
        router.add_api_route(
            other,
            self.delete_media,
            methods=["DELETE"],
            status_code=204,
            summary="Go back to the list's price",
        )
        return router

    async def table(self) -> PriceTable:
        """List what each upstream model costs: by an operator, else by the list of this version."""
        rows = [PriceRow.model_validate(each) for each in await self._prices.rows()]
        media = [MediaPriceRow.model_validate(each) for each in await self._prices.media_rows()]
        long_context = self._prices.long_context
        return PriceTable(version=self._prices.version, long_context=long_context, data=rows, media=media)

    async def put(
        self, model: Model, sent: Annotated[PriceBody, Body()], note: Noting, request: Request
    ) -> PriceRow:
        """Set what an upstream model costs, for requests that end from now on."""
        before = await self._own(model)
        await self._prices.put(
            model,
            sent.input_usd_per_million,
            sent.cached_usd_per_million,
            sent.output_usd_per_million,
            actor=actor_of(request.scope).name,
        )
        for row in await self._prices.rows():
            if row["model"] == model:
                note.changed(before, sent.model_dump())
                return PriceRow.model_validate(row)
        raise NotFound("The price was taken away again.")

    async def delete(self, model: Model, note: Noting, request: Request) -> Response:
        """Take an own price away."""
        note.before = await self._own(model)
        await self._prices.delete(model, actor=actor_of(request.scope).name)
        return Response(status_code=204)

    async def put_media(
        self, thing: Model, sent: Annotated[MediaPriceBody, Body()], note: Noting, request: Request
    ) -> MediaPriceRow:
        """Set what a picture, a second, an hour or a million characters cost, from now on."""
        before = await self._media(thing)
        await self._prices.put_media(thing, sent.usd, actor=actor_of(request.scope).name)
        after = await self._media(thing)
        if after is None:
            raise NotFound("The price was taken away again.")
        note.changed({} if before is None else {"usd": before.usd}, {"usd": after.usd})
        return after

    async def delete_media(self, thing: Model, note: Noting, request: Request) -> Response:
        """Take an own price of a thing away."""
        before = await self._media(thing)
        note.before = {} if before is None else {"usd": before.usd}
        await self._prices.delete_media(thing, actor=actor_of(request.scope).name)
        return Response(status_code=204)

    async def _media(self, thing: str) -> MediaPriceRow | None:
        """Return what a thing costs now; None if nobody says."""
        found = [each for each in await self._prices.media_rows() if each["thing"] == thing]
        return MediaPriceRow.model_validate(found[0]) if found else None

    async def _own(self, model: str) -> dict[str, object]:
        """Return the own price that stands now; nothing if there is none."""
        for row in await self._prices.rows():
            if row["model"] == model and row["source"] == "own":
                return {name: row[name] for name in PriceBody.model_fields}
        return {}
