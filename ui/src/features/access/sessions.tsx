import { useTranslation } from "react-i18next";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { Card } from "@/components/page";
import { Failed, Skeleton } from "@/components/states";
import { TimeAgo } from "@/components/timeago";
import { useFailure } from "@/lib/failure";
import { useAccessChanges, useSessions } from "./data";
import { Line, RoleBadge } from "./rows";

export function Sessions() {
  const { t } = useTranslation();
  const failed = useFailure();
  const { data, error, refetch } = useSessions(true);
  const { endSession } = useAccessChanges();
  return (
    <Card flush title={t("access.sessions")}>
      {error && <Failed error={error} onRetry={() => void refetch()} className="m-3" />}
      {!data && !error && <Skeleton className="m-4 h-16" />}
      <ul className="divide-y">
        {data?.data.map((each) => (
          <Line
            key={each.id}
            title={each.name}
            mark={
              <>
                <RoleBadge role={each.role} />
                {each.own && <Badge tone="ok">{t("access.own")}</Badge>}
              </>
            }
            note={
              <span title={each.agent}>
                {each.address} · <TimeAgo at={each.last_used_at ?? each.created_at} />
              </span>
            }
            actions={
              !each.own && (
                <Button size="sm" look="danger" onClick={() => void endSession.mutateAsync(each.id).catch(failed)}>
                  {t("access.end")}
                </Button>
              )
            }
          />
        ))}
      </ul>
    </Card>
  );
}
