import { FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FileView } from "@/api/schema";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, Textarea } from "@/components/field";
import { Failed, Notice } from "@/components/states";
import { useLanguage } from "@/lib/hooks";
import { Differences } from "./changes";
import { type Draft, problemText, useSettingChanges, type Value } from "./data";

function Preview({ read }: { read: FileView }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { check, left_out: leftOut } = read;
  return (
    <div className="flex flex-col gap-3" role="status">
      {check.problems.length > 0 && (
        <Notice tone="warn" title={t("settings.notRight")}>
          <ul>
            {check.problems.map((each) => (
              <li key={each.path}>{problemText(each, language)}</li>
            ))}
          </ul>
        </Notice>
      )}
      {leftOut.length > 0 && (
        <Notice title={t("settings.file.leftOut", { count: leftOut.length })}>
          <ul>
            {leftOut.map((each) => (
              <li key={each.path}>{problemText(each, language)}</li>
            ))}
          </ul>
        </Notice>
      )}
      {check.differences.length > 0 ? (
        <Differences rows={check.differences} />
      ) : (
        <p className="text-muted text-sm">{t("settings.noDifference")}</p>
      )}
    </div>
  );
}

interface Props {
  open: boolean;
  onClose: () => void;
  /** Takes the changes into hand; they are saved as any other. */
  onTake: (draft: Draft) => void;
}

/** A file of settings: what it would change is shown before anything is taken from it. */
export function SettingsImport({ open, onClose, onTake }: Props) {
  const { t } = useTranslation();
  const { read } = useSettingChanges();
  const [content, setContent] = useState("");
  const picker = useRef<HTMLInputElement>(null);
  const change = (text: string) => {
    setContent(text);
    read.reset();
  };
  const close = () => {
    change("");
    onClose();
  };
  const found = read.data;
  const takes = found?.check.ok && found.check.differences.length > 0;
  const take = () => {
    if (!found) return;
    const changed = new Set(found.check.differences.map((each) => each.path));
    onTake(new Map(Object.entries(found.set as Record<string, Value>).filter(([path]) => changed.has(path))));
    close();
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      title={t("settings.file.import")}
      description={t("settings.file.hint")}
      footer={
        <>
          <Button onClick={close}>{t("action.cancel")}</Button>
          {takes ? (
            <Button look="primary" onClick={take}>
              {t("settings.file.take")}
            </Button>
          ) : (
            <Button
              look="primary"
              busy={read.isPending}
              disabled={!content.trim()}
              onClick={() => read.mutate(content)}
            >
              {t("settings.file.look")}
            </Button>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <div>
          <Button onClick={() => picker.current?.click()} icon={<FileUp className="size-4 text-muted" aria-hidden />}>
            {t("settings.file.pick")}
          </Button>
          <input
            ref={picker}
            type="file"
            accept=".toml,.json,text/plain,application/json"
            className="sr-only"
            tabIndex={-1}
            aria-label={t("settings.file.pick")}
            onChange={(event) => {
              void event.target.files?.[0]?.text().then(change);
              event.target.value = "";
            }}
          />
        </div>
        <Field label={t("settings.file.content")}>
          <Textarea
            rows={8}
            className="font-mono text-xs"
            value={content}
            onChange={(event) => change(event.target.value)}
            placeholder={"[grok]\nmax_retry = 3"}
          />
        </Field>
        {read.error && <Failed error={read.error} />}
        {found && <Preview read={found} />}
      </div>
    </Dialog>
  );
}
