import { getRouteApi } from "@tanstack/react-router";
import { Download, FileUp, History, Search } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { API } from "@/api/client";
import type { CheckView, SettingView } from "@/api/schema";
import { useRole } from "@/api/session";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Input, Select } from "@/components/field";
import { Menu, MenuLink } from "@/components/menu";
import { Card, Page } from "@/components/page";
import { Failed, Notice, Skeleton } from "@/components/states";
import { useFailure } from "@/lib/failure";
import { useLanguage } from "@/lib/hooks";
import { Retold } from "@/lib/retold";
import { toast } from "@/lib/toasts";
import { Differences } from "./changes";
import { type Draft, problemText, useSettingChanges, useSettings, type Value } from "./data";
import { SettingsHistory } from "./history";
import { SettingsImport } from "./import";
import { SettingRow } from "./row";

const route = getRouteApi("/inside/settings");

function fits(setting: SettingView, text: string): boolean {
  const wanted = text.toLowerCase();
  return `${setting.path} ${setting.help} ${setting.help_zh} ${setting.rule_zh}`.toLowerCase().includes(wanted);
}

export default function SettingsPage() {
  const { t } = useTranslation();
  const language = useLanguage();
  const writable = useRole() === "owner";
  const { section = "", text = "", history } = route.useSearch();
  const navigate = route.useNavigate();
  const failed = useFailure();
  const { data, error, refetch } = useSettings();
  const { check, save } = useSettingChanges();
  const [draft, setDraft] = useState<Draft>(new Map());
  const [checked, setChecked] = useState<CheckView | null>(null);
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<unknown>(null);
  const [importing, setImporting] = useState(false);
  const chosen = section || (data?.sections.find(({ settings }) => settings.some((each) => each.storable))?.name ?? "");
  const shown = useMemo(() => {
    const sections = data?.sections ?? [];
    if (text)
      return sections
        .map((each) => ({ ...each, settings: each.settings.filter((one) => fits(one, text)) }))
        .filter((each) => each.settings.length > 0);
    return sections.filter((each) => each.name === chosen);
  }, [data, text, chosen]);
  const waiting = (data?.sections ?? [])
    .flatMap((each) => each.settings)
    .filter((each) => each.pending_restart)
    .map((each) => each.path);
  const titleOf = (name: string) => t(`settings.section.${name}`, { defaultValue: name });
  const set = (changes: object) => void navigate({ search: (before) => ({ ...before, ...changes }), replace: true });
  const change = (path: string, value: Value | null | undefined) => {
    const next = new Map(draft);
    if (value === undefined) next.delete(path);
    else next.set(path, value);
    setDraft(next);
    setProblems(({ [path]: _, ...rest }) => rest);
  };
  const review = async (wanted: Draft) => {
    setFailure(null);
    try {
      const told = await check.mutateAsync(wanted);
      const texts = told.problems.map((each) => [each.path, problemText(each, language)] as const);
      setProblems(Object.fromEntries(texts));
      if (told.ok) setChecked(told);
      else toast.bad(t("settings.notRight"), texts.map(([, text]) => text).join(" "));
    } catch (reason) {
      failed(reason);
    }
  };
  const apply = async () => {
    try {
      const done = await save.mutateAsync({ draft, revision: data?.revision ?? 0 });
      setDraft(new Map());
      setChecked(null);
      toast.ok(
        t("settings.saved"),
        done.pending_restart.length > 0
          ? t("settings.needRestart", { paths: done.pending_restart.join(", ") })
          : undefined,
      );
    } catch (reason) {
      setFailure(reason);
    }
  };
  return (
    <Page
      title={t("settings.title")}
      description={t("settings.description")}
      actions={
        <>
          <Menu
            trigger={
              <Button icon={<Download className="size-4 text-muted" aria-hidden />}>{t("settings.file.export")}</Button>
            }
          >
            {["toml", "json"].map((format) => (
              <MenuLink key={format} href={`${API}/settings/export?format=${format}`}>
                {t(`settings.file.${format}`)}
              </MenuLink>
            ))}
          </Menu>
          {writable && (
            <Button onClick={() => setImporting(true)} icon={<FileUp className="size-4 text-muted" aria-hidden />}>
              {t("settings.file.import")}
            </Button>
          )}
          <Button onClick={() => set({ history: true })} icon={<History className="size-4 text-muted" aria-hidden />}>
            {t("settings.history")}
          </Button>
        </>
      }
    >
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton className="h-96" />}
      {data?.refused && (
        <Notice tone="warn" title={t("settings.refused")}>
          <Retold text={data.refused} />
        </Notice>
      )}
      {waiting.length > 0 && <Notice tone="warn">{t("settings.needRestart", { paths: waiting.join(", ") })}</Notice>}
      {data && data.warnings.length > 0 && (
        <Notice tone="warn" title={t("settings.warnings")}>
          <ul className="flex flex-col gap-1">
            {data.warnings.map((warning) => (
              <li key={warning}>
                <Retold text={warning} />
              </li>
            ))}
          </ul>
        </Notice>
      )}
      {data && (
        <div className="grid gap-5 lg:grid-cols-[13rem_minmax(0,1fr)]">
          <div className="flex flex-col gap-3 lg:sticky lg:top-5 lg:self-start">
            <div className="relative">
              <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-muted" aria-hidden />
              <Input
                type="search"
                aria-label={t("settings.find")}
                placeholder={t("settings.find")}
                value={text}
                onChange={(event) => set({ text: event.target.value || undefined })}
                className="pl-8"
              />
            </div>
            <Select
              aria-label={t("settings.sections")}
              value={chosen}
              onChange={(event) => set({ section: event.target.value, text: undefined })}
              className="lg:hidden"
            >
              {data.sections.map((each) => (
                <option key={each.name} value={each.name}>
                  {`${titleOf(each.name)} · ${each.name}`}
                </option>
              ))}
            </Select>
            <nav
              aria-label={t("settings.sections")}
              className="-m-1 hidden max-h-[calc(100dvh-13rem)] flex-col gap-0.5 overflow-y-auto p-1 lg:flex"
            >
              {data.sections.map((each) => (
                <button
                  key={each.name}
                  type="button"
                  aria-current={(!text && each.name === chosen) || undefined}
                  onClick={() => set({ section: each.name, text: undefined })}
                  className="flex h-7 items-center justify-between gap-2 rounded-md px-2 text-left text-sm text-soft hover:bg-hover aria-[current]:bg-hover aria-[current]:font-medium aria-[current]:text-fg"
                >
                  <span className="min-w-0 truncate">{titleOf(each.name)}</span>
                  <span className="num text-muted text-xs">{each.settings.length}</span>
                </button>
              ))}
            </nav>
          </div>
          <div className="flex min-w-0 flex-col gap-5 pb-16">
            {shown.length === 0 && <p className="text-muted">{t("settings.none")}</p>}
            {shown.map((each) => (
              <Card
                key={each.name}
                flush
                title={
                  <>
                    {titleOf(each.name)}
                    <code className="ml-2 font-mono font-normal text-muted text-xs">{each.name}</code>
                  </>
                }
                className="overflow-hidden"
              >
                <ul className="divide-y">
                  {each.settings.map((one) => (
                    <SettingRow
                      key={one.path}
                      setting={one}
                      draft={draft.get(one.path)}
                      problem={problems[one.path]}
                      writable={writable}
                      onChange={(value) => change(one.path, value)}
                    />
                  ))}
                </ul>
              </Card>
            ))}
          </div>
        </div>
      )}
      {draft.size > 0 && (
        <section
          aria-label={t("settings.inHand")}
          className="-translate-x-1/2 fixed bottom-4 left-1/2 z-30 flex w-max max-w-[calc(100vw-1.5rem)] items-center gap-3 rounded-xl border bg-raised p-2 pl-4 shadow-pop"
        >
          <span className="num font-medium text-sm" aria-live="polite">
            {t("settings.changes", { count: draft.size })}
          </span>
          <Button
            size="sm"
            look="ghost"
            onClick={() => {
              setDraft(new Map());
              setProblems({});
            }}
          >
            {t("settings.discard")}
          </Button>
          <Button size="sm" look="primary" busy={check.isPending} onClick={() => void review(draft)}>
            {t("settings.review")}
          </Button>
        </section>
      )}
      <Dialog
        open={checked !== null}
        onClose={() => setChecked(null)}
        title={t("settings.review")}
        footer={
          <>
            <Button onClick={() => setChecked(null)}>{t("action.cancel")}</Button>
            <Button look="primary" busy={save.isPending} onClick={() => void apply()}>
              {t("action.save")}
            </Button>
          </>
        }
      >
        <div className="flex flex-col gap-3">
          {checked && checked.differences.length === 0 && (
            <p className="text-muted text-sm">{t("settings.noDifference")}</p>
          )}
          {checked && checked.differences.length > 0 && <Differences rows={checked.differences} />}
          {checked?.warnings.map((warning) => (
            <Notice key={warning} tone="warn">
              <Retold text={warning} />
            </Notice>
          ))}
          {failure !== null && <Failed error={failure} />}
        </div>
      </Dialog>
      {writable && (
        <SettingsImport
          open={importing}
          onClose={() => setImporting(false)}
          onTake={(taken) => {
            const next = new Map([...draft, ...taken]);
            setDraft(next);
            void review(next);
          }}
        />
      )}
      <SettingsHistory
        open={history === true}
        revision={data?.revision ?? 0}
        writable={writable}
        onClose={() => set({ history: undefined })}
      />
    </Page>
  );
}
