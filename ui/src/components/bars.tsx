import { cn } from "@/lib/cn";

/** How much of something is left or done, 0 to 1. */
export function Meter({
  value,
  label,
  tone = "accent",
  className,
}: {
  value: number;
  label: string;
  tone?: "accent" | "ok" | "warn" | "bad";
  className?: string;
}) {
  const share = Math.round(Math.min(1, Math.max(0, value)) * 100);
  const tones = { accent: "bg-accent", ok: "bg-ok-dot", warn: "bg-warn-dot", bad: "bg-bad-dot" };
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuenow={share}
      aria-valuemin={0}
      aria-valuemax={100}
      className={cn("h-1.5 w-full overflow-hidden rounded-full bg-hover", className)}
    >
      <div
        className={cn("h-full rounded-full transition-[width] duration-300", tones[tone])}
        style={{ width: `${share}%` }}
      />
    </div>
  );
}

export interface Share {
  key: string;
  value: number;
  className: string;
}

/** Parts of a whole, side by side; whoever shows it names the parts beside it. */
export function SharesBar({ shares, label }: { shares: Share[]; label: string }) {
  const total = shares.reduce((sum, each) => sum + each.value, 0);
  return (
    <div role="img" aria-label={label} className="flex h-2 w-full gap-px overflow-hidden rounded-full bg-hover">
      {shares
        .filter((each) => each.value > 0)
        .map((each) => (
          <div
            key={each.key}
            className={cn("h-full min-w-1", each.className)}
            style={{ width: `${(each.value / total) * 100}%` }}
          />
        ))}
    </div>
  );
}
