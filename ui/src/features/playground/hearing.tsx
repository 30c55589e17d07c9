import { Ear, FileAudio } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { v1 } from "@/api/public";
import { Button } from "@/components/button";
import { CodeBlock } from "@/components/copy";
import { Field, Input, Select } from "@/components/field";
import { Card } from "@/components/page";
import { Empty, Failed, Skeleton } from "@/components/states";
import { bytes } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { useLatest } from "@/lib/latest";
import { type BenchProps, ViewCode } from "./parts";

const FORMATS = ["text", "verbose_json", "srt", "vtt", "diarized_json"];

/** A sound that somebody picked, as text. */
export function Hearing({ apiKey }: BenchProps) {
  const { t } = useTranslation();
  const shown = useLanguage();
  const [file, setFile] = useState<File>();
  const [format, setFormat] = useState("text");
  const [language, setLanguage] = useState("");
  const picker = useRef<HTMLInputElement>(null);
  const work = useLatest<string>();
  const fields: Record<string, string> = { model: "stt", response_format: format };
  if (language.trim()) fields.language = language.trim();
  const hear = () =>
    work.run(async (signal) => {
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.append(name, value);
      if (file) body.append("file", file, file.name);
      const text = await (await v1(apiKey, "POST", "/audio/transcriptions", { body, signal })).text();
      return format.endsWith("json") ? JSON.stringify(JSON.parse(text), null, 2) : text;
    });
  return (
    <section aria-label={t("playground.hearing.title")} className="grid gap-4 lg:grid-cols-[20rem_1fr]">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void hear();
        }}
      >
        <h2 className="font-semibold text-sm">{t("playground.hearing.title")}</h2>
        <div className="flex flex-wrap items-center gap-3">
          <Button
            onClick={() => picker.current?.click()}
            icon={<FileAudio className="size-4 text-muted" aria-hidden />}
          >
            {t("playground.hearing.pick")}
          </Button>
          <input
            ref={picker}
            type="file"
            accept="audio/*,video/mp4,.mkv,.m4a,.flac,.ogg,.opus"
            className="sr-only"
            tabIndex={-1}
            aria-label={t("playground.hearing.pick")}
            onChange={(event) => setFile(event.target.files?.[0] ?? file)}
          />
          {file && (
            <span className="min-w-0 break-all text-muted text-xs">
              {[file.name, bytes(file.size, shown)].join(", ")}
            </span>
          )}
        </div>
        <div className="grid grid-cols-2 gap-3">
          <Field label={t("playground.hearing.format")}>
            <Select value={format} onChange={(event) => setFormat(event.target.value)}>
              {FORMATS.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </Select>
          </Field>
          <Field label={t("playground.hearing.language")} optional>
            <Input value={language} onChange={(event) => setLanguage(event.target.value)} placeholder="en" />
          </Field>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button
            look="primary"
            type="submit"
            busy={work.busy}
            disabled={!file}
            icon={<Ear className="size-4" aria-hidden />}
          >
            {t("playground.hearing.hear")}
          </Button>
          {work.busy && <Button onClick={work.stop}>{t("playground.stop")}</Button>}
          <ViewCode
            call={{
              method: "POST",
              path: "/v1/audio/transcriptions",
              form: { fields, file: file?.name ?? "talk.mp3" },
            }}
          />
        </div>
      </form>
      <Card className="min-h-60">
        {work.error !== null && <Failed error={work.error} onRetry={() => void hear()} />}
        {work.busy && <Skeleton className="my-6 h-14" />}
        {!work.busy && work.error === null && work.value === null && (
          <Empty icon={<Ear className="size-5" aria-hidden />} title={t("playground.hearing.empty")}>
            {t("playground.hearing.emptyHint")}
          </Empty>
        )}
        {!work.busy && work.value !== null && (
          <CodeBlock code={work.value} label={t("playground.hearing.text")} className="[&_pre]:whitespace-pre-wrap" />
        )}
      </Card>
    </section>
  );
}
