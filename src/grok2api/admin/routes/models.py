"""The names that clients may ask for, and what an operator says of them.

What operators say is read from the store, so that whoever has said something finds it, on every worker and at
once; what xAI has is what this worker has learnt. Must never wait for xAI.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from grok2api.admin.audited import Noting
from grok2api.admin.model_shapes import (
    ModelPage,
    ModelView,
    SentOverride,
    ToldTarget,
    model_view,
    override_view,
)
from grok2api.admin.services import ModelServices
from grok2api.admin.subjects import subject
from grok2api.errors import NotFound
from grok2api.operations.modelling import ModelOperations, PublicModel, public_model, public_models
from grok2api.routing.catalogue import Catalogue

_PATH = "/models/{identifier:path}"


class ModelRoutes:
    """Models.

    Args:
        models: The catalogue of this worker, and what its pool may serve.
        operations: Keeps what is said.
    """

    def __init__(self, models: ModelServices, operations: ModelOperations) -> None:
        self._models = models
        self._operations = operations

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("models")
        for path, endpoint, method, summary in (
            ("/models", self.list, "GET", "List every model name"),
            (_PATH, self.get, "GET", "Show one model name"),
            (_PATH, self.put, "PUT", "Say what a model name stands for"),
            (_PATH, self.delete, "DELETE", "Take back what was said of a model name"),
        ):
            router.add_api_route(path, endpoint, methods=[method], summary=summary)
        return router

    async def list(self) -> ModelPage:
        """List every name: operators', the program's, xAI's, each with what stands behind it."""
        catalogue = await self._present()
        return ModelPage(data=[self._view(each, catalogue) for each in public_models(catalogue)])

    async def get(self, identifier: str) -> ModelView:
        """Show one name."""
        catalogue = await self._present()
        return self._view(public_model(catalogue, identifier), catalogue)

    async def put(self, identifier: str, sent: SentOverride, note: Noting) -> ModelView:
        """Say what a name stands for or who sees it, in place of all that was said of it before.

        Every worker follows within two seconds.
        """
        before = await self._said(identifier)
        catalogue = await self._operations.put(identifier, sent.override(), self._models.catalogue())
        made = self._view(public_model(catalogue, identifier), catalogue)
        note.changed(before, {} if made.override is None else made.override.model_dump())
        return made

    async def delete(self, identifier: str, note: Noting) -> ModelView | None:
        """Take back what was said; null where nothing else knows the name."""
        before = await self._said(identifier)
        await self._operations.remove(identifier)
        note.before = before
        catalogue = await self._present()
        model = public_model(catalogue, identifier)
        return None if model.unsaid is None else self._view(model, catalogue)

    async def _present(self) -> Catalogue:
        """Return what this worker knows of xAI's models, with what operators say by the store."""
        return await self._operations.overridden(self._models.catalogue())

    async def _said(self, identifier: str) -> dict[str, Any]:
        """Return what an operator says of a name now; nothing if he says nothing."""
        model = public_model(await self._present(), identifier)
        return {} if model.override is None else override_view(model.override).model_dump()

    def _view(self, model: PublicModel, catalogue: Catalogue) -> ModelView:
        meant = model.row or model.unsaid
        if meant is None and model.override is None:
            raise NotFound("No model has this name.", param="id")
        targets = []
        for each in () if meant is None else meant.targets:
            known = catalogue.model(each.target)
            targets.append(
                ToldTarget(
                    model=known.id,
                    effort=each.effort,
                    asked=each.asked,
                    efforts=list(known.efforts),
                    known=known.id in catalogue.upstream,
                    servable=self._models.servable(known.id, meant.tier if meant else None),
                    accounts=sum(
                        any(m.id == known.id for m in seen) for seen in catalogue.discovered.values()
                    ),
                )
            )
        return model_view(model, targets)
