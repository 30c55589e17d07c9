import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Bell, BellRing } from "lucide-react";
import { useTranslation } from "react-i18next";
import { alertsQuery } from "@/api/alerts";
import { Dot } from "@/components/badge";
import { IconButton } from "@/components/button";
import { Menu, MenuItem, MenuLabel, MenuLine } from "@/components/menu";
import { Retold } from "@/lib/retold";

/** What needs somebody; nothing is shown while all is well. */
export function AlertsBell() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const { data } = useQuery(alertsQuery);
  const standing = data?.data ?? [];
  if (standing.length === 0) return null;
  const grave = standing.some((each) => each.severity === "critical");
  const toSystem = () => void navigate({ to: "/system" });
  return (
    <Menu
      trigger={
        <IconButton
          label={t("shell.alerts", { count: standing.length })}
          className={grave ? "relative text-bad!" : "relative text-warn!"}
        >
          <BellRing className="size-4" aria-hidden />
          <span
            aria-hidden
            className={`num absolute top-0.5 right-0.5 grid h-3.5 min-w-3.5 place-items-center rounded-full px-1 font-semibold text-[0.5625rem] leading-none ${grave ? "bg-bad-soft text-bad" : "bg-warn-soft text-warn"}`}
          >
            {standing.length}
          </span>
        </IconButton>
      }
    >
      <MenuLabel>{t("system.alerts")}</MenuLabel>
      {standing.slice(0, 6).map((each) => (
        <MenuItem
          key={`${each.kind}:${each.subject}`}
          icon={<Dot tone={each.severity === "critical" ? "bad" : "warn"} />}
          onSelect={toSystem}
        >
          <span className="line-clamp-2 max-w-64 py-1">
            <Retold text={i18n.language === "zh-CN" ? each.title_chinese : each.title} />
          </span>
        </MenuItem>
      ))}
      <MenuLine />
      <MenuItem icon={<Bell className="size-4" />} onSelect={toSystem}>
        {t("shell.toSystem")}
      </MenuItem>
    </Menu>
  );
}
