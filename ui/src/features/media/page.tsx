import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Images } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { MediaPage as Answer, KeyPage, MediaView } from "@/api/schema";
import { Meter } from "@/components/bars";
import { Button } from "@/components/button";
import { Select } from "@/components/field";
import { Page } from "@/components/page";
import { Segmented } from "@/components/segmented";
import { Empty, Failed, Skeleton } from "@/components/states";
import { TimeAgo } from "@/components/timeago";
import { bytes } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { useMediaPages } from "./data";
import { Detail } from "./detail";
import { Thumbnail } from "./preview";
import { MEDIA_KINDS, type MediaSearch } from "./search";

const route = getRouteApi("/inside/media");

function Room({ of: { held_bytes: held, limit_bytes: limit } }: { of: Answer }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const share = limit > 0 ? held / limit : 0;
  return (
    <div className="flex w-56 max-w-full flex-col gap-1.5">
      <p className="num text-right text-xs">
        {bytes(held, language)}
        <span className="text-muted">{` / ${limit > 0 ? bytes(limit, language) : t("keys.noLimit")}`}</span>
      </p>
      {limit > 0 && <Meter value={share} label={t("media.room")} tone={share > 0.9 ? "warn" : "accent"} />}
    </div>
  );
}

function Tile({ media, onShow }: { media: MediaView; onShow: () => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const owner = media.owner_name ?? media.owner;
  return (
    <li className="group relative min-w-0 overflow-hidden rounded-xl border bg-panel shadow-card transition-colors hover:border-line-strong">
      <div className="relative aspect-square overflow-hidden bg-sunken">
        <Thumbnail media={media} />
      </div>
      <div className="px-3 py-2">
        <button
          type="button"
          onClick={onShow}
          aria-label={t("media.alt", { kind: t(`media.kind.${media.kind}`), owner })}
          className="block max-w-full truncate text-left font-medium text-xs after:absolute after:inset-0"
        >
          {owner || "–"}
        </button>
        <p className="num flex justify-between gap-2 truncate text-2xs text-muted">
          <TimeAgo at={media.created_at} />
          <span>{bytes(media.size, language)}</span>
        </p>
      </div>
    </li>
  );
}

interface FilterProps {
  search: MediaSearch;
  onChange: (changes: Partial<MediaSearch>) => void;
}

function Filters({ search, onChange }: FilterProps) {
  const { t } = useTranslation();
  const { data: keys } = useQuery({
    queryKey: ["keys", "names"],
    queryFn: ({ signal }) => api.get<KeyPage>("/keys", { limit: 500 }, signal),
    staleTime: 60_000,
  });
  const names = keys?.data ?? [];
  const unknown = search.owner && !names.some((key) => key.id === search.owner) ? [search.owner] : [];
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Segmented
        label={t("media.kinds")}
        value={search.kind ?? "all"}
        onChange={(kind) => onChange({ kind: kind === "all" ? undefined : kind })}
        options={[
          { value: "all" as const, label: t("credentials.all") },
          ...MEDIA_KINDS.map((kind) => ({ value: kind, label: t(`media.plural.${kind}`) })),
        ]}
      />
      <Select
        aria-label={t("media.owner")}
        value={search.owner ?? ""}
        onChange={(event) => onChange({ owner: event.target.value || undefined })}
        className="w-44"
      >
        <option value="">{t("media.anyOwner")}</option>
        {unknown.map((id) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
        {names.map((key) => (
          <option key={key.id} value={key.id}>
            {key.name}
          </option>
        ))}
      </Select>
    </div>
  );
}

export default function MediaPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (changes: Partial<MediaSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...changes }), replace: true });
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useMediaPages(search);
  const all = data?.pages.flatMap((page) => page.data) ?? [];
  const filtered = !!(search.kind || search.owner);
  const newest = data?.pages[0];
  return (
    <Page wide title={t("media.title")} description={t("media.description")} actions={newest && <Room of={newest} />}>
      <Filters search={search} onChange={change} />
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {isPending && (
        <div className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5 2xl:grid-cols-7">
          {["a", "b", "c", "d", "e"].map((each) => (
            <Skeleton key={each} className="aspect-square" />
          ))}
        </div>
      )}
      {data && all.length === 0 && !hasNextPage && (
        <Empty icon={<Images className="size-5" aria-hidden />} title={t(filtered ? "media.noneFit" : "media.empty")}>
          {filtered ? undefined : t("media.emptyHint")}
        </Empty>
      )}
      {all.length > 0 && (
        <ul className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5 2xl:grid-cols-7">
          {all.map((media) => (
            <Tile key={media.id} media={media} onShow={() => change({ id: media.id })} />
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button className="self-center" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("media.older")}
        </Button>
      )}
      <Detail media={all.find((each) => each.id === search.id)} all={all} onShow={(id) => change({ id })} />
    </Page>
  );
}
