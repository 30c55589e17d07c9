import { CircleAlert, CircleCheck, Info, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Retold } from "@/lib/retold";
import { dismiss, type Notice, useNotices } from "@/lib/toasts";
import { IconButton } from "./button";

const ICONS = {
  ok: <CircleCheck className="size-4 text-ok" aria-hidden />,
  bad: <CircleAlert className="size-4 text-bad" aria-hidden />,
  info: <Info className="size-4 text-info" aria-hidden />,
};
const SHOWN_MS = { ok: 4500, info: 4500, bad: 9000 };

function Row({ notice }: { notice: Notice }) {
  const { t } = useTranslation();
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => dismiss(notice.id), SHOWN_MS[notice.kind]);
    return () => clearTimeout(timer);
  }, [held, notice]);
  return (
    <li
      className="pointer-events-auto flex animate-rise items-start gap-3 rounded-lg border bg-raised p-3 pr-2 shadow-pop"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className="mt-0.5">{ICONS[notice.kind]}</span>
      <div className="min-w-0 flex-1">
        <p className="break-words font-medium text-sm">{notice.title}</p>
        {(notice.detail || notice.reference) && (
          <p className="mt-0.5 break-words text-muted text-xs">
            {notice.detail && <Retold text={notice.detail} />}
            {notice.detail && notice.reference && " · "}
            {notice.reference}
          </p>
        )}
      </div>
      <IconButton label={t("action.close")} size="sm" className="-mt-1" onClick={() => dismiss(notice.id)}>
        <X className="size-3.5" aria-hidden />
      </IconButton>
    </li>
  );
}

/**
 * The notices, over everything: read out as they come, and never in the way of a key. Escape means the window that is
 * open, not what was said last.
 */
export function Toaster() {
  const { t } = useTranslation();
  const notices = useNotices();
  return (
    <section
      aria-label={t("shell.notices")}
      aria-live="polite"
      data-notices
      className="pointer-events-none fixed right-0 bottom-14 z-70 w-96 max-w-full p-4 md:bottom-0"
    >
      <ol className="flex flex-col gap-2">
        {notices.map((notice) => (
          <Row key={notice.id} notice={notice} />
        ))}
      </ol>
    </section>
  );
}
