import { ArrowUp, ImagePlus, SquareStop, X } from "lucide-react";
import { useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "@/components/button";
import { pictureOf } from "./picture-file";

/** Where a message is written, with a picture if there is one. */
export function Composer({
  busy,
  ready,
  onSend,
  onStop,
}: {
  busy: boolean;
  ready: boolean;
  onSend: (text: string, picture?: string) => void;
  onStop: () => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [picture, setPicture] = useState<string>();
  const picker = useRef<HTMLInputElement>(null);
  const id = useId();
  const send = () => {
    if (!text.trim() || busy || !ready) return;
    onSend(text.trim(), picture);
    setText("");
    setPicture(undefined);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      className="rounded-xl border border-control/60 bg-panel p-2 shadow-card focus-within:border-accent"
    >
      {picture && (
        <div className="relative mb-2 w-fit">
          <img src={picture} alt={t("playground.attached")} className="max-h-24 rounded-lg border" />
          <IconButton
            label={t("playground.detach")}
            size="sm"
            look="secondary"
            className="-top-2 -right-2 absolute"
            onClick={() => setPicture(undefined)}
          >
            <X className="size-3.5" aria-hidden />
          </IconButton>
        </div>
      )}
      <label htmlFor={id} className="sr-only">
        {t("playground.message")}
      </label>
      <textarea
        id={id}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault();
            send();
          }
        }}
        rows={2}
        placeholder={t("playground.messageHint")}
        className="block max-h-48 w-full resize-none bg-transparent px-2 py-1 text-base outline-none [field-sizing:content]"
      />
      <div className="flex items-center justify-between pt-1">
        <IconButton label={t("playground.attach")} onClick={() => picker.current?.click()}>
          <ImagePlus className="size-4" aria-hidden />
        </IconButton>
        <input
          ref={picker}
          type="file"
          accept="image/png,image/jpeg,image/webp"
          className="sr-only"
          tabIndex={-1}
          aria-label={t("playground.attach")}
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) void pictureOf(file).then(setPicture);
            event.target.value = "";
          }}
        />
        {busy ? (
          <Button onClick={onStop} icon={<SquareStop className="size-4" aria-hidden />}>
            {t("playground.stop")}
          </Button>
        ) : (
          <Button
            look="primary"
            type="submit"
            disabled={!text.trim() || !ready}
            icon={<ArrowUp className="size-4" aria-hidden />}
          >
            {t("playground.send")}
          </Button>
        )}
      </div>
    </form>
  );
}
