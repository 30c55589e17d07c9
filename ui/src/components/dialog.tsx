import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { giveBack } from "@/lib/focus";
import { IconButton } from "./button";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
  size?: "sm" | "md" | "lg";
  /** Keeps a stray click or key from throwing away what was begun. */
  sticky?: boolean;
  /** Holds only text, so that its content itself has to be reached by the keyboard, to be scrolled. */
  text?: boolean;
}

const WIDTHS = { sm: "sm:max-w-md", md: "sm:max-w-xl", lg: "sm:max-w-3xl" };

/** Begin at what the window is for, not at the button that closes it. */
function focusContent(event: Event): void {
  const body = (event.currentTarget as HTMLElement | null)?.querySelector("[data-body]");
  const first = body?.querySelector<HTMLElement>(
    "input:not([tabindex='-1']), textarea, select, button:not(:disabled):not([data-aside]), [tabindex='0']",
  );
  event.preventDefault();
  (first ?? (event.currentTarget as HTMLElement | null))?.focus();
}

function Head({ title, description, onClose }: Pick<DialogProps, "title" | "description" | "onClose">) {
  const { t } = useTranslation();
  return (
    <header className="flex items-start gap-4 border-b px-5 py-4">
      <div className="min-w-0 flex-1">
        <Radix.Title className="truncate font-semibold text-lg">{title}</Radix.Title>
        {description && (
          <Radix.Description className="mt-0.5 text-balance text-muted text-sm">{description}</Radix.Description>
        )}
      </div>
      <IconButton label={t("action.close")} onClick={onClose} className="-mr-2 -mt-1">
        <X className="size-4" aria-hidden />
      </IconButton>
    </header>
  );
}

function Panel({
  open,
  onClose,
  sticky,
  className,
  children,
  described,
}: {
  open: boolean;
  onClose: () => void;
  sticky?: boolean;
  className: string;
  children: ReactNode;
  described: boolean;
}) {
  const before = useRef<Element | null>(null);
  return (
    <Radix.Root open={open} onOpenChange={(now) => !now && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-fade bg-overlay" />
        <Radix.Content
          className={className}
          {...(described ? {} : { "aria-describedby": undefined })}
          onInteractOutside={(event) => {
            if (sticky || (event.target as HTMLElement).closest("[data-notices]")) event.preventDefault();
          }}
          onOpenAutoFocus={(event) => {
            before.current = document.activeElement;
            focusContent(event);
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            giveBack(before.current);
          }}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** A window over the page; at the bottom edge of a small screen. */
export function Dialog({
  open,
  onClose,
  title,
  description,
  children,
  footer,
  size = "md",
  sticky,
  text,
}: DialogProps) {
  return (
    <Panel
      open={open}
      onClose={onClose}
      sticky={sticky}
      described={!!description}
      className={cn(
        "fixed z-50 flex max-h-[92dvh] w-full flex-col border bg-raised shadow-pop outline-none",
        "max-sm:inset-x-0 max-sm:bottom-0 max-sm:animate-up max-sm:rounded-t-xl",
        "sm:-translate-x-1/2 sm:top-[12dvh] sm:left-1/2 sm:max-h-[80dvh] sm:animate-fade sm:rounded-xl",
        WIDTHS[size],
      )}
    >
      <Head title={title} description={description} onClose={onClose} />
      <div data-body tabIndex={text ? 0 : undefined} className="min-h-0 flex-1 overflow-y-auto px-5 py-4">
        {children}
      </div>
      {footer && <footer className="flex flex-wrap items-center justify-end gap-2 border-t px-5 py-3">{footer}</footer>}
    </Panel>
  );
}

/** A sheet at the side of the page, for one thing of many. */
export function Drawer({ open, onClose, title, description, children, footer, sticky }: DialogProps) {
  return (
    <Panel
      open={open}
      onClose={onClose}
      sticky={sticky}
      described={!!description}
      className="fixed inset-y-0 right-0 z-50 flex w-full max-w-lg animate-slide flex-col border-l bg-raised shadow-pop outline-none"
    >
      <Head title={title} description={description} onClose={onClose} />
      <div data-body className="min-h-0 flex-1 overflow-y-auto px-5 py-4">
        {children}
      </div>
      {footer && <footer className="flex flex-wrap items-center justify-end gap-2 border-t px-5 py-3">{footer}</footer>}
    </Panel>
  );
}
