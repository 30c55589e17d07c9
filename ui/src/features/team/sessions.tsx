import { useQuery } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { SessionRow } from "@/api/schema";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { useConfirm } from "@/components/confirm";
import { Card } from "@/components/page";
import { Failed, Skeleton } from "@/components/states";
import { Table, Th } from "@/components/table";
import { TimeAgo } from "@/components/timeago";
import { useFailure } from "@/lib/failure";
import { toast } from "@/lib/toasts";
import { agentName } from "./agent";
import { sessionsQuery, useSessionChanges } from "./data";

function Row({ row, everyone }: { row: SessionRow; everyone: boolean }) {
  const { t } = useTranslation();
  const failed = useFailure();
  const { revoke } = useSessionChanges();
  const end = () => revoke.mutateAsync(row.id).then(() => toast.ok(t("team.told.revoked")), failed);
  return (
    <tr>
      <td className="max-w-64">
        <span className="flex items-center gap-2">
          <span className="truncate font-medium" title={row.agent}>
            {everyone ? row.name : agentName(row.agent) || "–"}
          </span>
          {row.own && <Badge tone="accent">{t("team.thisOne")}</Badge>}
        </span>
        <span className="block truncate text-muted text-xs">
          {everyone && `${t(`team.role.${row.role}`)} · ${agentName(row.agent)} · `}
          <span className="font-mono">{row.address}</span>
        </span>
      </td>
      <td className="whitespace-nowrap text-soft text-xs max-sm:hidden">
        <TimeAgo at={row.last_used_at} />
      </td>
      <td className="whitespace-nowrap text-muted text-xs max-md:hidden">
        <TimeAgo at={row.created_at} />
      </td>
      <td className="whitespace-nowrap text-muted text-xs max-lg:hidden">
        <TimeAgo at={row.expires_at} />
      </td>
      <td className="text-right">
        {!row.own && (
          <Button size="sm" look="danger" busy={revoke.isPending} onClick={() => void end()}>
            {t("team.revoke")}
          </Button>
        )}
      </td>
    </tr>
  );
}

/** Where one is signed in, or everybody is. */
export function Sessions({ everyone }: { everyone: boolean }) {
  const { t } = useTranslation();
  const confirm = useConfirm();
  const failed = useFailure();
  const { data, error, isPending, refetch } = useQuery(sessionsQuery(everyone));
  const { revokeOthers } = useSessionChanges();
  const others = data?.data.filter((row) => !row.own).length ?? 0;
  const endOthers = async () => {
    const sure = await confirm({
      title: t("team.revokeTitle"),
      body: t(everyone ? "team.revokeEveryoneBody" : "team.revokeBody"),
      action: t("team.revokeOthers"),
      danger: true,
    });
    if (!sure) return;
    await revokeOthers
      .mutateAsync(everyone)
      .then(({ revoked }) => toast.ok(t("team.told.revokedMany", { count: revoked })), failed);
  };
  return (
    <Card
      flush
      className="overflow-hidden"
      title={t(everyone ? "team.allSessions" : "team.ownSessions")}
      actions={
        <Button
          size="sm"
          look="danger"
          disabled={others === 0}
          busy={revokeOthers.isPending}
          icon={<LogOut className="size-3.5" aria-hidden />}
          onClick={() => void endOthers()}
        >
          {t("team.revokeOthers")}
        </Button>
      }
    >
      {error && <Failed error={error} onRetry={() => void refetch()} className="m-4" />}
      {isPending && <Skeleton className="m-4 h-24" />}
      {data && (
        <Table
          label={t(everyone ? "team.allSessions" : "team.ownSessions")}
          heads={
            <>
              <Th>{t(everyone ? "team.column.name" : "team.column.where")}</Th>
              <Th className="max-sm:hidden">{t("team.column.used")}</Th>
              <Th className="max-md:hidden">{t("team.column.began")}</Th>
              <Th className="max-lg:hidden">{t("team.column.ends")}</Th>
              <Th>
                <span className="sr-only">{t("shell.do")}</span>
              </Th>
            </>
          }
        >
          {data.data.map((row) => (
            <Row key={row.id} row={row} everyone={everyone} />
          ))}
        </Table>
      )}
    </Card>
  );
}
