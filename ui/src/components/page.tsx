import type { ReactNode } from "react";
import { cn } from "@/lib/cn";
import { useTitle } from "@/lib/hooks";

interface PageProps {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** Fills the height of the window, and scrolls inside. */
  full?: boolean;
  wide?: boolean;
}

export function Page({ title, description, actions, children, full, wide }: PageProps) {
  useTitle(title);
  return (
    <div
      className={cn(
        "mx-auto flex w-full min-w-0 flex-col gap-5 px-4 py-5 sm:px-6",
        full ? "h-full min-h-0" : "pb-16",
        wide || full ? "max-w-none" : "max-w-6xl",
      )}
    >
      <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
          {description && <p className="mt-0.5 max-w-2xl text-balance text-muted text-sm">{description}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function Card({
  title,
  actions,
  children,
  className,
  flush,
}: {
  title?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
  flush?: boolean;
}) {
  return (
    <section className={cn("min-w-0 rounded-xl border bg-panel shadow-card", className)}>
      {title && (
        <div className="flex min-h-11 items-center justify-between gap-3 border-b px-4 py-1.5">
          <h2 className="min-w-0 truncate font-semibold text-sm">{title}</h2>
          {actions}
        </div>
      )}
      <div className={flush ? undefined : "p-4"}>{children}</div>
    </section>
  );
}

/** Names and values, such as all that is known of one thing. */
export function Facts({ rows }: { rows: [string, ReactNode][] }) {
  return (
    <dl className="grid grid-cols-[minmax(7rem,auto)_1fr] gap-x-4 gap-y-2 text-sm">
      {rows.map(([name, value]) => (
        <div key={name} className="col-span-2 grid grid-cols-subgrid">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
