"""The settings over the admin API: shown with their sources, changed many at once, and taken back.

Must never show a secret, and must never change what the environment or a flag decides.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Header, Query, Request
from starlette.responses import PlainTextResponse

from grok2api.admin.admitted import actor_of
from grok2api.admin.audited import Note, Noting
from grok2api.admin.services import RequestIds
from grok2api.admin.setting_shapes import (
    ChangeBody,
    ChangedView,
    CheckView,
    FileBody,
    FileView,
    HistoryPage,
    PatchBody,
    RollbackBody,
    SectionView,
    SettingsView,
    SettingView,
    SourceView,
    changed_view,
    check_view,
    problem_view,
    version_view,
)
from grok2api.admin.subjects import subject
from grok2api.config.chinese import rule_of
from grok2api.config.fields import SettingField, setting_fields, shown, value_at
from grok2api.config.live import Live
from grok2api.config.loaded import Loaded
from grok2api.config.settings import BOOTSTRAP_SECTIONS
from grok2api.errors import ConfigError, InvalidRequest
from grok2api.operations.configuring import Checked, SettingChange, SettingOperations
from grok2api.operations.setting_files import FileFormat, offered, written


class SettingRoutes:
    """Settings and their history.

    Args:
        settings: Shows and changes them.
        live: Those that this worker goes by now.
        request_id: Tells what a request is called, which the history notes.
    """

    def __init__(self, settings: SettingOperations, live: Live, request_id: RequestIds) -> None:
        self._settings = settings
        self._live = live
        self._request_id = request_id

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("settings")
        router.add_api_route("/settings", self.show, methods=["GET"], summary="Show the settings")
        router.add_api_route("/settings", self.change, methods=["PATCH"], summary="Change settings")
        router.add_api_route("/settings/check", self.check, methods=["POST"], summary="Try a change out")
        router.add_api_route(
            "/settings/export",
            self.export,
            methods=["GET"],
            summary="Write the settings as a file",
            response_class=PlainTextResponse,
        )
        router.add_api_route("/settings/read", self.read, methods=["POST"], summary="Read a file of settings")
        router.add_api_route("/settings/history", self.history, methods=["GET"], summary="List changes")
        router.add_api_route(
            "/settings/rollback", self.roll_back, methods=["POST"], summary="Go back to a version"
        )
        return router

    async def show(self) -> SettingsView:
        """Show every setting as a start would load it, with its source, its rule and its help."""
        number, overrides, refused, loaded = 0, dict[str, object](), "", self._live.loaded
        try:
            number, overrides = await self._settings.present()
            loaded = self._settings.loaded(overrides)
        except (ConfigError, ValueError) as error:
            refused = str(error)
        sections: dict[str, list[SettingView]] = {}
        for field in setting_fields():
            view = self._view(field, loaded, stored=field.path in overrides)
            sections.setdefault(field.section, []).append(view)
        return SettingsView(
            revision=number,
            sections=[SectionView(name=name, settings=views) for name, views in sections.items()],
            warnings=list(loaded.warnings),
            refused=refused,
        )

    async def check(self, sent: Annotated[ChangeBody, Body()]) -> CheckView:
        """Tell whether a change could be made, and what it would do; nothing is written."""
        return check_view(await self._settings.check(_wanted(sent)))

    async def export(self, form: Annotated[FileFormat, Query(alias="format")] = "toml") -> PlainTextResponse:
        """Write what differs from the defaults, wherever it comes from, and may be set here; no secrets."""
        overrides = (await self._settings.present())[1]
        content = written(self._settings.loaded(overrides).settings, form)
        headers = {"content-disposition": f'attachment; filename="grok2api-settings.{form}"'}
        return PlainTextResponse(content, headers=headers)

    async def read(self, sent: Annotated[FileBody, Body()]) -> FileView:
        """Tell what a file of settings would change, and what of it cannot be taken in; nothing is written.

        The file is TOML or JSON, as `/settings/export` writes it; a `config.toml` does as well.
        """
        found = offered(sent.content, await self._settings.locked())
        checked = await self._settings.check(SettingChange(values=found.values))
        left_out = [problem_view(each) for each in found.left_out]
        return FileView(set=dict(found.values), left_out=left_out, check=check_view(checked))

    async def change(
        self,
        sent: Annotated[PatchBody, Body()],
        request: Request,
        note: Noting,
        if_match: Annotated[str | None, Header()] = None,
    ) -> ChangedView:
        """Change many settings, all or none. 409 `settings_changed` if `revision` is not the present one."""
        checked = await self._settings.apply(
            _wanted(sent),
            expected=_expected(sent.revision, if_match),
            actor=actor_of(request.scope).name,
            request_id=self._request_id(request.scope),
        )
        return _told(checked, note)

    async def roll_back(
        self,
        sent: Annotated[RollbackBody, Body()],
        request: Request,
        note: Noting,
        if_match: Annotated[str | None, Header()] = None,
    ) -> ChangedView:
        """Let the store hold exactly what it held after a version. That is a change, and can be undone."""
        checked = await self._settings.restore(
            sent.to,
            expected=_expected(sent.revision, if_match),
            actor=actor_of(request.scope).name,
            request_id=self._request_id(request.scope),
        )
        return _told(checked, note)

    async def history(
        self,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[int | None, Query(ge=1)] = None,
    ) -> HistoryPage:
        """List the changes, newest first; `cursor` is the last page's `next_cursor`."""
        found = await self._settings.history(limit + 1, before=cursor)
        shown_ones = found[:limit]
        more = shown_ones[-1].number if len(found) > len(shown_ones) else None
        return HistoryPage(data=[version_view(each) for each in shown_ones], next_cursor=more)

    def _view(self, field: SettingField, loaded: Loaded, *, stored: bool) -> SettingView:
        source, value = loaded.sources.get(field.path), value_at(loaded.settings, field.path)
        restart = field.reload == "restart"
        return SettingView.model_validate(
            {
                "path": field.path,
                "name": field.name,
                "kind": field.kind,
                "choices": list(field.choices),
                "low": field.low,
                "high": field.high,
                "rule": field.must,
                "rule_zh": rule_of(field),
                "help": field.help,
                "help_zh": field.help_chinese,
                "default": shown(field, field.default),
                "value": shown(field, value),
                "source": SourceView(
                    kind=source.kind if source else "default",
                    name=source.name if source else "",
                    text=str(source or ""),
                ),
                "stored": stored,
                "storable": field.section not in BOOTSTRAP_SECTIONS,
                "locked": source is not None and source.outranks_store,
                "secret": field.secret,
                "reload": field.reload,
                "pending_restart": restart and value != value_at(self._live.started, field.path),
            }
        )


def _wanted(sent: ChangeBody) -> SettingChange:
    return SettingChange(values=sent.set, unset=tuple(dict.fromkeys(sent.unset)))


def _told(checked: Checked, note: Note) -> ChangedView:
    note.before = {each.path: each.before for each in checked.differences}
    note.after = {each.path: each.after for each in checked.differences}
    note.target = f"revision {checked.number}"
    return changed_view(checked)


def _expected(revision: int | None, if_match: str | None) -> int | None:
    """Return the revision that a change was made from; `*` and nothing stand for any."""
    if revision is not None or if_match is None or if_match.strip() == "*":
        return revision
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isascii() or not text.isdigit():
        raise InvalidRequest("If-Match is the revision of the settings, such as 12.", param="if-match")
    return int(text)
