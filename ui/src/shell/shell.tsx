import { useQueryClient } from "@tanstack/react-query";
import { Link, lazyRouteComponent, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { Menu as MenuIcon, PanelLeftClose, PanelLeftOpen, X } from "lucide-react";
import { Dialog } from "radix-ui";
import { Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEvents } from "@/api/events";
import { IconButton } from "@/components/button";
import { Tooltip } from "@/components/tooltip";
import { cn } from "@/lib/cn";
import { isTyping, useKey } from "@/lib/hooks";
import { PagePending } from "./fallbacks";
import { type Group, useGroups } from "./navigation";
import { StandingStrip } from "./standing";
import { Topbar } from "./topbar";

const KEY = "grok2api.sidebar";
// Fetched by whoever opens them: the first page does without.
const Palette = lazyRouteComponent(() => import("./palette"), "Palette");
const Shortcuts = lazyRouteComponent(() => import("./shortcuts"), "Shortcuts");

export function Brand({ small }: { small?: boolean }) {
  return (
    <span className="flex items-center gap-2.5 font-semibold tracking-tight">
      <svg viewBox="0 0 32 32" className="size-6 shrink-0" aria-hidden>
        <rect width="32" height="32" rx="8" className="fill-accent" />
        <path d="M10 10h8M10 16h12M10 22h6" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
        <circle cx="22" cy="10" r="2" fill="#fff" />
        <circle cx="20.5" cy="22" r="2" fill="#fff" />
      </svg>
      {!small && <span translate="no">{"grok2api"}</span>}
    </span>
  );
}

function Places({ groups, small, onGo }: { groups: Group[]; small?: boolean; onGo?: () => void }) {
  const { t } = useTranslation();
  return (
    <nav aria-label={t("shell.pages")} className="flex flex-col gap-4">
      {groups.map((group) => (
        <div key={group.label} className="flex flex-col gap-0.5">
          {!small && <p className="px-2 pb-1 font-medium text-2xs text-muted">{t(group.label)}</p>}
          {group.places.map((place) => {
            const link = (
              <Link
                key={place.to}
                to={place.to}
                onClick={onGo}
                aria-label={small ? t(place.label) : undefined}
                activeOptions={{ exact: place.to === "/", includeSearch: false }}
                activeProps={{ className: "bg-hover text-fg font-medium", "aria-current": "page" }}
                inactiveProps={{ className: "text-soft hover:bg-hover hover:text-fg" }}
                className={cn(
                  "flex h-8 items-center gap-2.5 rounded-md px-2 text-sm transition-colors",
                  small && "justify-center",
                )}
              >
                <place.icon className="size-4 shrink-0 text-muted" aria-hidden />
                {!small && <span className="truncate">{t(place.label)}</span>}
              </Link>
            );
            return small ? (
              <Tooltip key={place.to} text={t(place.label)}>
                {link}
              </Tooltip>
            ) : (
              link
            );
          })}
        </div>
      ))}
    </nav>
  );
}

function SmallMenu({ groups }: { groups: Group[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger asChild>
        <IconButton label={t("shell.openMenu")} className="md:hidden">
          <MenuIcon className="size-4" aria-hidden />
        </IconButton>
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-fade bg-overlay" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed inset-y-0 left-0 z-50 w-64 animate-fade overflow-y-auto border-r bg-raised p-3 shadow-pop outline-none"
        >
          <div className="mb-4 flex items-center justify-between pl-2">
            <Dialog.Title asChild>
              <div>
                <Brand />
              </div>
            </Dialog.Title>
            <Dialog.Close asChild>
              <IconButton label={t("action.close")}>
                <X className="size-4" aria-hidden />
              </IconButton>
            </Dialog.Close>
          </div>
          <Places groups={groups} onGo={() => setOpen(false)} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** `g`, then the key of a page, goes there. */
function useGoKeys(groups: Group[], onHelp: () => void, onPalette: () => void): void {
  const navigate = useNavigate();
  const begun = useRef(0);
  useKey((event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      onPalette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    if (event.key === "?") return onHelp();
    if (event.key === "g") {
      begun.current = Date.now();
      return;
    }
    if (Date.now() - begun.current > 1500) return;
    begun.current = 0;
    const place = groups.flatMap((group) => group.places).find((each) => each.key === event.key);
    if (place) void navigate({ to: place.to });
  });
}

/** Whether something has been so at least once: what has been opened stays, so that it can close as it does. */
function useEver(now: boolean): boolean {
  const ever = useRef(false);
  ever.current ||= now;
  return ever.current;
}

export function Shell() {
  const { t } = useTranslation();
  const groups = useGroups();
  useEvents(useQueryClient());
  const [small, setSmall] = useState(() => localStorage.getItem(KEY) === "small");
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const paletteWanted = useEver(palette);
  const helpWanted = useEver(help);
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  useGoKeys(
    groups,
    () => setHelp(true),
    () => setPalette(true),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page begins at its top
  useEffect(() => {
    main.current?.scrollTo(0, 0);
  }, [path]);
  const toggle = () => {
    localStorage.setItem(KEY, small ? "wide" : "small");
    setSmall(!small);
  };
  return (
    <div className="flex h-dvh min-w-0 overflow-hidden">
      <button
        type="button"
        onClick={() => main.current?.focus()}
        className="-top-20 fixed left-3 z-80 rounded-md bg-accent px-3 py-2 text-accent-fg text-sm focus:top-3"
      >
        {t("shell.skip")}
      </button>
      <aside
        className={cn(
          "hidden shrink-0 flex-col border-r bg-panel transition-[width] duration-150 md:flex",
          small ? "w-14" : "w-56",
        )}
      >
        <div className={cn("flex h-13 items-center px-4", small && "justify-center px-0")}>
          <Brand small={small} />
        </div>
        <div className="min-h-0 flex-1 overflow-y-auto px-2.5 py-2">
          <Places groups={groups} small={small} />
        </div>
        <div className={cn("flex border-t p-2", small ? "justify-center" : "justify-end")}>
          <IconButton label={small ? t("shell.widen") : t("shell.narrow")} onClick={toggle} aria-expanded={!small}>
            {small ? (
              <PanelLeftOpen className="size-4" aria-hidden />
            ) : (
              <PanelLeftClose className="size-4" aria-hidden />
            )}
          </IconButton>
        </div>
      </aside>
      <div className="flex min-w-0 flex-1 flex-col">
        <Topbar menu={<SmallMenu groups={groups} />} onPalette={() => setPalette(true)} onHelp={() => setHelp(true)} />
        <StandingStrip />
        <main
          ref={main}
          id="main" // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
          tabIndex={0}
          className="min-h-0 min-w-0 flex-1 overflow-y-auto focus-visible:-outline-offset-2"
        >
          <Suspense fallback={<PagePending />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <Suspense>
        {paletteWanted && <Palette open={palette} onClose={() => setPalette(false)} groups={groups} />}
        {helpWanted && <Shortcuts open={help} onClose={() => setHelp(false)} groups={groups} />}
      </Suspense>
    </div>
  );
}
