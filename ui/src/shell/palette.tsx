import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { CornerDownLeft, KeyRound, Languages, Moon, Plus, SearchCheck, Smartphone, Sun, Upload } from "lucide-react";
import { Dialog } from "radix-ui";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { CredentialPage } from "@/api/schema";
import { chooseLanguage } from "@/i18n";
import { useSettled } from "@/lib/hooks";
import { setTheme, useDark } from "@/lib/theme";
import type { Group } from "./navigation";

const ITEM =
  "flex h-9 cursor-pointer items-center gap-3 rounded-md px-2.5 text-sm data-[selected=true]:bg-hover [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted";
const HEADING =
  "[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-3 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-muted";

function Entry({
  icon,
  onSelect,
  children,
  value,
}: {
  icon: ReactNode;
  onSelect: () => void;
  children: ReactNode;
  value?: string;
}) {
  return (
    <Command.Item onSelect={onSelect} className={ITEM} value={value}>
      {icon}
      <span className="truncate">{children}</span>
    </Command.Item>
  );
}

function useFound(text: string) {
  const settled = useSettled(text.trim(), 200);
  return useQuery({
    queryKey: ["credentials", "found", settled],
    queryFn: ({ signal }) => api.get<CredentialPage>("/credentials", { text: settled, limit: 6 }, signal),
    enabled: settled.length > 1,
    select: (page) => page.data,
  });
}

function Commands({ groups, onClose }: { groups: Group[]; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const dark = useDark();
  const [text, setText] = useState("");
  const { data: found = [] } = useFound(text);
  const run = (work: () => unknown) => () => {
    onClose();
    void work();
  };
  const id = text.trim();
  return (
    <Command label={t("shell.search")} loop>
      <Command.Input
        value={text}
        onValueChange={setText}
        placeholder={t("shell.searchHint")}
        className="h-12 w-full border-b bg-transparent px-4 text-base outline-none"
      />
      <Command.List className={`max-h-[55dvh] overflow-y-auto p-1.5 ${HEADING}`}>
        <Command.Empty className="px-3 py-8 text-center text-muted text-sm">{t("shell.nothingFound")}</Command.Empty>
        <Command.Group heading={t("shell.goTo")}>
          {groups
            .flatMap((group) => group.places)
            .map((place) => (
              <Entry key={place.to} icon={<place.icon aria-hidden />} onSelect={run(() => navigate({ to: place.to }))}>
                {t(place.label)}
              </Entry>
            ))}
        </Command.Group>
        {found.length > 0 && (
          <Command.Group heading={t("nav.credentials")}>
            {found.map((each) => (
              <Entry
                key={each.id}
                value={`${text} ${each.id}`}
                icon={<KeyRound aria-hidden />}
                onSelect={run(() => navigate({ to: "/credentials", search: { id: each.id } }))}
              >
                {each.name || each.hint}
              </Entry>
            ))}
          </Command.Group>
        )}
        <Command.Group heading={t("shell.do")}>
          <Entry
            icon={<Plus aria-hidden />}
            onSelect={run(() => navigate({ to: "/credentials", search: { open: "add" } }))}
          >
            {t("credentials.addKey")}
          </Entry>
          <Entry
            icon={<Smartphone aria-hidden />}
            onSelect={run(() => navigate({ to: "/credentials", search: { open: "sign-in" } }))}
          >
            {t("credentials.signIn")}
          </Entry>
          <Entry
            icon={<Upload aria-hidden />}
            onSelect={run(() => navigate({ to: "/credentials", search: { open: "import" } }))}
          >
            {t("credentials.import")}
          </Entry>
          {id.length > 5 && !id.includes(" ") && (
            <Entry
              value={`${text} why`}
              icon={<SearchCheck aria-hidden />}
              onSelect={run(() => navigate({ to: "/why", search: { id } }))}
            >
              {t("shell.explain", { id })}
            </Entry>
          )}
          <Entry
            icon={dark ? <Sun aria-hidden /> : <Moon aria-hidden />}
            onSelect={run(() => setTheme(dark ? "light" : "dark"))}
          >
            {dark ? t("shell.toLight") : t("shell.toDark")}
          </Entry>
          <Entry
            icon={<Languages aria-hidden />}
            onSelect={run(() => chooseLanguage(i18n.language === "en" ? "zh-CN" : "en"))}
          >
            {t("shell.otherLanguage")}
          </Entry>
        </Command.Group>
      </Command.List>
      <div className="flex items-center gap-2 border-t px-4 py-2 text-muted text-xs">
        <CornerDownLeft className="size-3.5" aria-hidden />
        {t("shell.enterHint")}
      </div>
    </Command>
  );
}

export function Palette({ open, onClose, groups }: { open: boolean; onClose: () => void; groups: Group[] }) {
  const { t } = useTranslation();
  const ran = useRef(false);
  const restFocus = (event: Event) => {
    if (!ran.current) return;
    // The page that was gone to has the focus, or its content gets it; not the button that opened this.
    ran.current = false;
    event.preventDefault();
    if (document.activeElement === document.body) document.getElementById("main")?.focus();
  };
  return (
    <Dialog.Root open={open} onOpenChange={(now) => !now && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-fade bg-overlay" />
        <Dialog.Content
          aria-describedby={undefined}
          onCloseAutoFocus={restFocus}
          className="fixed inset-x-3 top-[12dvh] z-50 mx-auto max-w-xl animate-fade overflow-hidden rounded-xl border bg-raised shadow-pop outline-none"
        >
          <Dialog.Title className="sr-only">{t("shell.search")}</Dialog.Title>
          <Commands
            groups={groups}
            onClose={() => {
              ran.current = true;
              onClose();
            }}
          />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
