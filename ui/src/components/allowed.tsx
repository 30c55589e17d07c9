import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Role, useMay, useRole } from "@/api/session";
import { Button } from "./button";
import { Dialog } from "./dialog";

interface Props {
  /** The least role. */
  least: Role;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
}

/** A form for those who may use it; to others an address that leads to it tells why it is not there. */
export function Allowed({ least, open, onClose, children }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const role = useRole();
  if (may(least)) return children;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={t("allowed.title")}
      size="sm"
      footer={<Button onClick={onClose}>{t("action.close")}</Button>}
      text
    >
      <p className="text-sm">{t("allowed.body", { role: t(`team.role.${role}`), least: t(`team.role.${least}`) })}</p>
    </Dialog>
  );
}
