import { Lock, Undo2 } from "lucide-react";
import { useEffect, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { SettingView } from "@/api/schema";
import { Badge } from "@/components/badge";
import { IconButton } from "@/components/button";
import { Input, SecretInput, Select } from "@/components/field";
import { Switch } from "@/components/switch";
import { cn } from "@/lib/cn";
import { readValue, shownValue, type Value } from "./data";

interface Props {
  setting: SettingView;
  /** The new value; undefined if it stays, null if the store shall hold none. */
  draft: Value | null | undefined;
  problem?: string;
  writable: boolean;
  onChange: (value: Value | null | undefined) => void;
}

function Control({ setting, draft, problem, writable, onChange, noteId }: Props & { noteId: string }) {
  const value = draft === undefined ? setting.value : draft === null ? setting.default : draft;
  const disabled = !writable || setting.locked || !setting.storable;
  const [typed, setTyped] = useState<string | null>(null);
  // What was typed goes with its draft; the field itself stays, for it has the focus of who types.
  useEffect(() => {
    if (draft === undefined) setTyped(null);
  }, [draft]);
  const told = {
    "aria-label": setting.path,
    "aria-describedby": noteId,
    "aria-invalid": !!problem || undefined,
    disabled,
  };
  if (setting.kind === "boolean") {
    return <Switch label={setting.name} checked={value === true} disabled={disabled} onChange={onChange} />;
  }
  if (setting.kind === "choice") {
    return (
      <Select {...told} value={String(value)} onChange={(event) => onChange(event.target.value)}>
        {setting.choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </Select>
    );
  }
  const text = typed ?? (Array.isArray(value) ? value.join(", ") : String(value));
  const change = (next: string) => {
    setTyped(next);
    const read = readValue(setting, next);
    if (read !== undefined) onChange(read);
  };
  const numeric = setting.kind === "integer" || setting.kind === "number";
  const field = {
    ...told,
    value:
      draft === undefined || draft === null
        ? typed !== null && draft === undefined
          ? text
          : Array.isArray(value)
            ? value.join(", ")
            : String(value)
        : text,
    onChange: (event: { target: { value: string } }) => change(event.target.value),
  };
  if (setting.secret) return <SecretInput autoComplete="new-password" {...field} />;
  return <Input {...field} inputMode={numeric ? "decimal" : undefined} className={cn(numeric && "num")} />;
}

/** One setting: what it is for, what it is, and why it is that. */
export function SettingRow(props: Props) {
  const { setting, draft, problem, writable, onChange } = props;
  const { t, i18n } = useTranslation();
  const note = useId();
  const help = i18n.language === "zh-CN" && setting.help_zh ? setting.help_zh : setting.help;
  const rule = i18n.language === "zh-CN" ? setting.rule_zh : setting.rule;
  const changed = draft !== undefined;
  return (
    <li
      className={cn(
        "grid gap-x-6 gap-y-2 px-4 py-3.5 md:grid-cols-[minmax(0,1fr)_minmax(0,18rem)]",
        changed && "bg-accent-soft/40",
      )}
    >
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <code className="break-all font-medium font-mono text-xs">{setting.path}</code>
          {setting.locked && (
            <Badge>
              <span className="flex items-center gap-1">
                <Lock className="size-3" aria-hidden />
                {t("settings.locked")}
              </span>
            </Badge>
          )}
          {!setting.storable && !setting.locked && <Badge>{t("settings.outside")}</Badge>}
          {setting.reload === "restart" && (
            <Badge tone={setting.pending_restart ? "warn" : "plain"}>
              {t(setting.pending_restart ? "settings.pending" : "settings.restart")}
            </Badge>
          )}
          {setting.source.kind !== "default" && (
            <Badge tone="info">{t(`settings.source.${setting.source.kind}`)}</Badge>
          )}
        </p>
        <p className="mt-1 break-words text-sm text-soft">{help}</p>
        <p id={note} className="mt-1 break-words text-muted text-xs">
          {t("settings.default", { value: shownValue(setting.default) })}
          {rule && ` · ${rule}`}
          {setting.source.kind !== "default" && setting.source.name && ` · ${setting.source.name}`}
        </p>
      </div>
      <div className="flex min-w-0 flex-col gap-1">
        <div className="flex items-center gap-1">
          <div className="min-w-0 flex-1">
            <Control {...props} noteId={note} />
          </div>
          {changed ? (
            <IconButton label={t("settings.undo")} onClick={() => onChange(undefined)}>
              <Undo2 className="size-4" aria-hidden />
            </IconButton>
          ) : (
            setting.stored &&
            writable && (
              <IconButton label={t("settings.unset")} onClick={() => onChange(null)}>
                <Undo2 className="size-4" aria-hidden />
              </IconButton>
            )
          )}
        </div>
        {problem && (
          <p role="alert" className="text-bad text-xs">
            {problem}
          </p>
        )}
      </div>
    </li>
  );
}
