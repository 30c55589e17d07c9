import { DropdownMenu as Radix } from "radix-ui";
import { type ReactNode, type RefObject, useRef } from "react";
import { cn } from "@/lib/cn";

const CONTENT =
  "z-50 max-h-[70dvh] min-w-44 max-w-[calc(100vw-1rem)] animate-rise overflow-y-auto rounded-lg border bg-raised p-1 shadow-pop";

export function Menu({
  trigger,
  children,
  align = "end",
}: {
  trigger: ReactNode;
  children: ReactNode;
  align?: "start" | "end";
}) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content align={align} sideOffset={6} collisionPadding={8} className={CONTENT}>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface MenuBesideProps {
  button: RefObject<HTMLElement | null>;
  label: string;
  open: boolean;
  onOpen: (open: boolean) => void;
  children: ReactNode;
}

/** A menu beside a button that stands without it, and says itself when it opens; it lies where both lie. */
export function MenuBeside({ button, label, open, onOpen, children }: MenuBesideProps) {
  const outside = useRef(false);
  return (
    <Radix.Root modal={false} open={open} onOpenChange={onOpen}>
      <Radix.Trigger asChild>
        <span aria-hidden className="pointer-events-none absolute inset-0" />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          className={CONTENT}
          aria-label={label}
          aria-labelledby={undefined}
          onInteractOutside={() => {
            outside.current = true;
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (!outside.current) button.current?.focus();
            outside.current = false;
          }}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

const ITEM =
  "flex min-h-8 cursor-pointer select-none items-center gap-2.5 rounded-md px-2 text-sm outline-none data-[disabled]:cursor-default data-[highlighted]:bg-hover data-[disabled]:opacity-45";

interface ItemProps {
  icon?: ReactNode;
  onSelect: () => void;
  children: ReactNode;
  danger?: boolean;
  disabled?: boolean;
}

export function MenuItem({ icon, onSelect, children, danger, disabled }: ItemProps) {
  return (
    <Radix.Item onSelect={onSelect} disabled={disabled} className={cn(ITEM, danger && "text-bad")}>
      {icon && <span className={cn("grid size-4 place-items-center", danger ? "text-bad" : "text-muted")}>{icon}</span>}
      {children}
    </Radix.Item>
  );
}

/** A file to be fetched from this server. */
export function MenuLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Radix.Item asChild>
      <a href={href} download className={ITEM}>
        {children}
      </a>
    </Radix.Item>
  );
}

interface ChoiceProps {
  checked: boolean;
  onChange: (on: boolean) => void;
  children: ReactNode;
}

export function MenuChoice({ checked, onChange, children }: ChoiceProps) {
  return (
    <Radix.CheckboxItem checked={checked} onCheckedChange={onChange} className={cn(ITEM, "pl-7")}>
      <Radix.ItemIndicator className="-ml-5 w-2.5">
        <span className="block size-1.5 rounded-full bg-accent-text" />
      </Radix.ItemIndicator>
      {children}
    </Radix.CheckboxItem>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return (
    <Radix.Label className="px-2 pt-2 pb-1 font-medium text-2xs text-muted uppercase tracking-wide">
      {children}
    </Radix.Label>
  );
}

export function MenuLine() {
  return <Radix.Separator className="my-1 h-px bg-line" />;
}
