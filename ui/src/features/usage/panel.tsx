import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { every } from "@/api/flow";
import { following } from "@/api/pulse";
import type { Figures, UsageSeries, UsageSummary } from "@/api/schema";
import { Meter } from "@/components/bars";
import { Chart } from "@/components/chart";
import { Card } from "@/components/page";
import { Segmented } from "@/components/segmented";
import { SpanPicker } from "@/components/span-picker";
import { Failed, Notice, Skeleton } from "@/components/states";
import { Checkbox } from "@/components/toggle";
import { cn } from "@/lib/cn";
import { compact, dateTime, milliseconds, number, percent, TICKS_PER_USD, usd } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { between, isOwn, type Span, stepOf } from "@/lib/ranges";
import { ranked, timesOf, valuesOf } from "./series";

type Measure = "requests" | "tokens" | "cost" | "latency";
const MEASURES: Measure[] = ["requests", "tokens", "cost", "latency"];
const AXES = ["model", "key", "credential"] as const;

function useSeries(span: Span, live: boolean, by?: string) {
  return useQuery({
    queryKey: ["usage", span, by],
    queryFn: ({ signal }) =>
      api.get<UsageSeries>("/usage", { ...between(span, "24h"), step: stepOf(span), by, top: 8 }, signal),
    refetchInterval: live ? every(15_000) : false,
    meta: following(live),
    placeholderData: keepPreviousData,
  });
}

function Change({ now, before, less }: { now: number | null; before: number | null; less?: boolean }) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (now === null || !before) return <span className="text-muted">{t("usage.noBefore")}</span>;
  const change = (now - before) / before;
  if (Math.abs(change) < 0.005) return <span className="text-muted">{t("usage.same")}</span>;
  const good = less === undefined ? null : change < 0 === less;
  return (
    <span className={good === null ? "text-muted" : good ? "text-ok" : "text-bad"}>
      {change > 0 ? "+" : "−"}
      {percent(Math.abs(change), language)}
      <span className="text-muted"> {t("usage.before")}</span>
    </span>
  );
}

function Figure({ label, value, children }: { label: string; value: string; children: React.ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-0.5 bg-panel px-4 py-3">
      <span className="truncate text-muted text-xs">{label}</span>
      <span className="num truncate font-semibold text-xl tracking-tight">{value}</span>
      <span className="num truncate text-xs">{children}</span>
    </div>
  );
}

function Numbers({ summary }: { summary: UsageSummary }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { now, before } = summary;
  const tokens = (figures: Figures) => figures.input_tokens + figures.output_tokens;
  const ms = (value: number | null) => (value === null ? "–" : milliseconds(value, language));
  return (
    <div className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border bg-line shadow-card md:grid-cols-3 xl:grid-cols-6">
      <Figure label={t("usage.requests")} value={number(now.requests, language)}>
        <Change now={now.requests} before={before.requests} />
      </Figure>
      <Figure label={t("usage.success")} value={now.success_rate === null ? "–" : percent(now.success_rate, language)}>
        <Change now={now.success_rate} before={before.success_rate} less={false} />
      </Figure>
      <Figure label={t("usage.tokens")} value={compact(tokens(now), language)}>
        <Change now={tokens(now)} before={tokens(before)} />
      </Figure>
      <Figure label={t("usage.cost")} value={usd(now.cost_in_usd_ticks, language)}>
        <Change now={now.cost_in_usd_ticks} before={before.cost_in_usd_ticks} />
      </Figure>
      <Figure label={t("usage.first")} value={ms(now.first_byte_ms_p50)}>
        <span className="text-muted">{t("usage.p95", { value: ms(now.first_byte_ms_p95) })}</span>
      </Figure>
      <Figure label={t("usage.saved")} value={usd(now.cache_savings_in_usd_ticks, language)}>
        <span className="text-muted">{t("usage.savedHint")}</span>
      </Figure>
    </div>
  );
}

function OverTime({ series }: { series: UsageSeries }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [measure, setMeasure] = useState<Measure>("requests");
  const times = useMemo(() => timesOf(series), [series]);
  const lines = useMemo(() => {
    const line = (name: string, colour: string, value: Parameters<typeof valuesOf>[1], bars = false) => ({
      label: t(`usage.line.${name}`),
      colour,
      values: valuesOf(series, value),
      bars,
    });
    if (measure === "tokens")
      return [
        line("input", "--accent", (point) => point.input_tokens),
        line("output", "--ok-dot", (point) => point.output_tokens),
      ];
    if (measure === "cost") return [line("cost", "--accent", (point) => point.cost_in_usd_ticks / TICKS_PER_USD, true)];
    if (measure === "latency")
      return [
        line("p50", "--accent", (point) => point.first_byte_ms_p50),
        line("p95", "--warn-dot", (point) => point.first_byte_ms_p95),
      ];
    return [
      line("requests", "--accent", (point) => point.requests, true),
      line("failed", "--bad-dot", (point) => point.failed, true),
    ];
  }, [series, measure, t]);
  const format = (value: number) => {
    if (measure === "cost") return usd(value * TICKS_PER_USD, language);
    return measure === "latency" ? milliseconds(value, language) : compact(value, language);
  };
  const formatTime = (seconds: number) =>
    new Intl.DateTimeFormat(language, {
      dateStyle: "short",
      timeStyle: series.step === "day" ? undefined : "short",
    }).format(seconds * 1000);
  return (
    <Card
      className="flex flex-col [&>div:last-child]:flex-1"
      title={t("usage.overTime")}
      actions={
        <Segmented
          label={t("usage.measure")}
          value={measure}
          onChange={setMeasure}
          options={MEASURES.map((each) => ({ value: each, label: t(`usage.measures.${each}`) }))}
        />
      }
    >
      <Chart
        times={times}
        lines={lines}
        label={t(`usage.measures.${measure}`)}
        format={format}
        formatTime={formatTime}
        whole={measure === "requests" || measure === "tokens"}
      />
    </Card>
  );
}

function Top({ span, live }: { span: Span; live: boolean }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [axis, setAxis] = useState<(typeof AXES)[number]>("model");
  const { data } = useSeries(span, live, axis);
  const nameless = (others: boolean) => t(others ? "usage.others" : `usage.unnamed.${axis}`);
  const rows = (data ? ranked(data) : []).map((row) => ({
    ...row,
    label: (!row.others && row.label) || nameless(row.others),
  }));
  const most = Math.max(...rows.map((row) => row.cost), 1);
  return (
    <Card
      title={t("usage.top")}
      actions={
        <Segmented
          label={t("usage.axis")}
          value={axis}
          onChange={setAxis}
          options={AXES.map((each) => ({ value: each, label: t(`usage.axes.${each}`) }))}
        />
      }
    >
      {!data && <Skeleton className="h-40" />}
      {data && rows.length === 0 && <p className="text-muted text-sm">{t("usage.nothing")}</p>}
      <ul className="flex flex-col gap-3">
        {rows.map((row) => (
          <li key={row.others ? "\0" : row.name} className="flex flex-col gap-1.5 text-sm">
            <div className="flex items-baseline justify-between gap-3">
              <span
                className={cn("min-w-0 truncate", !row.name && "text-muted")}
                title={row.name || row.others ? undefined : t("usage.unnamedHint")}
              >
                {row.label}
              </span>
              <span className="num shrink-0">
                {usd(row.cost, language)}
                <span className="ml-2 text-muted text-xs">
                  {t("credentials.requests", { count: row.requests, shown: compact(row.requests, language) })}
                </span>
              </span>
            </div>
            <Meter value={row.cost / most} label={row.label} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** What was used: figures beside those of before, the course, and who used most. */
export function UsagePanel({
  span,
  onSpan,
  live,
  onLive,
}: {
  span: Span;
  onSpan: (span: Span) => void;
  /** Whether it asks again by itself. */
  live: boolean;
  onLive: (live: boolean) => void;
}) {
  const { t } = useTranslation();
  const language = useLanguage();
  const summary = useQuery({
    queryKey: ["usage", "summary", span],
    queryFn: ({ signal }) => api.get<UsageSummary>("/usage/summary", between(span, "24h"), signal),
    refetchInterval: live ? every(15_000) : false,
    meta: following(live),
    placeholderData: keepPreviousData,
  });
  const series = useSeries(span, live);
  return (
    <section aria-label={t("usage.title")} className="flex flex-col gap-5">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 className="font-semibold text-lg">{t("usage.title")}</h2>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <Checkbox shown label={t("usage.refresh")} checked={live} onChange={onLive} />
          <SpanPicker span={span} otherwise="24h" onChange={onSpan} />
        </div>
      </div>
      {isOwn(span) && summary.data && (
        <p className="text-muted text-xs">
          {t("usage.whole", {
            from: dateTime(summary.data.start, language),
            to: dateTime(summary.data.end, language),
          })}
        </p>
      )}
      {summary.error && <Failed error={summary.error} onRetry={() => void summary.refetch()} />}
      {summary.data ? <Numbers summary={summary.data} /> : !summary.error && <Skeleton className="h-20" />}
      {summary.data && summary.data.drift.length > 0 && (
        <Notice tone="warn" title={t("usage.drift")}>
          {summary.data.drift
            .map(
              (each) =>
                `${each.model} ${each.percent > 0 ? "+" : "−"}${percent(Math.abs(each.percent) / 100, language)}`,
            )
            .join(", ")}
        </Notice>
      )}
      <div className="grid gap-5 xl:grid-cols-[2fr_1fr]">
        {series.data ? <OverTime series={series.data} /> : <Skeleton className="h-72" />}
        <Top span={span} live={live} />
      </div>
    </section>
  );
}
