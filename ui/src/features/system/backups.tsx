import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { DatabaseBackup, Download, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api, send } from "@/api/client";
import { jobsQuery } from "@/api/queries";
import type { BackupList, BackupView, Started } from "@/api/schema";
import { Button, IconButton } from "@/components/button";
import { useConfirm } from "@/components/confirm";
import { CodeBlock } from "@/components/copy";
import { Card } from "@/components/page";
import { Failed, Skeleton } from "@/components/states";
import { TimeAgo } from "@/components/timeago";
import { saveFile } from "@/lib/download";
import { useFailure } from "@/lib/failure";
import { bytes } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { toast } from "@/lib/toasts";

const at = (name: string) => `/backups/${encodeURIComponent(name)}`;

function Copy({ of: backup }: { of: BackupView }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const confirm = useConfirm();
  const failed = useFailure();
  const queries = useQueryClient();
  const fetch = useMutation({
    mutationFn: async () => saveFile(await (await send("POST", `${at(backup.name)}/download`)).blob(), backup.name),
    onError: failed,
  });
  const remove = useMutation({
    mutationFn: () => api.delete(at(backup.name)),
    onError: failed,
    onSettled: () => queries.invalidateQueries({ queryKey: ["backups"] }),
  });
  const erase = async () => {
    const sure = await confirm({
      title: t("system.backup.deleteTitle"),
      body: t("system.backup.deleteBody", { name: backup.name }),
      action: t("action.delete"),
      danger: true,
    });
    if (sure) remove.mutate();
  };
  return (
    <li className="flex items-center gap-2 py-1.5 text-sm">
      <span className="min-w-0 flex-1">
        <span className="block truncate font-mono text-xs">{backup.name}</span>
        <span className="num text-muted text-xs">
          {bytes(backup.bytes, language)} {"·"} <TimeAgo at={backup.made_at} />
        </span>
      </span>
      <IconButton
        label={t("system.backup.download", { name: backup.name })}
        busy={fetch.isPending}
        onClick={() => fetch.mutate()}
      >
        <Download className="size-4" aria-hidden />
      </IconButton>
      <IconButton label={t("system.backup.delete", { name: backup.name })} onClick={() => void erase()}>
        <Trash2 className="size-4" aria-hidden />
      </IconButton>
    </li>
  );
}

/** Copies of the store: made now, downloaded and deleted; or the command, where the store has its own tools. */
export function Backups() {
  const { t } = useTranslation();
  const failed = useFailure();
  const queries = useQueryClient();
  const { data: jobs } = useQuery(jobsQuery);
  const runs = jobs?.data.some((job) => job.kind === "backup" && job.state === "running") ?? false;
  const { data, error, refetch } = useQuery({
    queryKey: ["backups"],
    queryFn: ({ signal }) => api.get<BackupList>("/backups", undefined, signal),
    refetchInterval: runs ? 1500 : 5000,
  });
  const make = useMutation({
    mutationFn: () => api.post<Started>("/backups"),
    onSuccess: () => toast.ok(t("system.backup.begun")),
    onError: failed,
    onSettled: () => {
      for (const key of ["jobs", "backups"]) void queries.invalidateQueries({ queryKey: [key] });
    },
  });
  return (
    <Card
      title={t("system.backup.title")}
      actions={
        data?.command === "" && (
          <Button
            size="sm"
            busy={make.isPending || runs}
            onClick={() => make.mutate()}
            icon={<DatabaseBackup className="size-3.5 text-muted" aria-hidden />}
          >
            {t("system.backup.now")}
          </Button>
        )
      }
    >
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton className="h-16" />}
      {data && data.command !== "" && (
        <div className="flex flex-col gap-2">
          <p className="text-sm">{t("system.backup.own")}</p>
          <CodeBlock code={data.command} />
        </div>
      )}
      {data?.command === "" && (
        <>
          <p className="text-muted text-xs">{t("system.backup.hint", { host: data.host })}</p>
          {data.data.length === 0 ? (
            <p className="pt-2 text-sm">{t("system.backup.none")}</p>
          ) : (
            <ul className="divide-y pt-1">
              {data.data.map((each) => (
                <Copy key={each.name} of={each} />
              ))}
            </ul>
          )}
        </>
      )}
    </Card>
  );
}
