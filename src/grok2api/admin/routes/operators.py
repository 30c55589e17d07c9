"""The accounts of operators, which only the owner sees."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Response

from grok2api.admin.audited import Noting
from grok2api.admin.operator_shapes import (
    NewOperator,
    OperatorEdit,
    OperatorList,
    OperatorView,
    operator_view,
)
from grok2api.admin.second_factors import SecondFactors
from grok2api.admin.staff import Staff
from grok2api.admin.subjects import subject
from grok2api.errors import NotFound
from grok2api.storage.access import Operator


class OperatorRoutes:
    """Accounts besides the owner's.

    Args:
        staff: Changes them.
        second_factors: Knows who has an authenticator app.
    """

    def __init__(self, staff: Staff, second_factors: SecondFactors) -> None:
        self._staff = staff
        self._second_factors = second_factors

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("operators")
        one = "/operators/{operator_id}"
        router.add_api_route("/operators", self.list, methods=["GET"], summary="List operators")
        router.add_api_route(
            "/operators", self.create, methods=["POST"], status_code=201, summary="Make an account"
        )
        router.add_api_route(one, self.show, methods=["GET"], summary="Show an operator")
        router.add_api_route(one, self.edit, methods=["PATCH"], summary="Change an operator")
        router.add_api_route(
            one, self.delete, methods=["DELETE"], status_code=204, summary="Delete an operator"
        )
        router.add_api_route(
            f"{one}/second-factor",
            self.remove_second_factor,
            methods=["DELETE"],
            status_code=204,
            summary="Remove an operator's authenticator app",
        )
        return router

    async def list(self) -> OperatorList:
        """List the accounts besides the owner's, the oldest first."""
        factors = await self._second_factors.all()
        return OperatorList(
            data=[operator_view(each, second_factor=each.id in factors) for each in await self._staff.all()]
        )

    async def create(self, sent: Annotated[NewOperator, Body()], note: Noting) -> OperatorView:
        """Make an account; 409 `name_taken` if another one is called so."""
        made = operator_view(await self._staff.create(sent.name, sent.role, sent.password))
        note.made(made.id, {"name": made.name, "role": made.role})
        return made

    async def show(self, operator_id: str) -> OperatorView:
        """Show an account, its password apart."""
        return await self._view(await self._staff.one(operator_id))

    async def edit(
        self, operator_id: str, sent: Annotated[OperatorEdit, Body()], note: Noting
    ) -> OperatorView:
        """Change what was sent. A role counts at once; another password or `enabled: false` signs out."""
        operator = await self._staff.one(operator_id)
        changed = await self._staff.edit(
            operator, name=sent.name, role=sent.role, enabled=sent.enabled, password=sent.password
        )
        before, after = (operator_view(each).model_dump() for each in (operator, changed))
        note.changed(before, after if sent.password is None else {**after, "password": "another one"})
        return await self._view(changed)

    async def delete(self, operator_id: str, note: Noting) -> Response:
        """Delete an account for good, and end its sessions."""
        operator = await self._staff.one(operator_id)
        await self._staff.delete(operator)
        await self._second_factors.remove(operator.id)
        note.before = {"name": operator.name, "role": operator.role}
        return Response(status_code=204)

    async def remove_second_factor(self, operator_id: str, note: Noting) -> Response:
        """Remove the authenticator app of somebody who has lost it; his password alone opens again."""
        operator = await self._staff.one(operator_id)
        if not await self._second_factors.remove(operator.id):
            raise NotFound("This operator has no authenticator app.")
        note.before = {"name": operator.name}
        note.target = operator.id
        return Response(status_code=204)

    async def _view(self, operator: Operator) -> OperatorView:
        factor = await self._second_factors.of(operator.id)
        return operator_view(operator, second_factor=factor is not None)
