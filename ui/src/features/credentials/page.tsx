import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Download, EllipsisVertical, KeyRound, Plus, RotateCw, Smartphone, Upload } from "lucide-react";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { credentialsMoved } from "@/api/news";
import { countsQuery } from "@/api/queries";
import { useMay } from "@/api/session";
import { Allowed } from "@/components/allowed";
import { Button, IconButton } from "@/components/button";
import { Menu, MenuItem } from "@/components/menu";
import { Page } from "@/components/page";
import { Empty, Failed } from "@/components/states";
import { JobDialog } from "../jobs/dialog";
import { AddKey } from "./add-key";
import { BulkBar } from "./bulk-bar";
import { CredentialDrawer } from "./drawer";
import { ExportDialog } from "./export";
import { FilterBar } from "./filter-bar";
import { ImportDialog } from "./import";
import { pageOf, type Seen, useCredentials } from "./list";
import { type CredentialSearch, filterOf, isFiltered, type OpenDialog } from "./search";
import { type Selection, selectedCount } from "./selection";
import { SignInDialog } from "./sign-in";
import { CredentialTable } from "./table";

const route = getRouteApi("/inside/credentials");
const NOTHING: Selection = { ids: new Set(), everything: false };

export default function CredentialsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const queries = useQueryClient();
  const filter = filterOf(search);
  const [seen, setSeen] = useState<Seen>({ first: 0, last: 0 });
  const { list, rows } = useCredentials(filter, seen);
  const { data: counts } = useQuery(countsQuery);
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const [job, setJob] = useState<{ id: string; title: string } | null>(null);
  const total = list.data?.pages[0]?.total ?? 0;

  const change = useCallback(
    (changes: Partial<CredentialSearch>) => {
      setSelection(NOTHING);
      void navigate({ search: (before) => ({ ...before, ...changes }), replace: true });
    },
    [navigate],
  );
  const show = useCallback(
    (id: string | undefined) => void navigate({ search: (before) => ({ ...before, id }) }),
    [navigate],
  );
  const see = useCallback(
    (from: number, to: number) =>
      setSeen((before) => {
        const now = { first: pageOf(from), last: pageOf(to) };
        return before.first === now.first && before.last === now.last ? before : now;
      }),
    [],
  );
  const open = (dialog: OpenDialog | undefined) => void navigate({ search: (before) => ({ ...before, open: dialog }) });
  const empty = list.isSuccess && total === 0;

  return (
    <Page
      full
      title={t("credentials.title")}
      description={t("credentials.description")}
      actions={
        <>
          <IconButton
            label={t("action.refresh")}
            onClick={() => void credentialsMoved(queries)}
            disabled={list.isRefetching}
          >
            <RotateCw className="size-4" aria-hidden />
          </IconButton>
          {may("operator") && (
            <>
              <Menu
                trigger={
                  <IconButton label={t("credentials.more")} look="secondary">
                    <EllipsisVertical className="size-4" aria-hidden />
                  </IconButton>
                }
              >
                <MenuItem icon={<Upload className="size-4" />} onSelect={() => open("import")}>
                  {t("credentials.import")}
                </MenuItem>
                {may("owner") && (
                  <MenuItem icon={<Download className="size-4" />} onSelect={() => open("export")}>
                    {t("credentials.export")}
                  </MenuItem>
                )}
              </Menu>
              <Button onClick={() => open("sign-in")} icon={<Smartphone className="size-4 text-muted" aria-hidden />}>
                {t("credentials.signIn")}
              </Button>
              <Button look="primary" onClick={() => open("add")} icon={<Plus className="size-4" aria-hidden />}>
                {t("credentials.addKey")}
              </Button>
            </>
          )}
        </>
      }
    >
      <FilterBar search={search} counts={counts} onChange={change} />
      {list.error && <Failed error={list.error} onRetry={() => void list.refetch()} />}
      {empty ? (
        <div className="rounded-xl border bg-panel shadow-card">
          {isFiltered(filter) ? (
            <Empty
              icon={<KeyRound className="size-5" aria-hidden />}
              title={t("credentials.noneFit")}
              action={
                <Button
                  onClick={() =>
                    change({ status: undefined, kind: undefined, tier: undefined, tag: undefined, text: undefined })
                  }
                >
                  {t("credentials.clearFilters")}
                </Button>
              }
            >
              {t("credentials.noneFitHint")}
            </Empty>
          ) : (
            <Empty
              icon={<KeyRound className="size-5" aria-hidden />}
              title={t("credentials.empty")}
              action={
                may("operator") && (
                  <>
                    <Button look="primary" onClick={() => open("add")}>
                      {t("credentials.addKey")}
                    </Button>
                    <Button onClick={() => open("sign-in")}>{t("credentials.signIn")}</Button>
                    <Button onClick={() => open("import")}>{t("credentials.import")}</Button>
                  </>
                )
              }
            >
              {t("credentials.emptyHint")}
            </Empty>
          )}
        </div>
      ) : (
        <CredentialTable
          rows={rows}
          total={total}
          loading={list.isPending}
          failed={list.isError}
          more={list.hasNextPage && !list.isFetchingNextPage}
          onMore={() => void list.fetchNextPage()}
          selection={selection}
          onSelect={setSelection}
          onShow={show}
          onSeen={see}
        />
      )}
      {selectedCount(selection, total) > 0 && (
        <BulkBar
          selection={selection}
          filter={filter}
          total={total}
          onClear={() => setSelection(NOTHING)}
          onAll={() => setSelection({ ids: new Set(), everything: true })}
          onExport={() => open("export")}
          onJob={(id, title) => setJob({ id, title })}
        />
      )}
      <CredentialDrawer id={search.id} onClose={() => show(undefined)} />
      <Allowed
        least="operator"
        open={search.open !== undefined && search.open !== "export"}
        onClose={() => open(undefined)}
      >
        <AddKey open={search.open === "add"} onClose={() => open(undefined)} />
        <SignInDialog open={search.open === "sign-in"} onClose={() => open(undefined)} />
        <ImportDialog open={search.open === "import"} onClose={() => open(undefined)} />
      </Allowed>
      <Allowed least="owner" open={search.open === "export"} onClose={() => open(undefined)}>
        <ExportDialog
          open={search.open === "export"}
          onClose={() => open(undefined)}
          selection={selection}
          filter={filter}
          total={total}
        />
      </Allowed>
      <JobDialog id={job?.id ?? null} title={job?.title ?? ""} onClose={() => setJob(null)} />
    </Page>
  );
}
