import { CircleCheck, CircleSlash } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { CredentialView } from "@/api/schema";
import { Countdown } from "@/components/timeago";
import { Retold } from "@/lib/retold";
import { statusOf } from "./status";

interface Reason {
  key: string;
  title: string;
  detail?: string;
  until?: string | null;
}

function useReasons(credential: CredentialView): Reason[] {
  const { t } = useTranslation();
  const reasons: Reason[] = [];
  const { status, reason } = statusOf(credential);
  if (status !== "active") {
    const until = status === "cooling" || status === "exhausted" ? credential.cooldown_until : null;
    reasons.push({
      key: "status",
      title: t(`credentials.why.${status}`, { defaultValue: status }),
      detail: reason,
      until,
    });
  }
  if (credential.needs_sign_in && status !== "expired")
    reasons.push({ key: "sign-in", title: t("credentials.why.needsSignIn") });
  if (credential.refresh_error) {
    reasons.push({ key: "refresh", title: t("credentials.why.refreshFailed"), detail: credential.refresh_error });
  }
  for (const each of credential.live?.restrictions ?? []) {
    reasons.push({
      key: `${each.what} ${each.reason}`,
      title: t("credentials.why.restricted", { what: each.what }),
      detail: each.reason,
      until: each.until,
    });
  }
  const live = credential.live;
  if (live && credential.max_concurrency > 0 && live.in_flight >= credential.max_concurrency) {
    reasons.push({ key: "busy", title: t("credentials.why.busy", { count: live.in_flight }) });
  }
  if (credential.models.length > 0) {
    reasons.push({ key: "models", title: t("credentials.why.models"), detail: credential.models.join(", ") });
  }
  return reasons;
}

/** What keeps a credential from serving, in the order in which it weighs. */
export function WhyNot({ credential }: { credential: CredentialView }) {
  const { t } = useTranslation();
  const reasons = useReasons(credential);
  if (reasons.length === 0) {
    return (
      <p className="flex items-center gap-2 rounded-lg bg-ok-soft px-3 py-2.5 font-medium text-ok text-sm">
        <CircleCheck className="size-4 shrink-0" aria-hidden />
        {t("credentials.why.nothing")}
      </p>
    );
  }
  return (
    <section aria-label={t("credentials.whyNot")} className="rounded-lg border">
      <ul className="divide-y">
        {reasons.map((reason) => (
          <li key={reason.key} className="flex items-start gap-2.5 px-3 py-2.5 text-sm">
            <CircleSlash className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden />
            <span className="min-w-0 flex-1">
              <span className="block font-medium">{reason.title}</span>
              {reason.detail && (
                <span className="block break-words text-muted">
                  <Retold text={reason.detail} />
                </span>
              )}
            </span>
            {reason.until && (
              <span className="shrink-0 text-warn text-xs">
                <Countdown until={reason.until} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
