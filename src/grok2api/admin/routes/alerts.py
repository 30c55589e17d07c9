"""What needs an operator now, and whether the messages about it arrive.

Must never show the address that they are posted to: it lets whoever knows it post there too.
"""

from __future__ import annotations

from fastapi import APIRouter

from grok2api.admin.audited import Noting
from grok2api.admin.services import AlertServices
from grok2api.admin.shapes import Told
from grok2api.admin.subjects import subject
from grok2api.alerts.alert import Kind, Notice, Severity
from grok2api.alerts.book import Standing
from grok2api.alerts.wording import words
from grok2api.operations.notation import moment


class AlertView(Told):
    """One thing that is wrong."""

    kind: Kind
    """What is wrong, for programs."""
    subject: str
    """With whom or what, as an id; empty if there is only one."""
    severity: Severity
    """`warning` or `critical`."""
    title: str
    """What is wrong, in one line of English."""
    title_chinese: str
    """The same in Chinese."""
    advice: str
    """What to do about it, in English."""
    advice_chinese: str
    """The same in Chinese."""
    since: str
    """Since when it is wrong, UTC in ISO 8601."""
    told_at: str | None
    """When it was last told; null until then."""


class AlertList(Told):
    """All that is wrong, the oldest first."""

    configured: bool
    """Whether messages are sent (alerts.webhook_url)."""
    data: list[AlertView]
    """All that is wrong, the oldest first."""


class Delivery(Told):
    """What came of a message."""

    delivered: bool
    """Whether the webhook took it."""
    reason: str
    """Why it did not arrive; empty if it did."""


class AlertRoutes:
    """Alerts.

    Args:
        alerts: What stands, and a way to try the webhook.
    """

    def __init__(self, alerts: AlertServices) -> None:
        self._alerts = alerts

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("alerts")
        router.add_api_route("/alerts", self.list, methods=["GET"], summary="List what needs an operator")
        router.add_api_route("/alerts/test", self.test, methods=["POST"], summary="Send a test message")
        return router

    async def list(self) -> AlertList:
        """List all that is wrong now, as the process that leads sees it."""
        standing = sorted((await self._alerts.standing()).values(), key=lambda each: each.since)
        return AlertList(configured=self._alerts.configured(), data=[_view(each) for each in standing])

    async def test(self, note: Noting) -> Delivery:
        """Post a test message to the webhook of the settings, and tell whether it was taken."""
        reason = await self._alerts.test()
        note.after = {"delivered": not reason, "reason": reason}
        return Delivery(delivered=not reason, reason=reason)


def _view(standing: Standing) -> AlertView:
    notice = Notice("raised", standing.alert, standing.since, standing.seen)
    english, chinese = words(notice, "en"), words(notice, "zh")
    return AlertView(
        kind=standing.kind,
        subject=standing.subject,
        severity=notice.severity,
        title=english.title,
        title_chinese=chinese.title,
        advice=english.advice,
        advice_chinese=chinese.advice,
        since=moment(standing.since) or "",
        told_at=moment(standing.told),
    )
