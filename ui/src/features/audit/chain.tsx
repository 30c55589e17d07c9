import { useQuery } from "@tanstack/react-query";
import { RotateCw, ShieldAlert, ShieldCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/badge";
import { IconButton } from "@/components/button";
import { Skeleton } from "@/components/states";
import { number } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { Retold } from "@/lib/retold";
import { chainQuery } from "./data";

/** Whether nothing was changed or taken out of the audit behind the server's back. */
export function ChainBadge() {
  const { t } = useTranslation();
  const language = useLanguage();
  const { data, isFetching, refetch, error } = useQuery(chainQuery);
  if (!data && isFetching) return <Skeleton className="h-8 w-48" />;
  return (
    <div className="flex items-center gap-1" role="status">
      {data && (
        <Badge tone={data.ok ? "ok" : "bad"} className="h-6">
          <span className="flex items-center gap-1.5">
            {data.ok ? (
              <ShieldCheck className="size-3.5" aria-hidden />
            ) : (
              <ShieldAlert className="size-3.5" aria-hidden />
            )}
            {data.ok
              ? t("audit.whole", { count: data.entries, shown: number(data.entries, language) })
              : t("audit.broken", { sequence: data.broken_at })}
          </span>
        </Badge>
      )}
      {error && !data && <Badge tone="warn">{t("audit.unverified")}</Badge>}
      <IconButton size="sm" label={t("audit.verify")} busy={isFetching} onClick={() => void refetch()}>
        {!isFetching && <RotateCw className="size-3.5" aria-hidden />}
      </IconButton>
    </div>
  );
}

export function ChainProblem() {
  const { t } = useTranslation();
  const { data } = useQuery(chainQuery);
  if (!data || data.ok) return null;
  return (
    <div role="alert" className="rounded-lg border border-bad/40 bg-bad-soft p-3 text-sm">
      <p className="font-medium text-bad">{t("audit.broken", { sequence: data.broken_at })}</p>
      <p className="text-soft">
        <Retold text={data.reason} />
      </p>
      <p className="mt-1 text-soft">{t("audit.brokenHint")}</p>
    </div>
  );
}
