import { LoaderCircle } from "lucide-react";
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { cn } from "@/lib/cn";
import { Tooltip } from "./tooltip";

type Look = "primary" | "secondary" | "ghost" | "danger";
type Size = "sm" | "md";

const LOOKS: Record<Look, string> = {
  primary: "bg-accent text-accent-fg hover:bg-accent-hover border-transparent shadow-card",
  secondary: "bg-panel text-fg border-line-strong hover:bg-hover shadow-card",
  ghost: "bg-transparent text-soft border-transparent hover:bg-hover hover:text-fg",
  danger: "bg-panel text-bad border-line-strong hover:bg-bad-soft hover:border-bad shadow-card",
};
const SIZES: Record<Size, string> = { sm: "h-7 px-2.5 text-xs gap-1.5", md: "h-8 px-3 text-sm gap-2" };

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  size?: Size;
  busy?: boolean;
  icon?: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({
  look = "secondary",
  size = "md",
  busy,
  icon,
  className,
  children,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      className={cn(
        "inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap rounded-md border font-medium transition-colors",
        "disabled:cursor-not-allowed disabled:opacity-50",
        LOOKS[look],
        SIZES[size],
        className,
      )}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      {...rest}
    >
      {busy ? <LoaderCircle className="size-3.5 animate-spin" aria-hidden /> : icon}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonProps, "children" | "icon"> {
  label: string;
  children: ReactNode;
  hint?: string;
}

/** A button that shows only a sign: its name is read out, and shown when the pointer rests on it. */
export function IconButton({
  label,
  hint,
  children,
  className,
  look = "ghost",
  size = "md",
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip text={label} hint={hint}>
      <Button
        look={look}
        aria-label={label}
        className={cn(size === "sm" ? "size-7" : "size-8", "px-0!", className)}
        {...rest}
      >
        {children}
      </Button>
    </Tooltip>
  );
}
