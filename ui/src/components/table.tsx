import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

/** Rows under heads, for lists that a person still reads whole; wide ones scroll inside. */
export function Table({ label, heads, children }: { label: string; heads: ReactNode; children: ReactNode }) {
  return (
    <div
      className="overflow-x-auto"
      role="region"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
      tabIndex={0}
    >
      <table className="w-full text-sm">
        <thead>
          <tr className="border-b bg-sunken/60 text-left text-muted text-xs [&>th]:h-9 [&>th]:whitespace-nowrap [&>th]:px-4 max-sm:[&>th]:px-3 [&>th]:font-medium">
            {heads}
          </tr>
        </thead>
        <tbody className="divide-y [&>tr]:relative [&>tr]:hover:bg-hover/60 [&_td]:px-4 [&_td]:py-2 max-sm:[&_td]:px-3">
          {children}
        </tbody>
      </table>
    </div>
  );
}

export function Th({ children, className }: { children?: ReactNode; className?: string }) {
  return (
    <th scope="col" className={className}>
      {children}
    </th>
  );
}

/** The name in a row: it opens what the row tells of, and the whole row is its target. */
export function RowButton({
  onClick,
  children,
  className,
}: {
  onClick: () => void;
  children: ReactNode;
  className?: string;
}) {
  return (
    <button
      type="button"
      onClick={onClick}
      className={cn("block max-w-full truncate text-left font-medium after:absolute after:inset-0", className)}
    >
      {children}
    </button>
  );
}
