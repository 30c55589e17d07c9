import type { TFunction } from "i18next";
import {
  CircleHelp,
  CirclePause,
  CirclePlay,
  EllipsisVertical,
  FlaskConical,
  LoaderCircle,
  Pencil,
  RefreshCw,
  Snowflake,
  Trash2,
} from "lucide-react";
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CredentialView } from "@/api/schema";
import { useMay } from "@/api/session";
import { Button } from "@/components/button";
import { useConfirm } from "@/components/confirm";
import { MenuBeside, MenuItem, MenuLine } from "@/components/menu";
import { useOneAction } from "./data";
import { statusOf } from "./status";

const RESTING = new Set(["cooling", "exhausted", "blocked"]);

const SIGN = <EllipsisVertical className="size-4" aria-hidden />;
const BUSY = <LoaderCircle className="size-3.5 animate-spin" aria-hidden />;

interface RowMenuProps {
  credential: CredentialView;
  busy: boolean;
  t: TFunction;
  onShow: (id: string) => void;
}

/** The button of a row's menu; the menu itself is made when the pointer or the focus comes near. */
export function RowMenu({ credential, busy, t, onShow }: RowMenuProps) {
  const [state, setState] = useState<"away" | "near" | "open">("away");
  const button = useRef<HTMLButtonElement>(null);
  const label = t("credentials.actionsOf", { name: credential.name || credential.hint });
  const open = state === "open";
  const near = () => setState((before) => (before === "away" ? "near" : before));
  const press = (event: PointerEvent) => {
    if (busy || event.button !== 0 || event.ctrlKey) return;
    if (!open) event.preventDefault(); // the focus goes into the menu
    setState(open ? "near" : "open");
  };
  const type = (event: KeyboardEvent) => {
    if (!["Enter", " ", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    if (!busy) setState("open");
  };
  return (
    <>
      <Button
        ref={button}
        look="ghost"
        size="sm"
        className="size-7 px-0!"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-busy={busy || undefined} // it keeps the focus while something runs
        onPointerEnter={near}
        onFocus={near}
        onPointerDown={press}
        onKeyDown={type}
      >
        {busy ? BUSY : SIGN}
      </Button>
      {state !== "away" && (
        <MenuBeside button={button} label={label} open={open} onOpen={(on) => setState(on ? "open" : "near")}>
          <Actions credential={credential} onShow={onShow} />
        </MenuBeside>
      )}
    </>
  );
}

function Actions({ credential, onShow }: { credential: CredentialView; onShow: (id: string) => void }) {
  const { t } = useTranslation();
  const confirm = useConfirm();
  const act = useOneAction();
  const may = useMay();
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
    <>
      <MenuItem icon={<Pencil className="size-4" />} onSelect={() => onShow(credential.id)}>
        {t("credentials.open")}
      </MenuItem>
      {status !== "active" && (
        <MenuItem icon={<CircleHelp className="size-4" />} onSelect={() => onShow(credential.id)}>
          {t("credentials.whyNot")}
        </MenuItem>
      )}
      {may("operator") && (
        <>
          <MenuLine />
          <MenuItem
            icon={<FlaskConical className="size-4" />}
            onSelect={() => act.mutate({ credential, action: "test" })}
          >
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
        </>
      )}
    </>
  );
}
