import { Check, Minus } from "lucide-react";
import { Checkbox as RadixCheckbox, Switch as RadixSwitch } from "radix-ui";
import { cn } from "@/lib/cn";

interface CheckboxProps {
  checked: boolean | "indeterminate";
  onChange: (checked: boolean) => void;
  label: string;
  shown?: boolean;
  className?: string;
  disabled?: boolean;
}

export function Checkbox({ checked, onChange, label, shown, className, disabled }: CheckboxProps) {
  const box = (
    <RadixCheckbox.Root
      checked={checked}
      onCheckedChange={(value) => onChange(value === true)}
      aria-label={shown ? undefined : label}
      disabled={disabled}
      className={cn(
        "relative grid size-4 shrink-0 place-items-center rounded border border-control bg-panel transition-colors after:absolute after:-inset-1.5",
        "data-[state=checked]:border-accent data-[state=indeterminate]:border-accent data-[state=checked]:bg-accent data-[state=indeterminate]:bg-accent",
        !shown && className,
      )}
    >
      <RadixCheckbox.Indicator className="text-accent-fg">
        {checked === "indeterminate" ? (
          <Minus className="size-3" strokeWidth={3} />
        ) : (
          <Check className="size-3" strokeWidth={3} />
        )}
      </RadixCheckbox.Indicator>
    </RadixCheckbox.Root>
  );
  if (!shown) return box;
  return (
    <label className={cn("flex cursor-pointer items-center gap-2 text-sm", className)}>
      {box}
      {label}
    </label>
  );
}

interface SwitchProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: string;
  hint?: string;
  disabled?: boolean;
}

export function Switch({ checked, onChange, label, hint, disabled }: SwitchProps) {
  return (
    <label className="flex cursor-pointer items-center justify-between gap-4 text-sm">
      <span className="flex flex-col">
        <span className="font-medium">{label}</span>
        {hint && <span className="text-muted text-xs">{hint}</span>}
      </span>
      <RadixSwitch.Root
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        className="relative h-6 w-10 shrink-0 rounded-full border border-control bg-sunken transition-colors data-[state=checked]:border-accent data-[state=checked]:bg-accent"
      >
        <RadixSwitch.Thumb className="block size-4 translate-x-1 rounded-full bg-control transition-transform data-[state=checked]:translate-x-5 data-[state=checked]:bg-white" />
      </RadixSwitch.Root>
    </label>
  );
}
