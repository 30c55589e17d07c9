"""Sums of what was used: over time, and now against before. Must never read the rows: sums are bounded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Response

from grok2api.accounting.drift import drifts
from grok2api.admin.in_pieces import written_in_pieces
from grok2api.admin.ledger_shapes import (
    AXES,
    SPAN,
    By,
    DriftView,
    Figures,
    UsagePoint,
    UsageQuery,
    UsageSeries,
    UsageSummary,
)
from grok2api.admin.moments import span_of
from grok2api.admin.names import Names
from grok2api.admin.services import LedgerServices
from grok2api.admin.subjects import subject
from grok2api.kit.clock import Clock
from grok2api.operations.notation import moment
from grok2api.operations.usage import MOST_SPANS, STEPS, series, sum_view, whole_hours, whole_sum
from grok2api.storage.usage import DAY, HOUR, UsageStore


class UsageRoutes:
    """Usage over time.

    Args:
        usage: Where the sums are.
        ledger: Has the newest rows written.
        names: Tells what keys and credentials are called.
        clock: Tells the day.
    """

    def __init__(self, usage: UsageStore, ledger: LedgerServices, names: Names, clock: Clock) -> None:
        self._usage = usage
        self._ledger = ledger
        self._names = names
        self._clock = clock

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("usage")
        router.add_api_route(
            "/usage",
            self.over_time,
            methods=["GET"],
            response_model=UsageSeries,
            summary="Sum usage over time",
        )
        router.add_api_route("/usage/summary", self.summary, methods=["GET"], summary="Sum up now and before")
        return router

    async def over_time(self, query: Annotated[UsageQuery, Query()]) -> Response:
        """Sum usage by hour or day (UTC), parted by model, key or credential if asked.

        Of many names the `top` by cost are shown, and all others together as `others`.
        """
        await self._ledger.written()
        step = STEPS[query.step]
        since, until = self._span(query, step)
        shown, others = await series(
            self._usage,
            since,
            until,
            step=step,
            by=None if query.by is None else AXES[query.by],
            only=query.only(),
            top=query.top,
        )
        labels = await self._labels(query.by)
        sums = [(each, False) for each in shown]
        sums += [(each, True) for each in others if each.counts.requests]
        sums.sort(key=lambda each: (each[0].start, each[1], each[0].name))

        async def points() -> AsyncIterator[UsagePoint]:
            for each, rest in sums:
                label = labels.get(each.name) if query.by and not rest else None
                yield UsagePoint.model_validate({**sum_view(each), "label": label, "others": rest})

        start, end = moment(since) or "", moment(until) or ""
        whole = UsageSeries(start=start, end=end, step=query.step, by=query.by, data=[])
        return await written_in_pieces(whole, "data", points())

    async def summary(self, query: Annotated[UsageQuery, Query()]) -> UsageSummary:
        """Sum up a span, the last day if none is named, beside the span before it of the same length."""
        await self._ledger.written()
        since, until = self._span(query, HOUR, most=None)
        only = query.only()
        now = await whole_sum(self._usage, since, until, only)
        before = await whole_sum(self._usage, 2 * since - until, since, only)
        today = int(self._clock.now()) + HOUR
        compared = await self._usage.summarise(today - DAY, today, by="upstream_model")
        return UsageSummary(
            start=moment(since) or "",
            end=moment(until) or "",
            now=Figures.model_validate(sum_view(now)),
            before=Figures.model_validate(sum_view(before)),
            drift=[
                DriftView(
                    model=each.model,
                    requests=each.compared,
                    told_in_usd_ticks=each.told_ticks,
                    price_in_usd_ticks=each.price_ticks,
                    percent=round(each.ratio * 100, 2),
                )
                for each in drifts(compared)
            ],
            prices_version=self._ledger.prices.version,
        )

    def _span(self, query: UsageQuery, step: int, *, most: int | None = MOST_SPANS) -> tuple[int, int]:
        since, until = span_of(query.since, query.until, SPAN)
        until = self._clock.now() + 1 if until is None else until
        return whole_hours(until - DAY if since is None else since, until, step=step, most=most)

    async def _labels(self, by: By | None) -> Mapping[str, str]:
        if by == "key":
            return await self._names.of_keys()
        return await self._names.of_credentials() if by == "credential" else {}
