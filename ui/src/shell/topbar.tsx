import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import {
  CircleUserRound,
  Keyboard,
  Languages,
  LogOut,
  Monitor,
  Moon,
  Search,
  Sparkles,
  Sun,
  UserCog,
} from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { isRunning, jobsQuery } from "@/api/queries";
import { sessionQuery, signOut, useMay } from "@/api/session";
import { Dot, type Tone } from "@/components/badge";
import { Button, IconButton } from "@/components/button";
import { Kbd } from "@/components/kbd";
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine } from "@/components/menu";
import { Tooltip } from "@/components/tooltip";
import { chooseLanguage, LANGUAGES, type Language } from "@/i18n";
import { dateTime } from "@/lib/format";
import { setTheme, type Theme, useTheme } from "@/lib/theme";
import { AlertsBell } from "./alerts-bell";
import { type Standing, useStanding } from "./standing";

const THEMES: Theme[] = ["light", "dark", "system"];
const THEME_ICONS = { light: Sun, dark: Moon, system: Monitor };

export function LanguageMenu() {
  const { t, i18n } = useTranslation();
  return (
    <Menu
      trigger={
        <IconButton label={t("shell.language")}>
          <Languages className="size-4" aria-hidden />
        </IconButton>
      }
    >
      {(Object.entries(LANGUAGES) as [Language, string][]).map(([code, name]) => (
        <MenuChoice key={code} checked={i18n.language === code} onChange={() => void chooseLanguage(code)}>
          <span lang={code}>{name}</span>
        </MenuChoice>
      ))}
    </Menu>
  );
}

export function ThemeMenu() {
  const { t } = useTranslation();
  const theme = useTheme();
  const Icon = THEME_ICONS[theme];
  return (
    <Menu
      trigger={
        <IconButton label={t("shell.theme")}>
          <Icon className="size-4" aria-hidden />
        </IconButton>
      }
    >
      {THEMES.map((each) => (
        <MenuChoice key={each} checked={theme === each} onChange={() => setTheme(each)}>
          {t(`shell.themes.${each}`)}
        </MenuChoice>
      ))}
    </Menu>
  );
}

const TONES: Record<Standing, Tone> = {
  ready: "ok",
  degraded: "warn",
  away: "bad",
  sandbox: "info",
  empty: "warn",
  nobody: "bad",
};

function LiveMark() {
  const { t } = useTranslation();
  const standing = useStanding();
  const word = standing === "empty" ? "nobody" : standing;
  const { data: jobs } = useQuery(jobsQuery);
  const running = jobs?.data.filter((job) => isRunning(job.state)).length ?? 0;
  return (
    <div className="flex items-center gap-1">
      {running > 0 && (
        <Link
          to="/jobs"
          className="hidden h-8 items-center gap-2 rounded-md px-2 text-accent-text text-xs hover:bg-hover sm:flex"
        >
          <Dot tone="accent" pulse />
          {t("shell.running", { count: running })}
        </Link>
      )}
      <Tooltip text={t(`shell.live.${word}Hint`)}>
        <span role="status" className="flex h-8 items-center gap-2 px-2 text-muted text-xs">
          <Dot tone={TONES[standing]} pulse={standing !== "ready" && standing !== "sandbox"} />
          <span className="max-sm:sr-only">{t(`shell.live.${word}`)}</span>
        </span>
      </Tooltip>
    </div>
  );
}

function AccountMenu({ onHelp }: { onHelp: () => void }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const may = useMay();
  const leave = async () => {
    if ((await signOut(session)) === "led") return;
    queries.clear();
    await navigate({ to: "/login" });
  };
  return (
    <Menu
      trigger={
        <IconButton label={t("shell.account")}>
          <CircleUserRound className="size-4" aria-hidden />
        </IconButton>
      }
    >
      {session && <MenuLabel>{`${session.name} · ${t(`team.role.${session.role}`)}`}</MenuLabel>}
      {session?.expires_at && (
        <p className="max-w-56 px-2 pb-2 text-muted text-xs">
          {t("shell.sessionUntil", { at: dateTime(session.expires_at, i18n.language) })}
        </p>
      )}
      <MenuLine />
      <MenuItem icon={<UserCog className="size-4" />} onSelect={() => void navigate({ to: "/team" })}>
        {t("shell.ownAccount")}
      </MenuItem>
      {may("operator") && (
        <MenuItem icon={<Sparkles className="size-4" />} onSelect={() => void navigate({ to: "/setup" })}>
          {t("nav.setup")}
        </MenuItem>
      )}
      <MenuItem icon={<Keyboard className="size-4" />} onSelect={onHelp}>
        {t("shell.shortcuts")}
      </MenuItem>
      <MenuLine />
      <MenuItem icon={<LogOut className="size-4" />} onSelect={() => void leave()}>
        {t("shell.signOut")}
      </MenuItem>
    </Menu>
  );
}

export function Topbar({ menu, onPalette, onHelp }: { menu: ReactNode; onPalette: () => void; onHelp: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="flex h-13 shrink-0 items-center justify-between gap-2 border-b bg-panel px-2 sm:px-4">
      <div className="flex min-w-0 items-center gap-1">
        {menu}
        <Button
          look="secondary"
          onClick={onPalette}
          icon={<Search className="size-3.5 text-muted" aria-hidden />}
          className="min-w-0 justify-start px-2.5 font-normal text-muted! sm:w-64"
        >
          <span className="truncate">{t("shell.search")}</span>
          <span className="ml-auto hidden gap-1 sm:flex" aria-hidden>
            <Kbd>{"Ctrl"}</Kbd>
            <Kbd>{"K"}</Kbd>
          </span>
        </Button>
      </div>
      <div className="flex items-center">
        <LiveMark />
        <AlertsBell />
        <LanguageMenu />
        <ThemeMenu />
        <AccountMenu onHelp={onHelp} />
      </div>
    </div>
  );
}
