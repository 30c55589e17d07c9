import { Download, Image as ImageIcon, ImagePlus, Wand } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { v1 } from "@/api/public";
import { Button } from "@/components/button";
import { Field, Select, Textarea } from "@/components/field";
import { Card } from "@/components/page";
import { Empty, Failed, Skeleton } from "@/components/states";
import { useLatest } from "@/lib/latest";
import { type BenchProps, ModelSelect, useModel, ViewCode } from "./parts";
import { pictureOf } from "./picture-file";

interface Drawn {
  b64_json?: string;
  mime_type?: string;
  revised_prompt?: string;
}
const RATIOS = ["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3"];

function source(picture: Drawn): string {
  return `data:${picture.mime_type ?? "image/jpeg"};base64,${picture.b64_json ?? ""}`;
}

export function Pictures({ apiKey, models }: BenchProps) {
  const { t } = useTranslation();
  const [fitting, model, setModel] = useModel(models, "image");
  const [prompt, setPrompt] = useState("");
  const [ratio, setRatio] = useState("1:1");
  const [count, setCount] = useState(1);
  const [picture, setPicture] = useState<string>();
  const picker = useRef<HTMLInputElement>(null);
  const work = useLatest<Drawn[]>();
  const path = picture ? "/images/edits" : "/images/generations";
  const body = {
    model,
    prompt,
    n: count,
    aspect_ratio: ratio,
    response_format: "b64_json",
    ...(picture ? { image: { url: picture } } : {}),
  };
  const draw = () =>
    work.run(async (signal) => {
      const answer = await v1(apiKey, "POST", path, { body, signal });
      return ((await answer.json()) as { data: Drawn[] }).data;
    });
  const shownBody = picture ? { ...body, image: { url: "https://example.com/picture.png" } } : body;
  return (
    <div className="grid gap-4 lg:grid-cols-[20rem_1fr]">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void draw();
        }}
      >
        <Field label={t("playground.prompt")}>
          <Textarea
            rows={4}
            value={prompt}
            onChange={(event) => setPrompt(event.target.value)}
            placeholder={t("playground.image.hint")}
          />
        </Field>
        <ModelSelect models={fitting} value={model} onChange={setModel} />
        <div className="grid grid-cols-2 gap-3">
          <Field label={t("playground.ratio")}>
            <Select value={ratio} onChange={(event) => setRatio(event.target.value)}>
              {RATIOS.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </Select>
          </Field>
          <Field label={t("playground.count")}>
            <Select value={count} onChange={(event) => setCount(Number(event.target.value))}>
              {[1, 2, 3, 4].map((each) => (
                <option key={each}>{each}</option>
              ))}
            </Select>
          </Field>
        </div>
        <div className="flex flex-col gap-2">
          <Button
            onClick={() => picker.current?.click()}
            icon={<ImagePlus className="size-4 text-muted" aria-hidden />}
          >
            {picture ? t("playground.image.otherSource") : t("playground.image.source")}
          </Button>
          <input
            ref={picker}
            type="file"
            accept="image/png,image/jpeg,image/webp"
            className="sr-only"
            tabIndex={-1}
            aria-label={t("playground.image.source")}
            onChange={(event) => {
              const file = event.target.files?.[0];
              if (file) void pictureOf(file).then(setPicture);
              event.target.value = "";
            }}
          />
          {picture && (
            <div className="flex items-center gap-3">
              <img src={picture} alt={t("playground.attached")} className="size-16 rounded-lg border object-cover" />
              <Button look="ghost" size="sm" onClick={() => setPicture(undefined)}>
                {t("playground.detach")}
              </Button>
            </div>
          )}
        </div>
        <div className="flex flex-wrap gap-2">
          <Button
            look="primary"
            type="submit"
            busy={work.busy}
            disabled={!prompt.trim() || !model}
            icon={<Wand className="size-4" aria-hidden />}
          >
            {picture ? t("playground.image.edit") : t("playground.image.draw")}
          </Button>
          {work.busy && <Button onClick={work.stop}>{t("playground.stop")}</Button>}
          <ViewCode call={{ method: "POST", path: `/v1${path}`, body: shownBody }} />
        </div>
      </form>
      <Card className="min-h-80">
        {work.error !== null && <Failed error={work.error} onRetry={() => void draw()} />}
        {work.busy && (
          <div className="grid gap-3 sm:grid-cols-2">
            {Array.from({ length: count }, (_, place) => (
              <Skeleton key={place} className="aspect-square" />
            ))}
          </div>
        )}
        {!work.busy && work.error === null && !work.value && (
          <Empty icon={<ImageIcon className="size-5" aria-hidden />} title={t("playground.image.empty")}>
            {t("playground.image.emptyHint")}
          </Empty>
        )}
        {!work.busy && work.value && (
          <div className="grid gap-3 sm:grid-cols-2">
            {work.value.map((drawn, place) => (
              <figure key={place} className="overflow-hidden rounded-lg border">
                <img src={source(drawn)} alt={drawn.revised_prompt || prompt} className="w-full bg-sunken" />
                <figcaption className="flex items-center justify-between gap-2 p-2">
                  <Button look="ghost" size="sm" onClick={() => setPicture(source(drawn))}>
                    {t("playground.image.useIt")}
                  </Button>
                  <a
                    href={source(drawn)}
                    download={`grok-${place + 1}.${(drawn.mime_type ?? "image/jpeg").split("/")[1]}`}
                    className="grid size-8 place-items-center rounded-md text-muted hover:bg-hover hover:text-fg"
                    aria-label={t("action.download")}
                  >
                    <Download className="size-4" aria-hidden />
                  </a>
                </figcaption>
              </figure>
            ))}
          </div>
        )}
      </Card>
    </div>
  );
}
