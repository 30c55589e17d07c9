import { getRouteApi } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import { Button } from "@/components/button";
import { Page } from "@/components/page";
import { Segmented } from "@/components/segmented";
import { Names } from "./names";
import { Prices } from "./prices";
import type { ModelSearch } from "./search";

const route = getRouteApi("/inside/models");

export default function ModelsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (changes: Partial<ModelSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...changes }), replace: true });
  const prices = search.view === "prices";
  return (
    <Page
      title={t("models.title")}
      description={t(prices ? "prices.description" : "models.description")}
      actions={
        <>
          <Segmented
            label={t("models.view")}
            value={prices ? "prices" : "names"}
            onChange={(view) => void navigate({ search: view === "prices" ? { view } : {} })}
            options={[
              { value: "names", label: t("models.names") },
              { value: "prices", label: t("prices.title") },
            ]}
          />
          {may("operator") && !prices && (
            <Button
              look="primary"
              icon={<Plus className="size-4" aria-hidden />}
              onClick={() => change({ open: "create" })}
            >
              {t("models.create")}
            </Button>
          )}
        </>
      }
    >
      {prices ? <Prices search={search} onChange={change} /> : <Names search={search} onChange={change} />}
    </Page>
  );
}
