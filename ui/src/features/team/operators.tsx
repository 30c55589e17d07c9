import { useQuery } from "@tanstack/react-query";
import { Ellipsis, Plus, Users } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { OperatorView } from "@/api/schema";
import { Badge, type Tone } from "@/components/badge";
import { Button, IconButton } from "@/components/button";
import { useConfirm } from "@/components/confirm";
import { Menu, MenuItem, MenuLine } from "@/components/menu";
import { Card } from "@/components/page";
import { Empty, Failed, Skeleton } from "@/components/states";
import { RowButton, Table, Th } from "@/components/table";
import { TimeAgo } from "@/components/timeago";
import { useFailure } from "@/lib/failure";
import { toast } from "@/lib/toasts";
import { operatorsQuery, useOperatorChanges } from "./data";
import { SingleSignOnMapping } from "./mapping";
import { OperatorDialog } from "./operator-form";

const TONES: Record<OperatorView["role"], Tone> = { viewer: "plain", operator: "info", owner: "accent" };

function Row({ operator, onEdit }: { operator: OperatorView; onEdit: () => void }) {
  const { t } = useTranslation();
  const confirm = useConfirm();
  const failed = useFailure();
  const { edit, remove, removeFactor } = useOperatorChanges();
  const { id, name, enabled } = operator;
  const turn = async () => {
    const body = t("team.disableBody", { name });
    if (enabled && !(await confirm({ title: t("team.disableTitle"), body, action: t("team.disable"), danger: true })))
      return;
    await edit
      .mutateAsync({ id, body: { enabled: !enabled } })
      .then(() => toast.ok(t(enabled ? "team.told.disabled" : "team.told.enabled", { name })), failed);
  };
  const erase = async () => {
    const body = t("team.deleteBody", { name });
    if (!(await confirm({ title: t("team.deleteTitle"), body, action: t("action.delete"), danger: true }))) return;
    await remove.mutateAsync(id).then(() => toast.ok(t("team.told.deleted", { name })), failed);
  };
  const free = async () => {
    const body = t("team.app.removeOtherBody", { name });
    const action = t("team.app.remove");
    if (!(await confirm({ title: t("team.app.removeOtherTitle"), body, action, danger: true }))) return;
    await removeFactor.mutateAsync(id).then(() => toast.ok(t("team.told.appRemoved")), failed);
  };
  return (
    <tr>
      <td className="max-w-60">
        <RowButton onClick={onEdit}>{name}</RowButton>
        {operator.issuer && (
          <p
            className="truncate text-muted text-xs"
            title={t("team.sso.origin", { issuer: operator.issuer, subject: operator.subject })}
          >
            {t("team.sso.origin", { issuer: operator.issuer, subject: operator.subject })}
          </p>
        )}
      </td>
      <td>
        <span className="flex flex-wrap gap-1">
          <Badge tone={TONES[operator.role]}>{t(`team.role.${operator.role}`)}</Badge>
          {operator.issuer && <Badge>{t("team.sso.badge")}</Badge>}
          {operator.second_factor && <Badge tone="ok">{t("team.app.has")}</Badge>}
        </span>
      </td>
      <td className="max-sm:hidden">
        <Badge tone={enabled ? "ok" : "plain"} dot>
          {t(enabled ? "team.enabled" : "team.disabled")}
        </Badge>
      </td>
      <td className="whitespace-nowrap text-muted text-xs max-md:hidden">
        <TimeAgo at={operator.created_at} />
      </td>
      <td className="text-right">
        <span className="relative z-1 inline-block">
          <Menu
            trigger={
              <IconButton size="sm" label={t("team.actions", { name })}>
                <Ellipsis className="size-4" aria-hidden />
              </IconButton>
            }
          >
            <MenuItem onSelect={onEdit}>{t("action.edit")}</MenuItem>
            <MenuItem onSelect={() => void turn()}>{t(enabled ? "team.disable" : "team.enable")}</MenuItem>
            {operator.second_factor && <MenuItem onSelect={() => void free()}>{t("team.app.removeOther")}</MenuItem>}
            <MenuLine />
            <MenuItem danger onSelect={() => void erase()}>
              {t("action.delete")}
            </MenuItem>
          </Menu>
        </span>
      </td>
    </tr>
  );
}

/** Accounts besides the owner's. */
export function Operators() {
  const { t } = useTranslation();
  const { data, error, isPending, refetch } = useQuery(operatorsQuery);
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<OperatorView | null>(null);
  const show = (operator: OperatorView | null) => {
    setChosen(operator);
    setOpen(true);
  };
  const make = (
    <Button look="primary" icon={<Plus className="size-4" aria-hidden />} onClick={() => show(null)}>
      {t("team.create")}
    </Button>
  );
  return (
    <>
      <SingleSignOnMapping />
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton className="h-48" />}
      {data && data.data.length > 0 && <div className="flex justify-end">{make}</div>}
      {data && (
        <Card flush className="overflow-hidden">
          {data.data.length === 0 ? (
            <Empty icon={<Users className="size-5" aria-hidden />} title={t("team.empty")} action={make}>
              {t("team.emptyHint")}
            </Empty>
          ) : (
            <Table
              label={t("team.operators")}
              heads={
                <>
                  <Th>{t("team.column.name")}</Th>
                  <Th>{t("team.column.role")}</Th>
                  <Th className="max-sm:hidden">{t("team.column.state")}</Th>
                  <Th className="max-md:hidden">{t("team.column.made")}</Th>
                  <Th>
                    <span className="sr-only">{t("shell.do")}</span>
                  </Th>
                </>
              }
            >
              {data.data.map((operator) => (
                <Row key={operator.id} operator={operator} onEdit={() => show(operator)} />
              ))}
            </Table>
          )}
        </Card>
      )}
      <OperatorDialog open={open} before={chosen} onClose={() => setOpen(false)} />
    </>
  );
}
