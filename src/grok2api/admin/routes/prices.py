"""What models cost by our list, and an operator's own prices. Must never hide where a price comes from."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Request, Response

from grok2api.admin.audited import Noting
from grok2api.admin.gate import actor_of
from grok2api.admin.ledger_shapes import PriceBody, PriceRow, PriceTable
from grok2api.errors import NotFound
from grok2api.operations.price_keeping import PriceKeeper

Model = Annotated[str, Path(max_length=128, pattern=r"^[!-~]+$")]


class PriceRoutes:
    """Prices."""

    def __init__(self, prices: PriceKeeper) -> None:
        self._prices = prices

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["usage"])
        one = "/prices/{model:path}"
        router.add_api_route("/prices", self.table, methods=["GET"], summary="List prices")
        router.add_api_route(one, self.put, methods=["PUT"], summary="Set a model's price")
        router.add_api_route(
            one, self.delete, methods=["DELETE"], status_code=204, summary="Go back to the list's price"
        )
        return router

    async def table(self) -> PriceTable:
        """List what each upstream model costs: by an operator, else by the list of this version."""
        rows = [PriceRow.model_validate(each) for each in await self._prices.rows()]
        return PriceTable(version=self._prices.version, data=rows)

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

    async def _own(self, model: str) -> dict[str, object]:
        """Return the own price that stands now; nothing if there is none."""
        for row in await self._prices.rows():
            if row["model"] == model and row["source"] == "own":
                return {name: row[name] for name in PriceBody.model_fields}
        return {}
