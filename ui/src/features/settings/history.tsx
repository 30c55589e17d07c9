import { History } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { useConfirm } from "@/components/confirm";
import { Drawer } from "@/components/dialog";
import { Empty, Failed, Skeleton } from "@/components/states";
import { TimeAgo } from "@/components/timeago";
import { useFailure } from "@/lib/failure";
import { toast } from "@/lib/toasts";
import { Differences } from "./changes";
import { useHistory, useSettingChanges } from "./data";

interface Props {
  open: boolean;
  revision: number;
  writable: boolean;
  onClose: () => void;
}

/** Who changed what, and the way back. */
export function SettingsHistory({ open, revision, writable, onClose }: Props) {
  const { t } = useTranslation();
  const confirm = useConfirm();
  const failed = useFailure();
  const { data, error, refetch } = useHistory(open);
  const { rollback } = useSettingChanges();
  const goBack = async (to: number) => {
    const sure = await confirm({
      title: t("settings.backTitle", { number: to }),
      body: t("settings.backBody"),
      action: t("settings.back"),
    });
    if (!sure) return;
    await rollback.mutateAsync({ to, revision }).then(() => toast.ok(t("settings.isBack", { number: to })), failed);
  };
  return (
    <Drawer open={open} onClose={onClose} title={t("settings.history")}>
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton className="h-48" />}
      {data?.data.length === 0 && (
        <Empty icon={<History className="size-5" aria-hidden />} title={t("settings.noHistory")} />
      )}
      <ol className="flex flex-col gap-5">
        {data?.data.map((version, place) => (
          <li key={version.number} className="flex flex-col gap-2">
            <div className="flex items-center justify-between gap-3">
              <p className="min-w-0 truncate text-sm">
                <span className="num font-semibold">#{version.number}</span>{" "}
                <span className="text-muted">
                  {version.actor} · <TimeAgo at={version.at} />
                </span>
              </p>
              {writable && place > 0 && (
                <Button size="sm" onClick={() => void goBack(version.number)}>
                  {t("settings.back")}
                </Button>
              )}
            </div>
            <Differences rows={version.differences} />
          </li>
        ))}
      </ol>
      {writable && (data?.data.length ?? 0) > 0 && (
        <Button className="mt-5" onClick={() => void goBack(0)}>
          {t("settings.beforeAll")}
        </Button>
      )}
    </Drawer>
  );
}
