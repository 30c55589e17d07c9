/** One row of the list. It is made very often, so it holds no hooks and no parts that watch anything. */
import type { TFunction } from "i18next";
import { memo } from "react";
import type { CredentialView } from "@/api/schema";
import { Tag } from "@/components/badge";
import { Moment } from "@/components/timeago";
import { Checkbox } from "@/components/toggle";
import { cn } from "@/lib/cn";
import { number, usd } from "@/lib/format";
import { RowMenu } from "./row-menu";
import { QuotaCell, StatusCell } from "./status";

/** How much of a credential there is room for. */
export type Room = "little" | "some" | "all";

export const COLUMNS: Record<Room, string> = {
  little: "grid grid-cols-[1.25rem_minmax(0,1fr)_2rem] items-center gap-x-3 px-3",
  some: "grid grid-cols-[1.25rem_minmax(0,1.5fr)_minmax(0,1.3fr)_6.5rem_2rem] items-center gap-x-3 px-3",
  all: "grid grid-cols-[1.25rem_minmax(0,1.2fr)_minmax(0,1.7fr)_5rem_6.5rem_3.5rem_6rem_6.5rem_2rem] items-center gap-x-3 px-3",
};

/** What is the same for all rows. */
export interface Shared {
  room: Room;
  operator: boolean;
  now: number;
  language: string;
  t: TFunction;
  onSelect: (id: string, on: boolean, range: boolean) => void;
  onShow: (id: string) => void;
}

interface RowProps {
  credential: CredentialView;
  place: number;
  top: number;
  height: number;
  selected: boolean;
  busy: boolean;
  shared: Shared;
}

export const Row = memo(function Row({ credential, place, top, height, selected, busy, shared }: RowProps) {
  const { room, operator, t, onSelect, onShow } = shared;
  const name = credential.name || credential.hint;
  return (
    <div
      role="row"
      aria-rowindex={place + 2}
      style={{ top, height }}
      className={cn(
        COLUMNS[room],
        "absolute inset-x-0 border-b transition-colors contain-strict hover:bg-hover/60",
        selected && "bg-accent-soft/60 hover:bg-accent-soft",
      )}
    >
      <div role="cell" className="flex">
        {operator && (
          <Checkbox
            checked={selected}
            onChange={(on, shift) => onSelect(credential.id, on, shift)}
            label={t("credentials.select", { name })}
          />
        )}
      </div>
      <div role="cell" className="min-w-0">
        {/* The name goes first: tags that find no room beside it are left out whole, never cut. */}
        <div className="-m-1 flex h-7 min-w-0 flex-wrap items-center gap-x-1.5 gap-y-3 overflow-hidden p-1">
          <button
            type="button"
            onClick={() => onShow(credential.id)}
            className="max-w-full truncate rounded text-left font-medium text-sm hover:text-accent-text"
          >
            {name}
          </button>
          {credential.tags.slice(0, 3).map((tag) => (
            <Tag key={tag}>{tag}</Tag>
          ))}
        </div>
        {room === "little" ? (
          <div className="mt-1">
            <StatusCell credential={credential} t={t} />
          </div>
        ) : (
          <div className={cn("truncate text-muted text-xs", !credential.login && "font-mono")}>
            {credential.login || credential.hint}
          </div>
        )}
      </div>
      {room !== "little" && (
        <>
          <div role="cell" className="flex min-w-0">
            <StatusCell credential={credential} t={t} />
          </div>
          <div role="cell" className="flex flex-col text-xs">
            <span className="text-soft">{t(`credentials.kind.${credential.kind}`)}</span>
            <span className="text-muted">{t(`credentials.tier.${credential.tier}`)}</span>
          </div>
        </>
      )}
      {room === "all" && <Figures credential={credential} shared={shared} />}
      <div role="cell" className="relative flex justify-end">
        <RowMenu credential={credential} busy={busy} t={t} onShow={onShow} />
      </div>
    </div>
  );
});

function Figures({ credential, shared }: { credential: CredentialView; shared: Shared }) {
  const { t, language, now } = shared;
  const { usage } = credential;
  return (
    <>
      <div role="cell" className="flex *:w-full">
        <QuotaCell credential={credential} t={t} language={language} />
      </div>
      <div role="cell" className="num text-right text-sm">
        {credential.live?.in_flight ?? 0}
        {credential.max_concurrency > 0 && <span className="text-muted">{` / ${credential.max_concurrency}`}</span>}
      </div>
      <div role="cell" className="num flex flex-col whitespace-nowrap text-right text-xs">
        <span className="text-soft text-sm">{usd(usage.cost_ticks, language)}</span>
        <span className="text-muted">
          {t("credentials.requests", { count: usage.requests, shown: number(usage.requests, language) })}
        </span>
      </div>
      <div role="cell" className="truncate text-right text-muted text-xs">
        <Moment at={usage.last_used_at} now={now} t={t} language={language} />
      </div>
    </>
  );
}
