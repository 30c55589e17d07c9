import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { AudioLines, Columns2, Image, MessagesSquare, Video } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { listModels } from "@/api/public";
import { Button } from "@/components/button";
import { Page } from "@/components/page";
import { Segmented } from "@/components/segmented";
import { Failed, Skeleton } from "@/components/states";
import { setClientKey, useClientKey } from "@/lib/client-key";
import { Chat } from "./chat";
import { Compare } from "./compare";
import { Hearing } from "./hearing";
import { KeyForm } from "./key-form";
import type { BenchProps } from "./parts";
import { Pictures } from "./pictures";
import { Speech } from "./speech";
import { Videos } from "./videos";

const route = getRouteApi("/inside/playground");
const MODES = ["chat", "compare", "image", "video", "speech"] as const;
type Mode = (typeof MODES)[number];
const ICONS = { chat: MessagesSquare, compare: Columns2, image: Image, video: Video, speech: AudioLines };

const LAYOUTS: Partial<Record<Mode, string>> = {
  chat: "flex min-h-0 flex-1 flex-col",
  compare: "flex flex-1 flex-col pb-4 lg:min-h-0 lg:pb-0",
  speech: "flex flex-col gap-8 pb-6",
};

function Work({ mode, ...given }: BenchProps & { mode: Mode }) {
  switch (mode) {
    case "chat":
      return <Chat {...given} />;
    case "compare":
      return <Compare {...given} />;
    case "image":
      return <Pictures {...given} />;
    case "video":
      return <Videos {...given} />;
    case "speech":
      return (
        <>
          <Speech {...given} />
          <Hearing {...given} />
        </>
      );
  }
}

function Bench({ mode, apiKey }: { mode: Mode; apiKey: string }) {
  const visited = useRef(new Set<Mode>());
  const models = useQuery({
    queryKey: ["models", apiKey.slice(-8)],
    queryFn: ({ signal }) => listModels(apiKey, signal),
    staleTime: 60_000,
    // A credential that was just added brings its models a moment later.
    refetchInterval: (query) => (query.state.data?.length === 0 ? 2000 : 60_000),
  });
  if (models.error) {
    return (
      <div className="mx-auto flex w-full max-w-lg flex-col gap-4">
        <Failed error={models.error} onRetry={() => void models.refetch()} />
        <KeyForm />
      </div>
    );
  }
  if (!models.data) return <Skeleton className="h-80" />;
  // What was looked at stays where it is while somebody looks at another: what runs goes on.
  return MODES.filter((each) => each === mode || visited.current.has(each)).map((each) => {
    visited.current.add(each);
    return (
      <div key={each} hidden={each !== mode} className={each === mode ? LAYOUTS[each] : undefined}>
        <Work mode={each} apiKey={apiKey} models={models.data} />
      </div>
    );
  });
}

export default function PlaygroundPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const key = useClientKey();
  const mode = MODES.find((each) => each === search.mode) ?? "chat";
  return (
    <Page
      full
      title={t("playground.title")}
      description={t("playground.description")}
      actions={
        <>
          <Segmented
            label={t("playground.mode")}
            value={mode}
            onChange={(next) => void navigate({ search: { mode: next }, replace: true })}
            options={MODES.map((each) => {
              const Icon = ICONS[each];
              return {
                value: each,
                label: (
                  <>
                    <Icon className="size-3.5" aria-hidden />
                    {t(`playground.modes.${each}`)}
                  </>
                ),
              };
            })}
          />
          {key && (
            <Button look="ghost" onClick={() => setClientKey("")}>
              {t("playground.key.forget")}
            </Button>
          )}
        </>
      }
    >
      {key ? <Bench mode={mode} apiKey={key} key={key} /> : <KeyForm />}
    </Page>
  );
}
