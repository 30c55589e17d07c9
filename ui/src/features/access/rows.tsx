import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Badge, type Tone } from "@/components/badge";
import { Select } from "@/components/field";
import { ROLES, type Role } from "./data";

const TONES: Record<Role, Tone> = { owner: "accent", operator: "info", viewer: "plain" };

export function RoleBadge({ role }: { role: Role }) {
  const { t } = useTranslation();
  return <Badge tone={TONES[role]}>{t(`access.role.${role}`)}</Badge>;
}

export function RoleOptions({
  value,
  onChange,
  label,
}: {
  value: Role;
  onChange: (role: Role) => void;
  label?: string;
}) {
  const { t } = useTranslation();
  return (
    <Select aria-label={label} value={value} onChange={(event) => onChange(event.target.value as Role)}>
      {ROLES.map((role) => (
        <option key={role} value={role}>
          {t(`access.role.${role}`)}
        </option>
      ))}
    </Select>
  );
}

/** One account, token or session in its list. */
export function Line({
  title,
  mark,
  note,
  actions,
}: {
  title: ReactNode;
  mark?: ReactNode;
  note: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <li className="flex items-center gap-3 px-4 py-2.5 text-sm">
      <div className="min-w-0 flex-1">
        <p className="flex min-w-0 items-center gap-2">
          <span className="truncate font-medium">{title}</span>
          {mark}
        </p>
        <p className="truncate text-muted text-xs">{note}</p>
      </div>
      {actions && <div className="flex shrink-0 items-center gap-1">{actions}</div>}
    </li>
  );
}
