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
import { RowButton, Table, Th } from "@/components/table";
import { TimeAgo } from "@/components/timeago";
import { compact, number, usd } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import type { Ranked } from "../usage/series";
import { CreateKey } from "./create";
import { useKeys, useSpent } from "./data";
import { KeyDrawer } from "./drawer";
import { type KeyFilter, STATES } from "./search";
import { isMonth, windowName } from "./windows";

const route = getRouteApi("/inside/keys");
const TONES: Record<string, Tone> = { active: "ok", disabled: "plain", expired: "bad" };

function Budget({ of: key }: { of: KeyView }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const used = key.spending.flatMap(({ window, limit, spent, reserved }) =>
    limit && limit.ticks > 0 ? [{ window, limit, spent, share: (spent.ticks + reserved.ticks) / limit.ticks }] : [],
  );
  // Of a day's and a month's budget the one that is reached first says when the key stops.
  const [window] = used.sort((a, b) => b.share - a.share);
  if (!window) return <span className="text-muted text-xs">{t("keys.noLimit")}</span>;
  const { share } = window;
  return (
    <span className="flex flex-col gap-1">
      <span className="num text-xs">
        {usd(window.spent.ticks, language)}
        <span className="text-muted">
          {` / ${usd(window.limit.ticks, language)} · ${t(`keys.window.${isMonth(window.window) ? "month" : "day"}`)}`}
        </span>
      </span>
      <Meter
        value={share}
        label={windowName(window.window, language)}
        tone={share > 0.95 ? "bad" : share > 0.8 ? "warn" : "accent"}
      />
    </span>
  );
}

/** What a key has spent lately, and with how many requests; of those that spent least nothing is known. */
function Spent({ of: sum, known }: { of: Ranked | undefined; known: boolean }) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (!sum) return <span className="text-muted text-xs">{known ? "–" : "…"}</span>;
  return (
    <>
      <span className="block">{usd(sum.cost, language)}</span>
      <span className="block text-muted text-xs">
        {t("credentials.requests", { count: sum.requests, shown: compact(sum.requests, language) })}
      </span>
    </>
  );
}

function Rows({ keys, onShow }: { keys: KeyView[]; onShow: (id: string) => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const spent = useSpent();
  const h = (name: string) => t(`keys.column.${name}`);
  const limit = (value: number) => (value > 0 ? number(value, language) : "–");
  return (
    <Table
      label={t("keys.title")}
      heads={
        <>
          <Th>{h("name")}</Th>
          <Th>{h("state")}</Th>
          <Th className="text-right! max-md:hidden">{h("rpm")}</Th>
          <Th className="text-right! max-md:hidden">{h("tpm")}</Th>
          <Th className="max-sm:hidden">{h("budget")}</Th>
          <Th className="text-right! max-lg:hidden">{h("spent")}</Th>
          <Th className="max-lg:hidden">{h("expires")}</Th>
        </>
      }
    >
      {keys.map((key) => (
        <tr key={key.id}>
          <td className="max-w-60">
            <RowButton onClick={() => onShow(key.id)}>{key.name}</RowButton>
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
          <td className="num whitespace-nowrap text-right max-lg:hidden">
            <Spent of={spent?.get(key.id)} known={spent !== undefined} />
          </td>
          <td className="whitespace-nowrap text-muted text-xs max-lg:hidden">
            <TimeAgo at={key.expires_at} />
          </td>
        </tr>
      ))}
    </Table>
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
