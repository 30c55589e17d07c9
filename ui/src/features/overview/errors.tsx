import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { every } from "@/api/flow";
import { following } from "@/api/pulse";
import type { RequestPage } from "@/api/schema";
import { Badge } from "@/components/badge";
import { Card } from "@/components/page";
import { TimeAgo } from "@/components/timeago";
import { codeText } from "@/lib/errors";
import { between, type Span } from "@/lib/ranges";

/** The newest requests that failed within a span. */
export function RecentErrors({ span, live }: { span: Span; live: boolean }) {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ["requests", "failed", span],
    queryFn: ({ signal }) =>
      api.get<RequestPage>("/requests", { ...between(span, "24h"), end: "failed", limit: 6 }, signal),
    refetchInterval: live ? every(15_000) : false,
    meta: following(live),
  });
  if (!data) return null;
  return (
    <Card
      flush
      title={t("overview.errors")}
      actions={
        <Link
          to="/requests"
          search={{ end: "failed", ...span }}
          className="rounded text-accent-text text-xs hover:underline"
        >
          {t("action.all")}
        </Link>
      }
    >
      {data.data.length === 0 ? (
        <p className="flex items-center gap-2 p-4 text-muted text-sm">
          <CircleCheck className="size-4 text-ok" aria-hidden />
          {t("overview.noErrors")}
        </p>
      ) : (
        <ul className="divide-y">
          {data.data.map((row) => (
            <li key={row.id}>
              <Link
                to="/requests"
                search={{ end: "failed", ...span, id: row.id }}
                className="flex min-h-11 items-center gap-3 px-4 py-2 text-sm hover:bg-hover/60"
              >
                <Badge tone="bad">{row.status}</Badge>
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-medium">{codeText(row.error_code, t) || row.model}</span>
                  <span className="block truncate text-muted text-xs">
                    {[row.model, row.key_name ?? row.key_id, row.credential_name].filter(Boolean).join(" · ")}
                  </span>
                </span>
                <span className="shrink-0 text-muted text-xs">
                  <TimeAgo at={row.started_at} />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
