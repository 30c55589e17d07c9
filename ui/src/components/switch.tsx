import { Switch as RadixSwitch } from "radix-ui";

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
