import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Lock, PlugZap, Waypoints } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Attempt, NetworkView, WayView } from "@/api/schema";
import { useMay } from "@/api/session";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { Card, Page } from "@/components/page";
import { Empty, Failed, Notice, Skeleton } from "@/components/states";
import { clock, milliseconds, number } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { Retold } from "@/lib/retold";

function Users({ way }: { way: WayView }) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (way.used_by === 0) return <p className="text-muted text-sm">{t("network.unused")}</p>;
  const more = way.used_by - way.users.length;
  return (
    <details>
      <summary className="w-fit rounded text-sm">
        {t("network.usedBy", { count: way.used_by, shown: number(way.used_by, language) })}
      </summary>
      <ul className="flex flex-wrap gap-x-4 gap-y-1 pt-2 text-sm">
        {way.users.map((user) => (
          <li key={user.id} className="min-w-0 max-w-full truncate">
            <Link to="/credentials" search={{ id: user.id }} className="text-accent-text hover:underline">
              {user.name}
            </Link>
          </li>
        ))}
        {more > 0 && <li className="text-muted">{t("network.more", { count: more })}</li>}
      </ul>
    </details>
  );
}

function WayCard({ way, target }: { way: WayView; target: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const may = useMay();
  const queries = useQueryClient();
  const attempt = useMutation({
    mutationFn: () => api.post<Attempt>(`/network/${way.id}/test`),
    onSettled: () => queries.invalidateQueries({ queryKey: ["network"] }),
  });
  const told = attempt.data;
  return (
    <Card
      title={
        <span className="flex min-w-0 items-center gap-2">
          <span className={way.proxy ? "truncate font-mono" : "truncate"}>{way.proxy || t("network.direct")}</span>
          {way.login && (
            <Badge>
              <span className="flex items-center gap-1">
                <Lock className="size-3" aria-hidden />
                {t("network.login")}
              </span>
            </Badge>
          )}
        </span>
      }
      actions={
        may("operator") && (
          <Button
            size="sm"
            busy={attempt.isPending}
            onClick={() => attempt.mutate()}
            icon={<PlugZap className="size-3.5 text-muted" aria-hidden />}
          >
            {t("network.test")}
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-3">
        <div className="flex flex-wrap items-center gap-2">
          <Badge tone={way.rest ? "bad" : "ok"} dot>
            {t(way.rest ? "network.resting" : "network.well")}
          </Badge>
          <span className="text-muted text-sm">{t(`network.kind.${way.kind}`)}</span>
        </div>
        {way.rest && (
          <Notice tone="warn">
            <p className="break-words">
              <Retold text={way.rest.reason} />
            </p>
            <p>
              {t("network.failures", { count: way.rest.failures })}
              {" · "}
              {way.rest.seconds > 0 ? t("network.again", { time: clock(way.rest.seconds) }) : t("network.due")}
            </p>
          </Notice>
        )}
        <div aria-live="polite" className="empty:hidden">
          {attempt.error && <Failed error={attempt.error} />}
          {told?.reached && (
            <Notice tone="ok">{t("network.reached", { target, time: milliseconds(told.latency_ms, language) })}</Notice>
          )}
          {told && !told.reached && (
            <Notice tone="warn" title={t("network.notReached", { target })}>
              <Retold text={told.reason} />
            </Notice>
          )}
        </div>
        <Users way={way} />
      </div>
    </Card>
  );
}

/** The ways to upstream: who goes which, and whether upstream is reached. */
export default function NetworkPage() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ["network"],
    queryFn: ({ signal }) => api.get<NetworkView>("/network", undefined, signal),
    refetchInterval: 5000,
  });
  return (
    <Page
      title={t("network.title")}
      description={data ? t("network.description", { target: data.target, worker: data.worker }) : t("network.hint")}
    >
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton className="h-64" />}
      {data?.data.length === 0 && (
        <Empty icon={<Waypoints className="size-5" aria-hidden />} title={t("network.unused")} />
      )}
      <div className="grid gap-5 lg:grid-cols-2">
        {data?.data.map((way) => (
          <WayCard key={way.id} way={way} target={data.target} />
        ))}
      </div>
    </Page>
  );
}
