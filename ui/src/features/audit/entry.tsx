import { useTranslation } from "react-i18next";
import type { AuditView } from "@/api/schema";
import { Badge, type Tone } from "@/components/badge";
import { CopyButton } from "@/components/copy";
import { Drawer } from "@/components/dialog";
import { Facts } from "@/components/page";
import { Empty, Notice } from "@/components/states";
import { TimeAgo } from "@/components/timeago";
import { cn } from "@/lib/cn";
import { dateTime } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { type Line, linesOf, written } from "./difference";

const TONES: Record<AuditView["outcome"], Tone> = { done: "ok", failed: "bad", begun: "warn" };

export function Outcome({ entry }: { entry: AuditView }) {
  const { t } = useTranslation();
  return (
    <Badge tone={TONES[entry.outcome]} dot>
      {t(`audit.outcome.${entry.outcome}`)}
      {entry.status > 0 && entry.outcome === "failed" && ` · ${entry.status}`}
    </Badge>
  );
}

/** What an action is called in the language of the console; its own name where it has none there. */
export function useActionName(): (action: string) => string {
  const { t } = useTranslation();
  return (action) => t(`audit.action.${action}`, { defaultValue: action });
}

function Value({ value, side }: { value: unknown; side: "before" | "after" }) {
  const { t } = useTranslation();
  if (value === undefined) return null;
  const gone = side === "before";
  return (
    <div className={cn("flex gap-2 px-3 py-1.5", gone ? "bg-bad-soft/60" : "bg-ok-soft/60")}>
      <span aria-hidden className={cn("shrink-0 select-none font-mono text-xs", gone ? "text-bad" : "text-ok")}>
        {gone ? "−" : "+"}
      </span>
      <span className="sr-only">{t(`audit.${side}`)}</span>
      <code className="min-w-0 whitespace-pre-wrap break-words font-mono text-xs">
        {value === null ? <span className="text-muted">{t("audit.notSet")}</span> : written(value)}
      </code>
    </div>
  );
}

function Difference({ lines }: { lines: Line[] }) {
  return (
    <ul className="flex flex-col gap-2">
      {lines.map(({ name, before, after }) => (
        <li key={name} className="overflow-hidden rounded-lg border">
          <p className="border-b bg-sunken px-3 py-1 font-medium font-mono text-soft text-xs">{name}</p>
          <Value value={before} side="before" />
          <Value value={after} side="after" />
        </li>
      ))}
    </ul>
  );
}

function Content({ entry }: { entry: AuditView }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const lines = linesOf(entry.before, entry.after);
  const mono = (text: string) => (
    <span className="flex items-start gap-1">
      <span className="min-w-0 break-all font-mono text-xs">{text}</span>
      <CopyButton text={text} className="-my-1" />
    </span>
  );
  return (
    <div className="flex flex-col gap-5">
      {entry.outcome === "begun" && <Notice tone="warn">{t("audit.unended")}</Notice>}
      <Facts
        rows={[
          [t("audit.column.outcome"), <Outcome key="outcome" entry={entry} />],
          [
            t("audit.column.at"),
            <span key="at">
              {entry.at && `${dateTime(entry.at, language)} · `}
              <TimeAgo at={entry.at} />
            </span>,
          ],
          [t("audit.column.actor"), `${entry.actor} · ${t(`team.role.${entry.role}`, { defaultValue: entry.role })}`],
          [t("audit.column.way"), t(`audit.way.${entry.way}`)],
          [t("audit.column.address"), entry.address || "–"],
          [
            t("audit.column.action"),
            <code key="action" className="font-mono text-xs">
              {entry.action}
            </code>,
          ],
          [
            t("audit.column.target"),
            <div key="target">
              {entry.target_name}
              {entry.target ? mono(entry.target) : !entry.target_name && "–"}
            </div>,
          ],
          [t("audit.column.request"), entry.request_id ? mono(entry.request_id) : "–"],
          [
            t("audit.column.sequence"),
            <span key="sequence" className="num">
              {entry.sequence}
            </span>,
          ],
          [t("audit.column.hash"), mono(entry.hash)],
        ]}
      />
      <section className="flex flex-col gap-2">
        <h3 className="font-semibold text-sm">{t("audit.change")}</h3>
        <p className="text-muted text-xs">{t("audit.changeHint")}</p>
        {lines.length > 0 ? <Difference lines={lines} /> : <p className="text-muted text-sm">{t("audit.noChange")}</p>}
      </section>
    </div>
  );
}

interface Props {
  open: boolean;
  entry: AuditView | undefined;
  onClose: () => void;
}

export function EntryDrawer({ open, entry, onClose }: Props) {
  const { t } = useTranslation();
  const nameOf = useActionName();
  return (
    <Drawer open={open} onClose={onClose} title={entry ? nameOf(entry.action) : t("audit.one")}>
      {entry ? (
        <Content entry={entry} />
      ) : (
        <Empty icon={<span className="num">{"?"}</span>} title={t("audit.notLoaded")}>
          {t("audit.notLoadedHint")}
        </Empty>
      )}
    </Drawer>
  );
}
