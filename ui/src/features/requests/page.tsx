import { getRouteApi } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useCapability } from "@/api/capabilities";
import { API, queryString } from "@/api/client";
import { Page } from "@/components/page";
import { Segmented } from "@/components/segmented";
import { since } from "@/lib/ranges";
import { RequestDrawer } from "./drawer";
import { Filters } from "./filters";
import { Live } from "./live";
import { Log } from "./log";
import { RecordingBanner } from "./recording";
import type { RequestSearch } from "./search";

const route = getRouteApi("/inside/requests");

export function filterQuery({ range, status, end, model, key, credential, text }: RequestSearch) {
  return { from: since(range ?? "24h"), status, end, model, key, credential, text };
}

export default function RequestsPage() {
  const { t } = useTranslation();
  const can = useCapability();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (changes: Partial<RequestSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...changes }), replace: true });
  const live = search.view === "live" && can("/requests/live");
  return (
    <Page
      wide
      title={t("log.title")}
      description={t("log.description")}
      actions={
        <>
          {!live && can("/requests/export") && (
            <a
              href={`${API}/requests/export${queryString({ ...filterQuery(search), format: "csv" })}`}
              download
              className="inline-flex h-8 items-center gap-2 rounded-md border border-line-strong bg-panel px-3 font-medium text-sm shadow-card hover:bg-hover"
            >
              <Download className="size-4 text-muted" aria-hidden />
              {t("log.export")}
            </a>
          )}
          {can("/requests/live") && (
            <Segmented
              label={t("log.view")}
              value={live ? "live" : "log"}
              onChange={(view) => change({ view: view === "live" ? view : undefined })}
              options={[
                { value: "log", label: t("log.log") },
                { value: "live", label: t("log.live") },
              ]}
            />
          )}
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
