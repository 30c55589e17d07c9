import { CircleAlert, CircleCheck, Info, X } from "lucide-react";
import { Toast } from "radix-ui";
import { useTranslation } from "react-i18next";
import { dismiss, useNotices } from "@/lib/toasts";
import { IconButton } from "./button";

const ICONS = {
  ok: <CircleCheck className="size-4 text-ok" aria-hidden />,
  bad: <CircleAlert className="size-4 text-bad" aria-hidden />,
  info: <Info className="size-4 text-info" aria-hidden />,
};

export function Toaster() {
  const { t } = useTranslation();
  const notices = useNotices();
  return (
    <Toast.Provider swipeDirection="right" duration={5000} label={t("shell.notice")}>
      {notices.map((notice) => (
        <Toast.Root
          key={notice.id}
          duration={notice.kind === "bad" ? 9000 : 4500}
          onOpenChange={(open) => !open && dismiss(notice.id)}
          className="flex animate-rise items-start gap-3 rounded-lg border bg-raised p-3 pr-2 shadow-pop"
        >
          <span className="mt-0.5">{ICONS[notice.kind]}</span>
          <div className="min-w-0 flex-1">
            <Toast.Title className="break-words font-medium text-sm">{notice.title}</Toast.Title>
            {notice.detail && (
              <Toast.Description className="mt-0.5 break-words text-muted text-xs">{notice.detail}</Toast.Description>
            )}
          </div>
          <Toast.Close asChild>
            <IconButton label={t("action.close")} size="sm" className="-mt-1">
              <X className="size-3.5" aria-hidden />
            </IconButton>
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport
        label={t("shell.notices")}
        className="fixed right-0 bottom-14 z-70 flex w-96 max-w-full flex-col gap-2 p-4 outline-none md:bottom-0"
      />
    </Toast.Provider>
  );
}
