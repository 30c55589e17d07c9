import { useQueryClient } from "@tanstack/react-query";
import { FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { credentialsMoved } from "@/api/news";
import type { ImportResult, Started } from "@/api/schema";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, SecretInput, Textarea } from "@/components/field";
import { Failed, Notice } from "@/components/states";
import { cn } from "@/lib/cn";
import { bytes } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { useJob } from "../jobs/follow";
import { JobProgress } from "../jobs/view";
import { ImportRows } from "./import-rows";

interface File_ {
  name: string;
  content: string;
}

export function ImportDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={t("credentials.import")}
      description={t("import.description")}
      size="lg"
      sticky
    >
      <ImportSteps onClose={onClose} />
    </Dialog>
  );
}

function isSealed(content: string): boolean {
  return /"kdf"\s*:\s*"scrypt"/.test(content.slice(0, 2000));
}

function ImportSteps({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [file, setFile] = useState<File_>({ name: "", content: "" });
  const [passphrase, setPassphrase] = useState("");
  const [preview, setPreview] = useState<ImportResult | null>(null);
  const [done, setDone] = useState<ImportResult | null>(null);
  const [started, setStarted] = useState<{ id: string; dry: boolean } | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const job = useJob(started?.id ?? null);
  const ended = job && job.state !== "running" ? (job.result as ImportResult | null) : null;
  const shownPreview = preview ?? (started?.dry ? ended : null);
  const shownDone = done ?? (started && !started.dry ? ended : null);
  const choose = (next: File_) => {
    setFile(next);
    setPreview(null);
    setStarted(null);
    setFailure(null);
  };
  const run = async (dry: boolean) => {
    setBusy(true);
    setFailure(null);
    setStarted(null);
    const body = { content: file.content, file_name: file.name, passphrase, dry_run: dry };
    try {
      const answer = await api.post<ImportResult | Started>("/credentials/import", body);
      if ("job" in answer) {
        if (!dry) setPreview(null);
        setStarted({ id: answer.job.id, dry });
      } else if (dry) setPreview(answer);
      else {
        setDone(answer);
        await credentialsMoved(queries);
      }
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const running = started !== null && ended === null && (job === null || job.state === "running");
  const count = shownPreview ? (shownPreview.counts["would add"] ?? 0) + (shownPreview.counts["would update"] ?? 0) : 0;
  if (shownDone) {
    return (
      <div className="flex flex-col gap-4">
        <Notice tone="ok" title={t("import.done")} />
        <ImportRows result={shownDone} />
        <Button look="primary" onClick={onClose} className="self-end">
          {t("action.done")}
        </Button>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <Source file={file} onFile={choose} />
      {isSealed(file.content) && (
        <Field label={t("import.passphrase")} hint={t("import.passphraseHint")}>
          <SecretInput value={passphrase} onChange={(event) => setPassphrase(event.target.value)} />
        </Field>
      )}
      {running && <JobProgress job={job} />}
      {shownPreview && (
        <section className="flex flex-col gap-3">
          <h3 className="font-semibold text-sm">{t("import.preview")}</h3>
          <ImportRows result={shownPreview} />
        </section>
      )}
      {failure !== null && <Failed error={failure} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{running ? t("jobs.background") : t("action.cancel")}</Button>
        <Button
          look={shownPreview ? "secondary" : "primary"}
          disabled={!file.content.trim() || running}
          busy={busy && !shownPreview}
          onClick={() => void run(true)}
        >
          {t("import.dryRun")}
        </Button>
        {shownPreview && (
          <Button look="primary" disabled={count === 0 || running} busy={busy} onClick={() => void run(false)}>
            {t("import.take", { count })}
          </Button>
        )}
      </div>
    </div>
  );
}

function Source({ file, onFile }: { file: File_; onFile: (file: File_) => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [over, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const take = async (chosen: File | undefined) => {
    if (chosen) onFile({ name: chosen.name, content: await chosen.text() });
  };
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: files can be dropped here; the button does the same */}
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void take(event.dataTransfer.files[0]);
        }}
        className={cn(
          "flex flex-col items-center gap-2 rounded-lg border border-dashed border-line-strong px-4 py-6 text-center transition-colors",
          over && "border-accent bg-accent-soft",
        )}
      >
        <FileUp className="size-5 text-muted" aria-hidden />
        <p className="text-sm">
          {file.name ? `${file.name} · ${bytes(file.content.length, language)}` : t("import.drop")}
        </p>
        <Button size="sm" onClick={() => picker.current?.click()}>
          {t("import.choose")}
        </Button>
        <input
          ref={picker}
          type="file"
          className="sr-only"
          tabIndex={-1}
          aria-label={t("import.choose")}
          accept=".txt,.json,.jsonl,.csv,.ndjson"
          onChange={(event) => void take(event.target.files?.[0])}
        />
        <p className="text-muted text-xs">{t("import.formats")}</p>
      </div>
      {!file.name && (
        <Field label={t("import.paste")}>
          <Textarea
            rows={4}
            value={file.content}
            onChange={(event) => onFile({ name: "", content: event.target.value })}
            placeholder={"xai-…\nxai-…"}
            className="font-mono text-xs"
          />
        </Field>
      )}
    </>
  );
}
