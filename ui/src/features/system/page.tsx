import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { PoolView, SystemView } from "@/api/schema";
import { useMay } from "@/api/session";
import { Dot, type Tone } from "@/components/badge";
import { Page } from "@/components/page";
import { Failed, Notice, Skeleton } from "@/components/states";
import { clock, number } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { Alerts } from "./alerts";
import { Backups } from "./backups";
import { systemQuery, useNews } from "./data";
import { Ledger, Media, Shared, Store, Worker } from "./parts";
import { ReleaseNews, useIsNewest } from "./release";

function Figure({ label, value, note, tone }: { label: string; value: ReactNode; note?: ReactNode; tone?: Tone }) {
  return (
    <div className="min-w-0 rounded-xl border bg-panel px-4 py-3 shadow-card">
      <p className="truncate text-muted text-xs">{label}</p>
      <p className="num mt-0.5 flex items-center gap-2 truncate font-semibold text-xl tracking-tight">
        {tone && <Dot tone={tone} />}
        {value}
      </p>
      {note && <p className="truncate text-muted text-xs">{note}</p>}
    </div>
  );
}

function Figures({ system, pool }: { system: SystemView; pool: PoolView | null }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const isNewest = useIsNewest();
  const degraded = system.degraded.length > 0;
  return (
    <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Figure
        label={t("system.health")}
        tone={system.draining || degraded ? "warn" : "ok"}
        value={t(system.draining ? "system.draining" : degraded ? "system.degraded" : "system.healthy")}
        note={system.sandbox ? t("system.sandbox") : undefined}
      />
      <Figure
        label={t("system.running")}
        value={number(system.running_requests, language)}
        note={pool ? t("system.waitingFor", { shown: number(pool.waiting, language) }) : undefined}
      />
      <Figure
        label={t("system.usable")}
        value={pool ? number(pool.usable, language) : "–"}
        note={
          pool
            ? t(pool.sandbox ? "system.sandbox" : "system.ofTotal", { total: number(pool.total, language) })
            : undefined
        }
      />
      <Figure
        label={t("system.version")}
        value={system.version}
        note={[isNewest && t("system.isNewest"), t("system.up", { time: clock(system.uptime_seconds) })]
          .filter(Boolean)
          .join(" · ")}
      />
    </div>
  );
}

export default function SystemPage() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(systemQuery);
  const { pool, connected } = useNews();
  const may = useMay();
  return (
    <Page
      title={t("system.title")}
      description={t("system.description")}
      actions={
        <span role="status" className="flex h-8 items-center gap-2 text-muted text-xs">
          <Dot tone={connected ? "ok" : "plain"} pulse={connected} />
          {t(connected ? "system.following" : "system.unfollowed")}
        </span>
      }
    >
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {!data && !error && (
        <>
          <Skeleton className="h-22" />
          <Skeleton className="h-64" />
        </>
      )}
      {data && (
        <>
          <Figures system={data} pool={pool} />
          {data.degraded.length > 0 && (
            <Notice tone="warn" title={t("system.degradedTitle")}>
              <ul className="list-inside list-disc">
                {data.degraded.map((each) => (
                  <li key={each}>{t(`system.without.${each}`, { defaultValue: each })}</li>
                ))}
              </ul>
            </Notice>
          )}
        </>
      )}
      <ReleaseNews />
      <Alerts />
      {data && (
        <div className="grid gap-5 md:grid-cols-2 xl:grid-cols-3">
          <Store of={data} />
          <Shared of={data} />
          <Media of={data} />
          <Ledger of={data} />
          <Worker of={data} />
          {may("owner") && <Backups />}
        </div>
      )}
    </Page>
  );
}
