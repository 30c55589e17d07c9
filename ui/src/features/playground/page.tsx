import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { AudioLines, Image, MessagesSquare, Video } from "lucide-react";
import { useTranslation } from "react-i18next";
import { listModels } from "@/api/public";
import { Button } from "@/components/button";
import { Page } from "@/components/page";
import { Segmented } from "@/components/segmented";
import { Failed, Skeleton } from "@/components/states";
import { setClientKey, useClientKey } from "@/lib/client-key";
import { Chat } from "./chat";
import { KeyForm } from "./key-form";
import { Pictures } from "./pictures";
import { Speech } from "./speech";
import { Videos } from "./videos";

const route = getRouteApi("/inside/playground");
const MODES = ["chat", "image", "video", "speech"] as const;
type Mode = (typeof MODES)[number];
const ICONS = { chat: MessagesSquare, image: Image, video: Video, speech: AudioLines };

function Bench({ mode, apiKey }: { mode: Mode; apiKey: string }) {
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
  const given = { apiKey, models: models.data };
  // All stay where they are while somebody looks at another: what runs goes on.
  return (
    <>
      <div hidden={mode !== "chat"} className={mode === "chat" ? "flex min-h-0 flex-1 flex-col" : undefined}>
        <Chat {...given} />
      </div>
      <div hidden={mode !== "image"}>
        <Pictures {...given} />
      </div>
      <div hidden={mode !== "video"}>
        <Videos {...given} />
      </div>
      <div hidden={mode !== "speech"}>
        <Speech {...given} shown={mode === "speech"} />
      </div>
    </>
  );
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
