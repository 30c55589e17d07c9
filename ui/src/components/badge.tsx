import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

export type Tone = "ok" | "warn" | "bad" | "info" | "accent" | "plain";

const TONES: Record<Tone, string> = {
  ok: "bg-ok-soft text-ok",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  info: "bg-info-soft text-info",
  accent: "bg-accent-soft text-accent-text",
  plain: "bg-sunken text-soft",
};
const DOTS: Record<Tone, string> = {
  ok: "bg-ok-dot",
  warn: "bg-warn-dot",
  bad: "bg-bad-dot",
  info: "bg-info",
  accent: "bg-accent",
  plain: "bg-control",
};

export function Badge({
  tone = "plain",
  dot,
  children,
  className,
}: {
  tone?: Tone;
  dot?: boolean;
  children: ReactNode;
  className?: string;
}) {
  return (
    <span
      className={cn(
        "inline-flex h-5 max-w-full shrink-0 items-center gap-1.5 truncate rounded-full px-2 font-medium text-2xs",
        TONES[tone],
        className,
      )}
    >
      {dot && <Dot tone={tone} />}
      <span className="truncate">{children}</span>
    </span>
  );
}

export function Dot({ tone, pulse }: { tone: Tone; pulse?: boolean }) {
  return (
    <span className="relative inline-flex size-1.5 shrink-0" aria-hidden>
      {pulse && <span className={cn("absolute inset-0 animate-ping rounded-full opacity-60", DOTS[tone])} />}
      <span className={cn("size-1.5 rounded-full", DOTS[tone])} />
    </span>
  );
}

export function Tag({ children }: { children: ReactNode }) {
  return (
    <span className="inline-flex h-5 max-w-40 items-center truncate rounded border bg-sunken px-1.5 text-2xs text-soft">
      {children}
    </span>
  );
}
