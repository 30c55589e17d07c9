import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleX, ExternalLink } from "lucide-react";
import { useEffect, useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import { credentialsMoved } from "@/api/news";
import type { SignInBody, SignInView } from "@/api/schema";
import { Button } from "@/components/button";
import { CodeBlock, CopyButton } from "@/components/copy";
import { Dialog } from "@/components/dialog";
import { Field, Input, Select, Textarea } from "@/components/field";
import { FormEnd } from "@/components/form-end";
import { QrCode } from "@/components/qr";
import { Failed, Notice } from "@/components/states";
import { Countdown } from "@/components/timeago";
import { useAttempt } from "@/lib/attempt";
import { useFailure } from "@/lib/failure";
import { Retold } from "@/lib/retold";
import { parts } from "./fields";

export function SignInDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog open={open} onClose={onClose} title={t("credentials.signIn")} description={t("signIn.description")} sticky>
      <SignInSteps onDone={onClose} onCancel={onClose} />
    </Dialog>
  );
}

function isOpen(state: SignInView["state"]): boolean {
  return state === "waiting" || state === "storing";
}

interface StepsProps {
  onDone: () => void;
  onCancel?: () => void;
}

/** From the question to the stored credential. */
export function SignInSteps({ onDone, onCancel }: StepsProps) {
  const [begun, setBegun] = useState<SignInView | null>(null);
  if (begun === null) return <Begin onBegun={setBegun} onCancel={onCancel} />;
  return <UnderWay first={begun} onAgain={() => setBegun(null)} onDone={onDone} />;
}

function Begin({ onBegun, onCancel }: { onBegun: (view: SignInView) => void; onCancel?: () => void }) {
  const { t } = useTranslation();
  const { register, handleSubmit, setError, formState } = useForm({
    defaultValues: { name: "", tags: "", flow: "device" },
  });
  const { failure, attempt } = useAttempt(setError);
  const begin = handleSubmit(({ name, tags, flow }) => {
    const body: SignInBody = { flow: flow as SignInBody["flow"], name: name.trim(), tags: parts(tags) };
    return attempt(async () => onBegun(await api.post<SignInView>("/credentials/sign-ins", body)));
  });
  const off = failure instanceof ApiError && failure.status === 403;
  return (
    <form onSubmit={begin} className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t("credentials.field.name")} optional>
          <Input {...register("name")} autoFocus />
        </Field>
        <Field label={t("credentials.field.tags")} optional>
          <Input {...register("tags")} />
        </Field>
      </div>
      <Field label={t("signIn.flow")} hint={t("signIn.flowHint")}>
        <Select {...register("flow")}>
          <option value="device">{t("signIn.device")}</option>
          <option value="redirect">{t("signIn.redirect")}</option>
        </Select>
      </Field>
      {off ? (
        <div className="flex flex-col gap-3">
          <Notice tone="warn" title={t("signIn.off")}>
            <span className="whitespace-pre-line">
              <Retold text={failure.message} />
            </span>
          </Notice>
          <CodeBlock code={"GROK2API_OAUTH__ENABLED=true"} label={t("signIn.offSetting")} />
        </div>
      ) : (
        failure !== null && <Failed error={failure} />
      )}
      <FormEnd action={t("signIn.begin")} busy={formState.isSubmitting} onCancel={onCancel} />
    </form>
  );
}

function UnderWay({ first, onAgain, onDone }: { first: SignInView; onAgain: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const failed = useFailure();
  const path = `/credentials/sign-ins/${encodeURIComponent(first.id)}`;
  const { data: view = first } = useQuery({
    queryKey: ["sign-in", first.id],
    queryFn: ({ signal }) => api.get<SignInView>(path, undefined, signal),
    initialData: first,
    refetchInterval: (query) => (isOpen(query.state.data?.state ?? "failed") ? 1500 : false),
  });
  useEffect(() => {
    if (view.state === "done") void credentialsMoved(queries);
  }, [view.state, queries]);
  const giveUp = async () => {
    await api.delete(path).catch(failed);
    onAgain();
  };
  if (view.state === "done") {
    return (
      <End ok title={view.renewed ? t("signIn.renewed") : t("signIn.done")} detail={view.message}>
        <Button look="primary" onClick={onDone}>
          {t("action.done")}
        </Button>
      </End>
    );
  }
  if (!isOpen(view.state)) {
    return (
      <End title={t(`signIn.state.${view.state}`)} detail={view.message}>
        <Button look="primary" onClick={onAgain}>
          {t("signIn.again")}
        </Button>
      </End>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      {view.flow === "device" ? <Device view={view} /> : <Redirect view={view} path={path} />}
      <div className="flex flex-wrap items-center justify-between gap-2 border-t pt-3">
        <p className="flex items-center gap-2 text-muted text-sm" role="status">
          <span className="size-2 animate-pulse rounded-full bg-accent" aria-hidden />
          {t(`signIn.state.${view.state}`)}
        </p>
        <Button onClick={() => void giveUp()}>{t("signIn.giveUp")}</Button>
      </div>
    </div>
  );
}

function End({
  ok,
  title,
  detail,
  children,
}: {
  ok?: boolean;
  title: string;
  detail: string;
  children: React.ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-3 py-4 text-center" role="status">
      {ok ? (
        <CircleCheck className="size-9 text-ok" aria-hidden />
      ) : (
        <CircleX className="size-9 text-bad" aria-hidden />
      )}
      <p className="font-semibold text-lg">{title}</p>
      {detail && (
        <p className="max-w-sm break-words text-muted text-sm">
          <Retold text={detail} />
        </p>
      )}
      <div className="mt-2">{children}</div>
    </div>
  );
}

function Device({ view }: { view: SignInView }) {
  const { t } = useTranslation();
  const target = view.verification_uri_complete || view.verification_uri;
  return (
    <div className="grid items-center gap-5 sm:grid-cols-[auto_1fr]">
      <div className="mx-auto rounded-xl border bg-white p-2.5">
        <QrCode text={target} label={t("signIn.qr")} />
      </div>
      <div className="flex min-w-0 flex-col gap-3">
        <ol className="flex list-decimal flex-col gap-1 pl-5 text-sm text-soft">
          <li>{t("signIn.step1")}</li>
          <li>{t("signIn.step2")}</li>
          <li>{t("signIn.step3")}</li>
        </ol>
        <div className="flex items-center gap-2">
          <output
            className="num rounded-lg border bg-sunken px-3 py-1.5 font-mono font-semibold text-xl tracking-widest"
            aria-label={t("signIn.code")}
          >
            {view.user_code}
          </output>
          <CopyButton text={view.user_code} label={t("signIn.copyCode")} />
        </div>
        <a
          href={target}
          target="_blank"
          rel="noreferrer"
          className="inline-flex w-fit items-center gap-1.5 rounded font-medium text-accent-text text-sm underline-offset-2 hover:underline"
        >
          {t("signIn.open")}
          <ExternalLink className="size-3.5" aria-hidden />
        </a>
        <p className="text-muted text-xs">
          {t("signIn.until")} <Countdown until={view.expires_at} />
        </p>
      </div>
    </div>
  );
}

function Redirect({ view, path }: { view: SignInView; path: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { register, handleSubmit, setError, formState } = useForm({ defaultValues: { url: "" } });
  const { failure, attempt } = useAttempt(setError);
  const finish = handleSubmit(({ url }) =>
    attempt(async () => {
      await api.post<SignInView>(`${path}/redirect`, { url: url.trim() });
      await queries.invalidateQueries({ queryKey: ["sign-in", view.id] });
    }),
  );
  return (
    <form onSubmit={finish} className="flex flex-col gap-4">
      <p className="text-sm text-soft">{t("signIn.redirectSteps")}</p>
      <a
        href={view.url}
        target="_blank"
        rel="noreferrer"
        className="inline-flex w-fit items-center gap-1.5 rounded font-medium text-accent-text text-sm hover:underline"
      >
        {t("signIn.open")}
        <ExternalLink className="size-3.5" aria-hidden />
      </a>
      <Field label={t("signIn.address")} hint={t("signIn.addressHint")}>
        <Textarea {...register("url", { required: true })} rows={3} className="font-mono text-xs" />
      </Field>
      {failure !== null && <Failed error={failure} />}
      <Button look="primary" type="submit" busy={formState.isSubmitting} className="self-end">
        {t("signIn.finish")}
      </Button>
    </form>
  );
}
