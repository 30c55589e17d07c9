import { getRouteApi } from "@tanstack/react-router";
import { KeySquare, Plus, Search } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { KeyView } from "@/api/schema";
import { useMay } from "@/api/session";
import { Allowed } from "@/components/allowed";
import { Badge, type Tone } from "@/components/badge";
import { Meter } from "@/components/bars";
import { Button } from "@/components/button";
import { Input } from "@/components/field";
import { Card, Page } from "@/components/page";
import { Segmented } from "@/components/segmented";
import { Empty, Failed, Skeleton } from "@/components/states";
import { TimeAgo } from "@/components/timeago";
import { number, usd } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { CreateKey } from "./create";
import { type KeyFilter, useKeys } from "./data";
import { KeyDrawer } from "./drawer";

const route = getRouteApi("/inside/keys");
const TONES: Record<string, Tone> = { active: "ok", disabled: "plain", expired: "bad" };
const STATES = ["active", "disabled", "expired"] as const;

function Budget({ of: key }: { of: KeyView }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const window = key.spending.find((each) => each.limit) ?? key.spending[0];
  if (!window?.limit) return <span className="text-muted text-xs">{t("keys.noLimit")}</span>;
  const share = window.limit.ticks > 0 ? (window.spent.ticks + window.reserved.ticks) / window.limit.ticks : 0;
  return (
    <span className="flex flex-col gap-1">
      <span className="num text-xs">
        {usd(window.spent.ticks, language)}
        <span className="text-muted">{` / ${usd(window.limit.ticks, language)}`}</span>
      </span>
      <Meter value={share} label={window.window} tone={share > 0.95 ? "bad" : share > 0.8 ? "warn" : "accent"} />
    </span>
  );
}

function Rows({ keys, onShow }: { keys: KeyView[]; onShow: (id: string) => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const h = (name: string) => t(`keys.column.${name}`);
  const limit = (value: number) => (value > 0 ? number(value, language) : "–");
  return (
    <div
      className="overflow-x-auto"
      role="region"
      aria-label={t("keys.title")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
      tabIndex={0}
    >
      <table className="w-full text-sm">
        <thead>
          <tr className="border-b bg-sunken/60 text-left text-muted text-xs [&>th]:h-9 [&>th]:px-4 [&>th]:font-medium">
            <th scope="col">{h("name")}</th>
            <th scope="col">{h("state")}</th>
            <th scope="col" className="text-right! max-md:hidden">
              {h("rpm")}
            </th>
            <th scope="col" className="text-right! max-md:hidden">
              {h("tpm")}
            </th>
            <th scope="col" className="max-sm:hidden">
              {h("budget")}
            </th>
            <th scope="col" className="max-lg:hidden">
              {h("expires")}
            </th>
          </tr>
        </thead>
        <tbody className="divide-y">
          {keys.map((key) => (
            <tr key={key.id} className="relative hover:bg-hover/60 [&>td]:px-4 [&>td]:py-2">
              <td className="max-w-60">
                <button
                  type="button"
                  onClick={() => onShow(key.id)}
                  className="block max-w-full truncate text-left font-medium after:absolute after:inset-0"
                >
                  {key.name}
                </button>
                <span className="flex min-w-0 items-center gap-2">
                  <span className="truncate font-mono text-muted text-xs">{key.hint}</span>
                  {key.content_kept_hours > 0 && <Badge tone="warn">{t("contents.badge")}</Badge>}
                </span>
              </td>
              <td>
                <Badge tone={TONES[key.state] ?? "plain"} dot>
                  {t(`keys.state.${key.state}`)}
                </Badge>
              </td>
              <td className="num text-right max-md:hidden">{limit(key.rpm)}</td>
              <td className="num text-right max-md:hidden">{limit(key.tpm)}</td>
              <td className="min-w-36 max-sm:hidden">
                <Budget of={key} />
              </td>
              <td className="whitespace-nowrap text-muted text-xs max-lg:hidden">
                <TimeAgo at={key.expires_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export default function KeysPage() {
  const { t } = useTranslation();
  const may = useMay();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filter: KeyFilter = { text: search.text, state: search.state };
  const { data, error, isPending, refetch } = useKeys(filter);
  const set = (changes: object) => void navigate({ search: (before) => ({ ...before, ...changes }), replace: true });
  const create = () => set({ open: "create" });
  const none = data && data.total === 0;
  const filtered = !!(filter.text || filter.state);
  return (
    <Page
      title={t("keys.title")}
      description={t("keys.description")}
      actions={
        may("operator") && (
          <Button look="primary" onClick={create} icon={<Plus className="size-4" aria-hidden />}>
            {t("keys.create")}
          </Button>
        )
      }
    >
      <div className="flex flex-wrap items-center gap-2">
        <Segmented
          label={t("keys.column.state")}
          value={filter.state ?? "all"}
          onChange={(state) => set({ state: state === "all" ? undefined : state })}
          options={[
            { value: "all" as const, label: t("credentials.all") },
            ...STATES.map((state) => ({ value: state, label: t(`keys.state.${state}`) })),
          ]}
        />
        <div className="relative min-w-44 max-w-72 flex-1">
          <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-muted" aria-hidden />
          <Input
            type="search"
            aria-label={t("keys.filter")}
            placeholder={t("keys.filter")}
            value={filter.text ?? ""}
            onChange={(event) => set({ text: event.target.value || undefined })}
            className="pl-8"
          />
        </div>
      </div>
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton className="h-64" />}
      {data && (
        <Card flush className="overflow-hidden">
          {none ? (
            <Empty
              icon={<KeySquare className="size-5" aria-hidden />}
              title={filtered ? t("keys.noneFit") : t("keys.empty")}
              action={
                !filtered &&
                may("operator") && (
                  <Button look="primary" onClick={create}>
                    {t("keys.create")}
                  </Button>
                )
              }
            >
              {filtered ? undefined : t("keys.emptyHint")}
            </Empty>
          ) : (
            <Rows keys={data.data} onShow={(id) => void navigate({ search: (before) => ({ ...before, id }) })} />
          )}
        </Card>
      )}
      <Allowed least="operator" open={search.open === "create"} onClose={() => set({ open: undefined })}>
        <CreateKey open={search.open === "create"} onClose={() => set({ open: undefined })} />
      </Allowed>
      <KeyDrawer id={search.id} onClose={() => set({ id: undefined })} />
    </Page>
  );
}
