import {
  CircleHelp,
  CirclePause,
  CirclePlay,
  EllipsisVertical,
  FlaskConical,
  Pencil,
  RefreshCw,
  Snowflake,
  Trash2,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import type { CredentialView } from "@/api/schema";
import { IconButton } from "@/components/button";
import { useConfirm } from "@/components/confirm";
import { Menu, MenuItem, MenuLine } from "@/components/menu";
import { useOneAction } from "./data";
import { statusOf } from "./status";

const RESTING = new Set(["cooling", "exhausted", "blocked"]);

export function RowMenu({ credential, onShow }: { credential: CredentialView; onShow: (id: string) => void }) {
  const { t } = useTranslation();
  const confirm = useConfirm();
  const act = useOneAction();
  const name = credential.name || credential.hint;
  const { status } = statusOf(credential);
  const remove = async () => {
    const sure = await confirm({
      title: t("credentials.deleteTitle"),
      body: t("credentials.deleteBody", { name }),
      action: t("action.delete"),
      danger: true,
    });
    if (sure) act.mutate({ credential, action: "delete" });
  };
  return (
    <Menu
      trigger={
        <IconButton label={t("credentials.actionsOf", { name })} size="sm" busy={act.isPending}>
          {!act.isPending && <EllipsisVertical className="size-4" aria-hidden />}
        </IconButton>
      }
    >
      <MenuItem icon={<Pencil className="size-4" />} onSelect={() => onShow(credential.id)}>
        {t("credentials.open")}
      </MenuItem>
      {status !== "active" && (
        <MenuItem icon={<CircleHelp className="size-4" />} onSelect={() => onShow(credential.id)}>
          {t("credentials.whyNot")}
        </MenuItem>
      )}
      <MenuLine />
      <MenuItem icon={<FlaskConical className="size-4" />} onSelect={() => act.mutate({ credential, action: "test" })}>
        {t("credentials.test")}
      </MenuItem>
      {credential.kind === "oauth" && (
        <MenuItem
          icon={<RefreshCw className="size-4" />}
          onSelect={() => act.mutate({ credential, action: "refresh" })}
        >
          {t("credentials.refresh")}
        </MenuItem>
      )}
      {RESTING.has(status) && (
        <MenuItem
          icon={<Snowflake className="size-4" />}
          onSelect={() => act.mutate({ credential, action: "clear-cooldown" })}
        >
          {t("credentials.clearCooldown")}
        </MenuItem>
      )}
      {credential.enabled ? (
        <MenuItem
          icon={<CirclePause className="size-4" />}
          onSelect={() => act.mutate({ credential, action: "disable" })}
        >
          {t("credentials.disable")}
        </MenuItem>
      ) : (
        <MenuItem
          icon={<CirclePlay className="size-4" />}
          onSelect={() => act.mutate({ credential, action: "enable" })}
        >
          {t("credentials.enable")}
        </MenuItem>
      )}
      <MenuLine />
      <MenuItem danger icon={<Trash2 className="size-4" />} onSelect={() => void remove()}>
        {t("action.delete")}
      </MenuItem>
    </Menu>
  );
}
