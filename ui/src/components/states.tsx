import { CircleAlert, RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { errorText } from "@/lib/errors";
import { Retold } from "@/lib/retold";
import { Button } from "./button";

export function Skeleton({ className }: { className?: string }) {
  return <div className={cn("animate-shimmer rounded bg-hover", className)} aria-hidden />;
}

/** Nothing is there yet, and this is what to do about it. */
export function Empty({
  icon,
  title,
  children,
  action,
}: {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-14 text-center">
      <div className="grid size-11 place-items-center rounded-xl border bg-panel text-muted shadow-card">{icon}</div>
      <div>
        <p className="font-semibold">{title}</p>
        {children && <div className="mx-auto mt-1 max-w-md text-muted text-sm">{children}</div>}
      </div>
      {action && <div className="mt-1 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

export function Failed({ error, onRetry, className }: { error: unknown; onRetry?: () => void; className?: string }) {
  const { t } = useTranslation();
  const told = errorText(error, t);
  return (
    <div
      role="alert"
      className={cn("flex items-start gap-3 rounded-lg border border-bad/40 bg-bad-soft p-3 text-sm", className)}
    >
      <CircleAlert className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-medium text-bad">{told.title}</p>
        {told.detail && (
          <p className="mt-0.5 break-words text-soft">
            <Retold text={told.detail} />
          </p>
        )}
        {told.reference && <p className="mt-1 break-all font-mono text-muted text-xs">{told.reference}</p>}
      </div>
      {onRetry && (
        <Button size="sm" onClick={onRetry} icon={<RotateCw className="size-3.5" aria-hidden />}>
          {t("action.retry")}
        </Button>
      )}
    </div>
  );
}

export function Notice({
  tone = "info",
  title,
  children,
}: {
  tone?: "info" | "warn" | "ok";
  title?: string;
  children?: ReactNode;
}) {
  const tones = { info: "bg-info-soft text-info", warn: "bg-warn-soft text-warn", ok: "bg-ok-soft text-ok" };
  return (
    <div className={cn("rounded-lg px-3 py-2.5 text-sm", tones[tone])}>
      {title && <p className="font-medium">{title}</p>}
      {children && <div className="break-words text-soft">{children}</div>}
    </div>
  );
}
