import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "@/components/dialog";
import { Kbd } from "@/components/kbd";
import type { Group } from "./navigation";

function Row({ keys, children }: { keys: string[]; children: ReactNode }) {
  return (
    <li className="flex items-center justify-between gap-4 border-b py-2 text-sm last:border-0">
      {children}
      <span className="flex gap-1">
        {keys.map((key) => (
          <Kbd key={key}>{key}</Kbd>
        ))}
      </span>
    </li>
  );
}

export function Shortcuts({ open, onClose, groups }: { open: boolean; onClose: () => void; groups: Group[] }) {
  const { t } = useTranslation();
  return (
    <Dialog open={open} onClose={onClose} title={t("shell.shortcuts")} size="sm" text>
      <ul>
        <Row keys={["Ctrl", "K"]}>{t("shell.keys.palette")}</Row>
        <Row keys={["?"]}>{t("shell.keys.help")}</Row>
        <Row keys={["/"]}>{t("shell.keys.filter")}</Row>
        <Row keys={["Esc"]}>{t("shell.keys.close")}</Row>
        {groups
          .flatMap((group) => group.places)
          .map((place) => (
            <Row key={place.to} keys={["g", place.key]}>
              {t("shell.keys.go", { page: t(place.label) })}
            </Row>
          ))}
      </ul>
    </Dialog>
  );
}
