import type { TFunction } from "i18next";
import type { CredentialView } from "@/api/schema";
import { Badge, type Tone } from "@/components/badge";
import { Meter } from "@/components/bars";
import { Countdown } from "@/components/timeago";
import { percent } from "@/lib/format";
import { useRetold } from "@/lib/retold";

export const STATUS_TONES: Record<string, Tone> = {
  active: "ok",
  cooling: "warn",
  exhausted: "warn",
  expired: "bad",
  blocked: "bad",
  disabled: "plain",
};

/** How a credential fares: what the worker that answered knows goes before what is stored. */
export function statusOf(credential: CredentialView): { status: string; reason: string } {
  const live = credential.live;
  if (live && live.status !== credential.status) return { status: live.status, reason: live.reason };
  return { status: credential.status, reason: credential.reason };
}

// Long lists show these in every row: they are told the language instead of asking for it each time.

export function StatusCell({ credential, t }: { credential: CredentialView; t: TFunction }) {
  const { status, reason } = statusOf(credential);
  const until = status === "cooling" || status === "exhausted" ? credential.cooldown_until : null;
  const told = useRetold(!!reason)(reason);
  return (
    <span className="flex min-w-0 items-center gap-2">
      <Badge tone={STATUS_TONES[status] ?? "plain"} dot>
        {t(`credentials.status.${status}`, { defaultValue: status })}
      </Badge>
      {until && (
        <span className="shrink-0 text-warn text-xs">
          <Countdown until={until} />
        </span>
      )}
      {reason && status !== "disabled" && (
        <span className="min-w-0 truncate text-muted text-xs" title={told}>
          {told}
        </span>
      )}
    </span>
  );
}

interface QuotaProps {
  credential: CredentialView;
  t: TFunction;
  language: string;
}

export function QuotaCell({ credential, t, language }: QuotaProps) {
  const left = credential.quota.left;
  if (left === null) return <span className="text-muted text-xs">{t("credentials.quotaUnknown")}</span>;
  const tone = left < 0.1 ? "bad" : left < 0.3 ? "warn" : "ok";
  return (
    <span className="flex items-center gap-2">
      <Meter value={left} tone={tone} label={t("credentials.quotaLeft")} className="min-w-8" />
      <span className="num w-9 shrink-0 text-right text-muted text-xs">{percent(left, language)}</span>
    </span>
  );
}
