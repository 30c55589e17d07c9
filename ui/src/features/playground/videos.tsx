import { Clapperboard, Video as VideoIcon } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { v1 } from "@/api/public";
import { Meter } from "@/components/bars";
import { Button } from "@/components/button";
import { Field, Select, Textarea } from "@/components/field";
import { Card } from "@/components/page";
import { Empty, Failed } from "@/components/states";
import { useLatest } from "@/lib/latest";
import { type BenchProps, ModelSelect, useModel, ViewCode } from "./parts";

interface VideoJob {
  id: string;
  status: string;
  progress: number;
  error?: { message: string; code: string | null } | null;
  clip?: Blob;
}
const SIZES = ["1280x720", "720x1280", "720x720", "854x480", "480x854"];
const SECONDS = ["4", "6", "8", "10"];

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

function Clip({ clip }: { clip: Blob }) {
  const { t } = useTranslation();
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(clip);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [clip]);
  if (!url) return null;
  return (
    <div className="flex flex-col gap-3">
      {/* biome-ignore lint/a11y/useMediaCaption: what a model filmed has no captions */}
      <video src={url} controls className="max-h-[32rem] w-full rounded-lg bg-sunken" />
      <a href={url} download="grok.mp4" className="self-end font-medium text-accent-text text-sm hover:underline">
        {t("action.download")}
      </a>
    </div>
  );
}

export function Videos({ apiKey, models }: BenchProps) {
  const { t } = useTranslation();
  const [fitting, model, setModel] = useModel(models, "video");
  const [prompt, setPrompt] = useState("");
  const [size, setSize] = useState("1280x720");
  const [seconds, setSeconds] = useState("4");
  const work = useLatest<VideoJob>();
  const body = { model, prompt, size, seconds };
  const film = () =>
    work.run(async (signal, show) => {
      let job = (await (await v1(apiKey, "POST", "/videos", { body, signal })).json()) as VideoJob;
      show(job);
      while (job.status === "queued" || job.status === "in_progress") {
        await pause(1500, signal);
        job = (await (await v1(apiKey, "GET", `/videos/${job.id}`, { signal })).json()) as VideoJob;
        show(job);
      }
      if (job.status !== "completed") {
        throw new ApiError(200, job.error?.code ?? "", job.error?.message ?? job.status);
      }
      const clip = await (await v1(apiKey, "GET", `/videos/${job.id}/content`, { signal })).blob();
      return { ...job, clip };
    });
  const job = work.value;
  return (
    <div className="grid gap-4 lg:grid-cols-[20rem_1fr]">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void film();
        }}
      >
        <Field label={t("playground.prompt")}>
          <Textarea
            rows={4}
            value={prompt}
            onChange={(event) => setPrompt(event.target.value)}
            placeholder={t("playground.video.hint")}
          />
        </Field>
        <ModelSelect models={fitting} value={model} onChange={setModel} />
        <div className="grid grid-cols-2 gap-3">
          <Field label={t("playground.size")}>
            <Select value={size} onChange={(event) => setSize(event.target.value)}>
              {SIZES.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </Select>
          </Field>
          <Field label={t("playground.seconds")}>
            <Select value={seconds} onChange={(event) => setSeconds(event.target.value)}>
              {SECONDS.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </Select>
          </Field>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button
            look="primary"
            type="submit"
            busy={work.busy}
            disabled={!prompt.trim() || !model}
            icon={<Clapperboard className="size-4" aria-hidden />}
          >
            {t("playground.video.film")}
          </Button>
          {work.busy && <Button onClick={work.stop}>{t("playground.video.leave")}</Button>}
          <ViewCode call={{ method: "POST", path: "/v1/videos", body }} />
        </div>
      </form>
      <Card className="min-h-80">
        {work.error !== null && <Failed error={work.error} onRetry={() => void film()} />}
        {work.busy && (
          <div className="flex flex-col gap-3 py-10" role="status">
            <p className="text-sm">
              {t(`playground.video.status.${job?.status ?? "queued"}`, { defaultValue: job?.status ?? "" })}
            </p>
            <Meter value={(job?.progress ?? 0) / 100} label={t("jobs.progressLabel")} />
            {job && <p className="break-all font-mono text-muted text-xs">{job.id}</p>}
          </div>
        )}
        {!work.busy && work.error === null && !job?.clip && (
          <Empty icon={<VideoIcon className="size-5" aria-hidden />} title={t("playground.video.empty")}>
            {t("playground.video.emptyHint")}
          </Empty>
        )}
        {job?.clip && <Clip clip={job.clip} />}
      </Card>
    </div>
  );
}
