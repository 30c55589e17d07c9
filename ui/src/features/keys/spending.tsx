import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { KeyView, RequestPage, UsageSeries, WindowView } from "@/api/schema";
import { Meter } from "@/components/bars";
import { Chart } from "@/components/chart";
import { TimeAgo } from "@/components/timeago";
import { TICKS_PER_USD, usd } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { timesOf, valuesOf } from "../usage/series";
import { resetOf, windowName } from "./windows";

const DAYS = 30;

function Window({ window }: { window: WindowView }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const used = window.spent.ticks + window.reserved.ticks;
  const share = window.limit && window.limit.ticks > 0 ? used / window.limit.ticks : 0;
  const name = windowName(window.window, language);
  const reset = resetOf(window.window);
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-baseline justify-between gap-3 text-sm">
        <span className="text-muted">{name}</span>
        <span className="num">
          {usd(window.spent.ticks, language)}
          {window.limit && <span className="text-muted">{` / ${usd(window.limit.ticks, language)}`}</span>}
        </span>
      </div>
      {window.limit && (
        <Meter value={share} label={name} tone={share > 0.95 ? "bad" : share > 0.8 ? "warn" : "accent"} />
      )}
      <p className="text-muted text-xs">
        {reset !== null && (
          <>
            {t("keys.reset")} <TimeAgo at={reset} />
          </>
        )}
        {window.reserved.ticks > 0 && ` · ${t("keys.reserved", { amount: usd(window.reserved.ticks, language) })}`}
      </p>
    </div>
  );
}

/** Since when the chart tells: whole days, so that the question stays the same for a day. */
function since(): string {
  const day = new Date();
  day.setUTCHours(0, 0, 0, 0);
  return new Date(day.getTime() - (DAYS - 1) * 86_400_000).toISOString();
}

/** What a key spends: this day and month beside its budgets, and the days before. */
export function Spending({ of: key }: { of: KeyView }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const from = since();
  const { data } = useQuery({
    queryKey: ["usage", "key", key.id, from],
    queryFn: ({ signal }) => api.get<UsageSeries>("/usage", { from, step: "day", key: key.id }, signal),
    refetchInterval: 60_000,
  });
  const times = useMemo(() => (data ? timesOf(data) : []), [data]);
  const lines = useMemo(
    () => [
      {
        label: t("keys.spent"),
        colour: "--accent",
        values: data ? valuesOf(data, (point) => point.cost_in_usd_ticks / TICKS_PER_USD) : [],
        bars: true,
      },
    ],
    [data, t],
  );
  const day = (seconds: number) =>
    new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" }).format(seconds * 1000);
  return (
    <>
      {key.spending.map((window) => (
        <Window key={window.window} window={window} />
      ))}
      {data && data.data.length > 0 && (
        <section aria-label={t("keys.spentDays", { days: DAYS })}>
          <h3 className="mb-1 font-medium text-sm">{t("keys.spentDays", { days: DAYS })}</h3>
          <Chart
            times={times}
            lines={lines}
            label={t("keys.spentDays", { days: DAYS })}
            format={(value) => usd(value * TICKS_PER_USD, language)}
            formatTime={day}
            height={110}
          />
        </section>
      )}
    </>
  );
}

/** When a key was last used, as far as the log goes back. */
export function LastUsed({ of: key }: { of: KeyView }) {
  const { t } = useTranslation();
  const { data, isPending } = useQuery({
    queryKey: ["requests", "last", key.id],
    queryFn: ({ signal }) => api.get<RequestPage>("/requests", { key: key.id, limit: 1 }, signal),
    refetchInterval: 30_000,
  });
  if (isPending) return "…";
  const last = data?.data[0];
  return last ? <TimeAgo at={last.started_at} /> : t("keys.neverUsed");
}
