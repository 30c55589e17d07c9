import { Check, Minus } from "lucide-react";
import { cn } from "@/lib/cn";

interface CheckboxProps {
  checked: boolean | "indeterminate";
  /** With the shift key held, all that lie between may be meant. */
  onChange: (checked: boolean, shift: boolean) => void;
  label: string;
  shown?: boolean;
  className?: string;
  disabled?: boolean;
}

/** A button by itself, for lists show very many of them. */
export function Checkbox({ checked, onChange, label, shown, className, disabled }: CheckboxProps) {
  const some = checked === "indeterminate";
  const box = (
    <button
      type="button"
      role="checkbox"
      aria-checked={some ? "mixed" : checked}
      aria-label={shown ? undefined : label}
      disabled={disabled}
      onClick={(event) => onChange(checked !== true, event.shiftKey)}
      // The space bar changes it; Enter is for what sends a form.
      onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
      className={cn(
        "relative grid size-4 shrink-0 place-items-center rounded border transition-colors after:absolute after:-inset-1.5",
        checked ? "border-accent bg-accent text-accent-fg" : "border-control bg-panel",
        !shown && className,
      )}
    >
      {some && <Minus className="size-3" strokeWidth={3} aria-hidden />}
      {checked === true && <Check className="size-3" strokeWidth={3} aria-hidden />}
    </button>
  );
  if (!shown) return box;
  return (
    <label className={cn("flex cursor-pointer items-center gap-2 text-sm", className)}>
      {box}
      {label}
    </label>
  );
}
