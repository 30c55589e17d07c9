import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { Card } from "@/components/page";
import { clock, percent } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { useRetold } from "@/lib/retold";
import type { Explained } from "./explanation";

const FIRST = 25;

/** How every credential stands to the same need now. */
export function Candidates({ now }: { now: NonNullable<Explained["now"]> }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const retold = useRetold();
  const [all, setAll] = useState(false);
  const open = now.credentials.filter((each) => each.rule === "").length;
  const shown = all ? now.credentials.slice(0, 1000) : now.credentials.slice(0, FIRST);
  const h = (name: string) => t(`requests.column.${name}`);
  return (
    <Card
      flush
      title={t("requests.now")}
      actions={
        <span className="num text-muted text-xs">{t("requests.openNow", { open, total: now.credentials.length })}</span>
      }
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <div className="overflow-x-auto" role="region" aria-label={t("requests.now")} tabIndex={0}>
        <table className="w-full text-sm">
          <thead>
            <tr className="border-b bg-sunken/60 text-left text-muted text-xs [&>th]:h-8 [&>th]:whitespace-nowrap [&>th]:px-4 [&>th]:font-medium">
              <th scope="col">{h("credential")}</th>
              <th scope="col">{h("state")}</th>
              <th scope="col" className="text-right!">
                {h("priority")}
              </th>
              <th scope="col" className="text-right!">
                {h("inFlight")}
              </th>
              <th scope="col" className="text-right!">
                {h("quota")}
              </th>
            </tr>
          </thead>
          <tbody className="divide-y">
            {shown.map((each) => (
              <tr key={each.id} className="[&>td]:px-4 [&>td]:py-2">
                <td className="max-w-52">
                  <Link
                    to="/credentials"
                    search={{ id: each.id }}
                    className="block truncate rounded font-medium hover:text-accent-text"
                  >
                    {each.name || each.id}
                  </Link>
                </td>
                <td>
                  <span className="flex flex-wrap items-center gap-2">
                    <Badge tone={each.rule === "" ? "ok" : "warn"} dot>
                      {each.rule === ""
                        ? t("requests.open")
                        : t(`requests.rule.${each.rule}`, { defaultValue: retold(each.rule) })}
                    </Badge>
                    {each.seconds !== null && <span className="num text-warn text-xs">{clock(each.seconds)}</span>}
                    {each.reason && <span className="text-muted text-xs">{retold(each.reason)}</span>}
                  </span>
                </td>
                <td className="num text-right">{each.priority}</td>
                <td className="num text-right">{each.in_flight}</td>
                <td className="num text-right">{each.quota === null ? "–" : percent(each.quota, language)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {!all && now.credentials.length > FIRST && (
        <div className="border-t p-2 text-center">
          <Button look="ghost" size="sm" onClick={() => setAll(true)}>
            {t("requests.showAll", { count: now.credentials.length })}
          </Button>
        </div>
      )}
    </Card>
  );
}
