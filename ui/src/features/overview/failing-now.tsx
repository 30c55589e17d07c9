import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { every } from "@/api/flow";
import { following } from "@/api/pulse";
import type { RequestPage } from "@/api/schema";
import { codeText } from "@/lib/errors";
import { number } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { failingOf } from "./failing";

const MINUTES = 10;
const LOOKED_AT = 50;

/** Says that most requests of the last minutes failed, and of what; nothing while they do not. */
export function FailingNow({ live }: { live: boolean }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { data } = useQuery({
    queryKey: ["requests", "failing"],
    queryFn: ({ signal }) => {
      const from = new Date(Date.now() - MINUTES * 60_000).toISOString();
      return api.get<RequestPage>("/requests", { from, limit: LOOKED_AT }, signal);
    },
    refetchInterval: live ? every(15_000) : false,
    meta: following(live),
  });
  const failing = data ? failingOf(data.data) : null;
  if (!failing) return null;
  const { failed, asked, code, shared } = failing;
  return (
    <div role="status" className="flex flex-wrap items-center gap-3 rounded-lg bg-bad-soft px-3 py-2.5 text-sm">
      <CircleAlert className="size-4 shrink-0 text-bad" aria-hidden />
      <p className="min-w-0 flex-1 break-words text-bad">
        <span className="font-medium">
          {t("overview.failing", {
            failed: number(failed, language),
            asked: number(asked, language),
            minutes: number(MINUTES, language),
          })}
        </span>{" "}
        {[codeText(code, t), ...shared].filter(Boolean).join(" · ")}
      </p>
      <Link
        to="/requests"
        search={{ range: "1h" }}
        className="flex min-h-6 items-center rounded font-medium text-bad underline underline-offset-2"
      >
        {t("overview.failingShow")}
      </Link>
    </div>
  );
}
