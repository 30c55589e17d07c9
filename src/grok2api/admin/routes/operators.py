"""The accounts of operators, which only the owner sees."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Response

from grok2api.admin.audited import Noting
from grok2api.admin.desk_shapes import NewOperator, OperatorEdit, OperatorList, OperatorView, operator_view
from grok2api.admin.staff import Staff


class OperatorRoutes:
    """Accounts besides the owner's."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["operators"])
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
        return router

    async def list(self) -> OperatorList:
        """List the accounts besides the owner's, the oldest first."""
        return OperatorList(data=[operator_view(each) for each in await self._staff.all()])

    async def create(self, sent: Annotated[NewOperator, Body()], note: Noting) -> OperatorView:
        """Make an account; 409 `name_taken` if another one is called so."""
        made = operator_view(await self._staff.create(sent.name, sent.role, sent.password))
        note.made(made.id, {"name": made.name, "role": made.role})
        return made

    async def show(self, operator_id: str) -> OperatorView:
        """Show an account, its password apart."""
        return operator_view(await self._staff.one(operator_id))

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
        return operator_view(changed)

    async def delete(self, operator_id: str, note: Noting) -> Response:
        """Delete an account for good, and end its sessions."""
        operator = await self._staff.one(operator_id)
        await self._staff.delete(operator)
        note.before = {"name": operator.name, "role": operator.role}
        return Response(status_code=204)
