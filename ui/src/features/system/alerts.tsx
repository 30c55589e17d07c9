import { useMutation, useQuery } from "@tanstack/react-query";
import { CircleCheck, Send } from "lucide-react";
import { useTranslation } from "react-i18next";
import { alertsQuery } from "@/api/alerts";
import { api } from "@/api/client";
import type { AlertView, Delivery } from "@/api/schema";
import { useMay } from "@/api/session";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { Card } from "@/components/page";
import { Failed, Skeleton } from "@/components/states";
import { TimeAgo } from "@/components/timeago";
import { useFailure } from "@/lib/failure";
import { Retold } from "@/lib/retold";
import { toast } from "@/lib/toasts";

function Row({ alert }: { alert: AlertView }) {
  const { t, i18n } = useTranslation();
  const chinese = i18n.language === "zh-CN";
  const advice = chinese ? alert.advice_chinese : alert.advice;
  return (
    <li className="flex items-start gap-3 px-4 py-3 text-sm">
      <Badge tone={alert.severity === "critical" ? "bad" : "warn"} dot>
        {t(`system.severity.${alert.severity}`, { defaultValue: alert.severity })}
      </Badge>
      <div className="min-w-0 flex-1">
        <p className="break-words font-medium">
          <Retold text={chinese ? alert.title_chinese : alert.title} />
        </p>
        {advice && <p className="break-words text-muted text-xs">{advice}</p>}
        <p className="mt-0.5 text-muted text-xs">
          {t("system.since")} <TimeAgo at={alert.since} />
          {alert.told_at !== null && (
            <>
              {" · "}
              {t("system.told")} <TimeAgo at={alert.told_at} />
            </>
          )}
        </p>
      </div>
    </li>
  );
}

/** What needs somebody now, and whether messages about it arrive. */
export function Alerts() {
  const { t } = useTranslation();
  const may = useMay();
  const failed = useFailure();
  const { data, error, refetch } = useQuery(alertsQuery);
  const test = useMutation({
    mutationFn: () => api.post<Delivery>("/alerts/test"),
    onSuccess: ({ delivered, reason }) =>
      delivered ? toast.ok(t("system.delivered")) : toast.bad(t("system.undelivered"), reason),
    onError: failed,
  });
  return (
    <Card
      flush
      title={t("system.alerts")}
      actions={
        may("operator") && (
          <Button
            size="sm"
            busy={test.isPending}
            disabled={!data?.configured}
            onClick={() => test.mutate()}
            icon={<Send className="size-3.5" aria-hidden />}
          >
            {t("system.test")}
          </Button>
        )
      }
    >
      {error && !data && <Failed error={error} onRetry={() => void refetch()} className="m-4" />}
      {!data && !error && <Skeleton className="m-4 h-16" />}
      {data && data.data.length === 0 && (
        <p className="flex items-center gap-2 px-4 py-4 text-sm text-soft">
          <CircleCheck className="size-4 text-ok" aria-hidden />
          {t("system.noAlerts")}
        </p>
      )}
      {data && data.data.length > 0 && (
        <ul className="divide-y">
          {data.data.map((alert) => (
            <Row key={`${alert.kind}:${alert.subject}`} alert={alert} />
          ))}
        </ul>
      )}
      {data && !data.configured && (
        <p className="border-t px-4 py-3 text-muted text-xs">
          {t("system.unconfigured")} <code className="font-mono text-soft">{"alerts.webhook_url"}</code>
        </p>
      )}
    </Card>
  );
}
