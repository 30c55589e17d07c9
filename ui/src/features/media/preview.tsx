import { AudioLines, Clapperboard, HardDrive, ImageOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { MediaView } from "@/api/schema";
import { cn } from "@/lib/cn";

function Sign({ icon: Icon, words }: { icon: typeof ImageOff; words: string }) {
  return (
    <span className="grid size-full place-items-center p-3 text-center text-muted text-xs">
      <span className="flex flex-col items-center gap-1.5">
        <Icon className="size-6" aria-hidden />
        {words}
      </span>
    </span>
  );
}

/** A small picture of what it is; sounds, and what cannot be shown, have a sign. */
export function Thumbnail({ media }: { media: MediaView }) {
  const { t } = useTranslation();
  const [broken, setBroken] = useState(false);
  if (!media.link) return <Sign icon={HardDrive} words={t("media.elsewhere")} />;
  if (broken) return <Sign icon={ImageOff} words={t("media.unshown")} />;
  if (media.kind === "audio") return <Sign icon={AudioLines} words={media.mime} />;
  if (media.kind === "video") {
    return (
      <>
        <video
          src={`${media.link}#t=0.1`}
          preload="metadata"
          muted
          playsInline
          tabIndex={-1}
          aria-hidden
          onError={() => setBroken(true)}
          className="size-full object-cover"
        />
        <span className="absolute top-2 right-2 grid size-6 place-items-center rounded-md bg-panel/85 text-fg">
          <Clapperboard className="size-3.5" aria-hidden />
        </span>
      </>
    );
  }
  return (
    <img
      src={media.link}
      alt=""
      loading="lazy"
      decoding="async"
      onError={() => setBroken(true)}
      className="size-full object-cover"
    />
  );
}

/** The thing itself, as large as there is room. */
export function Preview({ media }: { media: MediaView }) {
  const { t } = useTranslation();
  const [broken, setBroken] = useState(false);
  const box = "max-h-[46dvh] w-full rounded-lg bg-sunken object-contain";
  const failed = () => setBroken(true);
  if (!media.link || broken) {
    return (
      <div className={cn(box, "h-40 border")}>
        <Sign
          icon={media.link ? ImageOff : HardDrive}
          words={t(media.link ? "media.unshownHint" : "media.elsewhereHint")}
        />
      </div>
    );
  }
  const label = t("media.alt", { kind: t(`media.kind.${media.kind}`), owner: media.owner_name ?? media.owner });
  if (media.kind === "image") return <img src={media.link} alt={label} onError={failed} className={box} />;
  if (media.kind === "audio") {
    // biome-ignore lint/a11y/useMediaCaption: what was made has no captions
    return <audio src={media.link} controls aria-label={label} onError={failed} className="w-full" />;
  }
  // biome-ignore lint/a11y/useMediaCaption: what was made has no captions
  return <video src={media.link} controls playsInline aria-label={label} onError={failed} className={box} />;
}
