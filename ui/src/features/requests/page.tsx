import { getRouteApi } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { API, queryString } from "@/api/client";
import { Button } from "@/components/button";
import { Menu, MenuLink } from "@/components/menu";
import { Page } from "@/components/page";
import { Segmented } from "@/components/segmented";
import { RequestDrawer } from "./drawer";
import { Filters } from "./filters";
import { Live } from "./live";
import { Log } from "./log";
import { RecordingBanner } from "./recording";
import { filterQuery, type RequestSearch } from "./search";

const route = getRouteApi("/inside/requests");

export default function RequestsPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (changes: Partial<RequestSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...changes }), replace: true });
  const live = search.view === "live";
  const exported = (format: string) => `${API}/requests/export${queryString({ ...filterQuery(search), format })}`;
  return (
    <Page
      wide
      title={t("log.title")}
      description={t("log.description")}
      actions={
        <>
          {!live && (
            <Menu
              trigger={<Button icon={<Download className="size-4 text-muted" aria-hidden />}>{t("log.export")}</Button>}
            >
              <MenuLink href={exported("csv")}>{t("log.exportCsv")}</MenuLink>
              <MenuLink href={exported("jsonl")}>{t("log.exportJsonl")}</MenuLink>
            </Menu>
          )}
          <Segmented
            label={t("log.view")}
            value={live ? "live" : "log"}
            onChange={(view) => change({ view: view === "live" ? view : undefined })}
            options={[
              { value: "log", label: t("log.log") },
              { value: "live", label: t("log.live") },
            ]}
          />
        </>
      }
    >
      <RecordingBanner />
      {live ? (
        <Live />
      ) : (
        <>
          <Filters search={search} onChange={change} />
          <Log search={search} onShow={(id) => void navigate({ search: (before) => ({ ...before, id }) })} />
        </>
      )}
      <RequestDrawer id={search.id} onClose={() => change({ id: undefined })} />
    </Page>
  );
}
