import { Download, EllipsisVertical, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { BulkBody } from "@/api/schema";
import { Button, IconButton } from "@/components/button";
import { useConfirm } from "@/components/confirm";
import { Menu, MenuItem } from "@/components/menu";
import { useFailure } from "@/lib/failure";
import { number } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { toast } from "@/lib/toasts";
import { BulkEdit } from "./bulk-edit";
import { useBulk } from "./data";
import type { CredentialFilter } from "./search";
import { type Selection, selectedCount, wantedOf } from "./selection";

interface Props {
  selection: Selection;
  filter: CredentialFilter;
  total: number;
  onClear: () => void;
  onAll: () => void;
  onExport: () => void;
  onJob: (id: string, title: string) => void;
}

export function BulkBar({ selection, filter, total, onClear, onAll, onExport, onJob }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const confirm = useConfirm();
  const failed = useFailure();
  const bulk = useBulk();
  const [editing, setEditing] = useState(false);
  const count = selectedCount(selection, total);
  const run = async (action: BulkBody["action"], changes?: BulkBody["changes"]) => {
    if (action === "delete" || action === "disable") {
      const sure = await confirm({
        title: t(`credentials.bulk.${action}Title`, { count }),
        body: t(`credentials.bulk.${action}Body`),
        action: t(action === "delete" ? "action.delete" : "credentials.disable"),
        danger: true,
      });
      if (!sure) return;
    }
    try {
      const answer = await bulk.mutateAsync({
        action,
        ...wantedOf(selection, filter),
        ...(changes ? { changes } : {}),
      });
      if ("job" in answer)
        return onJob(answer.job.id, t(`jobs.kind.${answer.job.kind}`, { defaultValue: answer.job.kind }));
      toast.ok(t("credentials.bulk.done", { count: answer.done }));
      if (answer.needs_sign_in.length > 0) toast.info(t("jobs.needsSignIn", { count: answer.needs_sign_in.length }));
      if (action === "delete") onClear();
    } catch (error) {
      failed(error);
    }
  };
  return (
    <section
      aria-label={t("credentials.bulk.label")}
      className="-translate-x-1/2 fixed bottom-4 left-1/2 z-30 flex w-max max-w-[calc(100vw-1.5rem)] animate-rise flex-wrap items-center gap-2 rounded-xl border bg-raised p-2 pl-4 shadow-pop"
    >
      <span className="num font-medium text-sm" aria-live="polite">
        {t("credentials.bulk.selected", { count, shown: number(count, language) })}
      </span>
      {!selection.everything && count < total && (
        <Button look="ghost" size="sm" onClick={onAll} className="text-accent-text!">
          {t("credentials.bulk.all", { shown: number(total, language) })}
        </Button>
      )}
      <span className="mx-1 h-5 w-px bg-line max-sm:hidden" />
      <Button size="sm" onClick={() => void run("test")} disabled={bulk.isPending}>
        {t("credentials.test")}
      </Button>
      <Button size="sm" onClick={() => void run("enable")} disabled={bulk.isPending}>
        {t("credentials.enable")}
      </Button>
      <Button size="sm" onClick={() => void run("disable")} disabled={bulk.isPending}>
        {t("credentials.disable")}
      </Button>
      <Button size="sm" onClick={() => setEditing(true)} disabled={bulk.isPending}>
        {t("action.edit")}
      </Button>
      <Menu
        trigger={
          <IconButton label={t("credentials.more")} size="sm" look="secondary">
            <EllipsisVertical className="size-4" aria-hidden />
          </IconButton>
        }
      >
        <MenuItem onSelect={() => void run("refresh")}>{t("credentials.refresh")}</MenuItem>
        <MenuItem onSelect={() => void run("clear-cooldown")}>{t("credentials.clearCooldown")}</MenuItem>
        <MenuItem onSelect={onExport} icon={<Download className="size-4" />}>
          {t("credentials.export")}
        </MenuItem>
        <MenuItem danger onSelect={() => void run("delete")}>
          {t("action.delete")}
        </MenuItem>
      </Menu>
      <IconButton label={t("credentials.bulk.clear")} size="sm" onClick={onClear}>
        <X className="size-4" aria-hidden />
      </IconButton>
      <BulkEdit
        open={editing}
        count={count}
        onClose={() => setEditing(false)}
        onSave={(changes) => {
          setEditing(false);
          void run("edit", changes);
        }}
      />
    </section>
  );
}
