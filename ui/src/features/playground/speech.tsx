import { useQuery } from "@tanstack/react-query";
import { AudioLines } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { v1 } from "@/api/public";
import { Button } from "@/components/button";
import { Field, Select, Textarea } from "@/components/field";
import { Card } from "@/components/page";
import { Empty, Failed, Skeleton } from "@/components/states";
import { useLatest } from "@/lib/latest";
import { type BenchProps, ViewCode } from "./parts";

const SPEEDS = ["0.7", "0.85", "1", "1.15", "1.3", "1.5"];

interface Voice {
  voice_id: string;
  name?: string;
}

function useVoices(apiKey: string) {
  return useQuery({
    queryKey: ["voices", apiKey.slice(-8)],
    queryFn: async ({ signal }) => {
      const told = (await (await v1(apiKey, "GET", "/tts/voices", { signal })).json()) as { voices: Voice[] };
      return told.voices;
    },
    staleTime: 600_000,
    retry: false,
  });
}

function Player({ sound }: { sound: Blob }) {
  const { t } = useTranslation();
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(sound);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [sound]);
  if (!url) return null;
  return (
    <div className="flex flex-col gap-3 py-6">
      {/* biome-ignore lint/a11y/useMediaCaption: the words are in the field beside it */}
      <audio src={url} controls className="w-full" aria-label={t("playground.speech.player")} />
      <a href={url} download="speech.mp3" className="self-end font-medium text-accent-text text-sm hover:underline">
        {t("action.download")}
      </a>
    </div>
  );
}

export function Speech({ apiKey }: BenchProps) {
  const { t } = useTranslation();
  const voices = useVoices(apiKey);
  const [text, setText] = useState("");
  const [voice, setVoice] = useState("ara");
  const [speed, setSpeed] = useState("1");
  const work = useLatest<Blob>();
  const body = { model: "tts", voice, input: text, speed: Number(speed), response_format: "mp3" };
  const speak = () => work.run(async (signal) => (await v1(apiKey, "POST", "/audio/speech", { body, signal })).blob());
  const names = voices.data ?? [{ voice_id: "ara", name: "Ara" }];
  return (
    <section aria-label={t("playground.speech.title")} className="grid gap-4 lg:grid-cols-[20rem_1fr]">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void speak();
        }}
      >
        <h2 className="font-semibold text-sm">{t("playground.speech.title")}</h2>
        <Field label={t("playground.speech.text")}>
          <Textarea
            rows={6}
            value={text}
            onChange={(event) => setText(event.target.value)}
            placeholder={t("playground.speech.hint")}
          />
        </Field>
        <div className="grid grid-cols-2 gap-3">
          <Field label={t("playground.speech.voice")}>
            <Select value={voice} onChange={(event) => setVoice(event.target.value)}>
              {names.map((each) => (
                <option key={each.voice_id} value={each.voice_id}>
                  {each.name ?? each.voice_id}
                </option>
              ))}
            </Select>
          </Field>
          <Field label={t("playground.speech.speed")}>
            <Select value={speed} onChange={(event) => setSpeed(event.target.value)}>
              {SPEEDS.map((each) => (
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
            disabled={!text.trim()}
            icon={<AudioLines className="size-4" aria-hidden />}
          >
            {t("playground.speech.speak")}
          </Button>
          {work.busy && <Button onClick={work.stop}>{t("playground.stop")}</Button>}
          <ViewCode call={{ method: "POST", path: "/v1/audio/speech", body }} />
        </div>
      </form>
      <Card className="min-h-60">
        {work.error !== null && <Failed error={work.error} onRetry={() => void speak()} />}
        {work.busy && <Skeleton className="my-6 h-14" />}
        {!work.busy && work.error === null && !work.value && (
          <Empty icon={<AudioLines className="size-5" aria-hidden />} title={t("playground.speech.empty")}>
            {t("playground.speech.emptyHint")}
          </Empty>
        )}
        {!work.busy && work.value && <Player sound={work.value} />}
      </Card>
    </section>
  );
}
