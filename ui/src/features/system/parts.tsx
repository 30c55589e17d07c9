import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { SystemView } from "@/api/schema";
import { Badge, type Tone } from "@/components/badge";
import { Meter } from "@/components/bars";
import { Card, Facts } from "@/components/page";
import { TimeAgo } from "@/components/timeago";
import { bytes, milliseconds, number, percent } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";

type Rows = [string, ReactNode][];

const figure = (text: string) => <span className="num">{text}</span>;
const mono = (text: string) => <span className="break-all font-mono text-xs">{text}</span>;

interface PartProps {
  title: string;
  tone: Tone;
  state: string;
  children: ReactNode;
  className?: string;
}

function Part({ title, tone, state, children, className }: PartProps) {
  return (
    <Card
      className={className}
      title={title}
      actions={
        <Badge tone={tone} dot>
          {state}
        </Badge>
      }
    >
      {children}
    </Card>
  );
}

export function Store({ of: { store } }: { of: SystemView }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const slow = store.lag_ms !== null && store.lag_ms > 250;
  const rows: Rows = [
    [t("system.kind"), mono(store.kind)],
    [t("system.lag"), store.lag_ms === null ? "–" : figure(milliseconds(store.lag_ms, language))],
    [t("system.revision"), figure(number(store.revision, language))],
  ];
  return (
    <Part
      title={t("system.store")}
      tone={store.state === "away" ? "bad" : slow ? "warn" : "ok"}
      state={t(store.state === "away" ? "system.away" : slow ? "system.slow" : "system.ok")}
    >
      <Facts rows={rows} />
    </Part>
  );
}

export function Shared({ of: { shared_state: shared, workers } }: { of: SystemView }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const state = !shared.configured ? "unused" : shared.up ? "ok" : "away";
  const tones: Record<string, Tone> = { unused: "plain", ok: "ok", away: "bad" };
  const rows: Rows = [[t("system.workersHere"), figure(number(workers, language))]];
  if (shared.configured) {
    rows.push([t("system.workersAll"), figure(number(shared.workers, language))]);
  }
  return (
    <Part title={t("system.shared")} tone={tones[state] ?? "plain"} state={t(`system.${state}`)}>
      <Facts rows={rows} />
      <p className="mt-3 text-muted text-xs">{t(shared.configured ? "system.sharedHint" : "system.unsharedHint")}</p>
    </Part>
  );
}

export function Media({ of: { media } }: { of: SystemView }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const share = media.bytes !== null && media.limit_bytes > 0 ? media.bytes / media.limit_bytes : null;
  const full = share !== null && share > 1;
  const rows: Rows = [
    [t("system.kind"), t(media.kind === "disk" ? "system.disk" : "system.bucket")],
    [t("system.held"), media.bytes === null ? "–" : figure(bytes(media.bytes, language))],
    [t("system.limit"), media.limit_bytes > 0 ? figure(bytes(media.limit_bytes, language)) : t("keys.noLimit")],
  ];
  return (
    <Part
      title={t("system.media")}
      tone={media.bytes === null ? "bad" : full ? "warn" : "ok"}
      state={share === null ? t(media.bytes === null ? "system.away" : "system.ok") : percent(share, language)}
    >
      <Facts rows={rows} />
      {share !== null && (
        <Meter className="mt-3" value={share} label={t("system.media")} tone={share > 0.9 ? "warn" : "accent"} />
      )}
    </Part>
  );
}

export function Ledger({ of: { ledger } }: { of: SystemView }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const waits = ledger.spool_files > 0;
  const rows: Rows = [
    [t("system.waiting"), figure(number(ledger.waiting, language))],
    [
      t("system.spool"),
      figure(
        [
          t("system.files", { count: ledger.spool_files, shown: number(ledger.spool_files, language) }),
          bytes(ledger.spool_bytes, language),
        ].join(" · "),
      ),
    ],
    [
      t("system.dropped"),
      <span key="dropped" className={ledger.dropped > 0 ? "num font-medium text-bad" : "num"}>
        {number(ledger.dropped, language)}
      </span>,
    ],
  ];
  return (
    <Part
      title={t("system.ledger")}
      tone={ledger.dropped > 0 ? "bad" : waits ? "warn" : "ok"}
      state={t(ledger.dropped > 0 ? "system.lost" : waits ? "system.spooled" : "system.ok")}
    >
      <Facts rows={rows} />
    </Part>
  );
}

export function Worker({ of: system }: { of: SystemView }) {
  const { t } = useTranslation();
  const rows: Rows = [
    [t("system.host"), mono(system.host)],
    [t("system.worker"), mono(system.worker)],
    [t("system.process"), figure(String(system.pid))],
    [t("system.leader"), system.leads ? t("system.itself") : system.leader ? mono(system.leader) : t("system.nobody")],
    [t("system.python"), mono(system.python)],
    [t("system.started"), <TimeAgo key="started" at={system.started_at} />],
  ];
  return (
    <Part
      className="xl:col-span-2"
      title={t("system.thisWorker")}
      tone={system.draining ? "warn" : "ok"}
      state={t(system.draining ? "system.draining" : "system.ok")}
    >
      <Facts rows={rows} />
    </Part>
  );
}
