import { LogIn } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { SetupView } from "@/api/schema";

const CODES = [
  "off",
  "unavailable",
  "expired",
  "cancelled",
  "provider_error",
  "not_trusted",
  "no_role",
  "wrong_domain",
  "disabled",
  "held",
] as const;

/** Lead away to the identity provider; a plain link, since the answer is a page of somebody else's. */
export function SingleSignOn({ name, page }: { name: string; page: string }) {
  const { t } = useTranslation();
  return (
    <a
      href={`/admin/api/session/sso?page=${encodeURIComponent(page)}`}
      className="inline-flex h-9 w-full items-center justify-center gap-2 rounded-md border border-line-strong bg-panel px-3 font-medium text-fg text-sm shadow-card transition-colors hover:bg-hover"
    >
      <LogIn className="size-4 shrink-0" aria-hidden />
      <span className="truncate">{t("session.sso", { name })}</span>
    </a>
  );
}

/** Why the last single sign-on came to nothing, and what to do about it. */
export function SingleSignOnFailed({ code, setup }: { code: string; setup: SetupView | undefined }) {
  const { t } = useTranslation();
  const known = CODES.find((each) => each === code) ?? "unavailable";
  return (
    <div role="alert" className="mb-4 rounded-lg border border-bad/40 bg-bad-soft p-3 text-sm">
      <p className="font-medium text-bad">{t("session.failed.title")}</p>
      <p className="mt-0.5 break-words text-soft">
        {t(`session.failed.${known}`, { claim: setup?.groups_claim ?? "groups" })}
      </p>
    </div>
  );
}
