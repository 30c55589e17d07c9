import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { SystemView } from "@/api/schema";
import { Badge } from "@/components/badge";
import { Meter } from "@/components/bars";
import { Card, Facts, Page } from "@/components/page";
import { Failed, Notice, Skeleton } from "@/components/states";
import { TimeAgo } from "@/components/timeago";
import { bytes, milliseconds, number } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";

function Parts({ system }: { system: SystemView }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const f = (name: string) => t(`system.fact.${name}`);
  const { store, shared_state: shared, media, ledger } = system;
  const yes = (on: boolean) => (on ? t("system.yes") : t("system.no"));
  return (
    <div className="grid items-start gap-5 lg:grid-cols-2">
      <Card title={t("system.process")}>
        <Facts
          rows={[
            [f("version"), system.version],
            [f("python"), system.python],
            [f("host"), `${system.host} · ${system.pid}`],
            [f("workers"), number(system.workers, language)],
            [f("started"), <TimeAgo key="started" at={system.started_at} />],
            [f("running"), number(system.running_requests, language)],
            [f("leads"), system.leads ? yes(true) : (system.leader ?? yes(false))],
            [f("sandbox"), yes(system.sandbox)],
          ]}
        />
      </Card>
      <Card
        title={t("system.store")}
        actions={
          <Badge tone={store.state === "ok" ? "ok" : "bad"} dot>
            {t(`system.state.${store.state}`)}
          </Badge>
        }
      >
        <Facts
          rows={[
            [f("kind"), store.kind],
            [f("lag"), store.lag_ms === null ? "–" : milliseconds(store.lag_ms, language)],
            [f("revision"), number(store.revision, language)],
          ]}
        />
      </Card>
      <Card
        title={t("system.shared")}
        actions={
          <Badge tone={!shared.configured ? "plain" : shared.up ? "ok" : "bad"} dot>
            {!shared.configured ? t("system.state.off") : t(`system.state.${shared.up ? "ok" : "away"}`)}
          </Badge>
        }
      >
        {shared.configured ? (
          <Facts rows={[[f("workers"), number(shared.workers, language)]]} />
        ) : (
          <p className="text-muted text-sm">{t("system.sharedOff")}</p>
        )}
      </Card>
      <Card title={t("system.media")}>
        <Facts
          rows={[
            [f("kind"), media.kind],
            [f("held"), media.bytes === null ? "–" : bytes(media.bytes, language)],
            [f("limit"), media.limit_bytes > 0 ? bytes(media.limit_bytes, language) : "–"],
          ]}
        />
        {media.bytes !== null && media.limit_bytes > 0 && (
          <Meter className="mt-3" value={media.bytes / media.limit_bytes} label={t("system.media")} />
        )}
      </Card>
      <Card title={t("system.ledger")}>
        <Facts
          rows={[
            [f("waiting"), number(ledger.waiting, language)],
            [f("spool"), `${number(ledger.spool_files, language)} · ${bytes(ledger.spool_bytes, language)}`],
            [f("dropped"), number(ledger.dropped, language)],
          ]}
        />
      </Card>
    </div>
  );
}

export default function SystemPage() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ["system"],
    queryFn: ({ signal }) => api.get<SystemView>("/system", undefined, signal),
    refetchInterval: 4000,
  });
  return (
    <Page title={t("system.title")} description={t("system.description")}>
      {error && !data && <Failed error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton className="h-96" />}
      {data && data.degraded.length > 0 && (
        <Notice tone="warn" title={t("system.degraded")}>
          {data.degraded.join(", ")}
        </Notice>
      )}
      {data?.draining && <Notice tone="warn" title={t("system.draining")} />}
      {data && <Parts system={data} />}
    </Page>
  );
}
