import { useTranslation } from "react-i18next";
import { clock, dateTime, relative } from "@/lib/format";
import { useLanguage, useNow } from "@/lib/hooks";

/** A moment, as far as it is from now; the moment itself when the pointer rests on it. */
export function TimeAgo({ at }: { at: string | null | undefined }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const now = useNow(15_000);
  if (!at) return <span className="text-muted">{t("form.never")}</span>;
  return (
    <time dateTime={at} title={dateTime(at, language)} className="num">
      {relative(at, now, language)}
    </time>
  );
}

/** What is left until a moment, counting down. */
export function Countdown({ until }: { until: string }) {
  const now = useNow(1000);
  return <span className="num">{clock((Date.parse(until) - now) / 1000)}</span>;
}
