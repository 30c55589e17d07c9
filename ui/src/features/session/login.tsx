import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { CredentialPage } from "@/api/schema";
import { sessionQuery, signIn } from "@/api/session";
import { Button } from "@/components/button";
import { Field, Input, SecretInput } from "@/components/field";
import { Failed, Notice } from "@/components/states";
import { Countdown } from "@/components/timeago";
import { useTitle } from "@/lib/hooks";
import { Brand } from "@/shell/shell";
import { LanguageMenu, ThemeMenu } from "@/shell/topbar";

const route = getRouteApi("/login");

export default function LoginPage() {
  const { t } = useTranslation();
  useTitle(t("session.title"));
  const { next } = route.useSearch();
  const navigate = useNavigate();
  const router = useRouter();
  const queries = useQueryClient();
  const [failure, setFailure] = useState<unknown>(null);
  const [named, setNamed] = useState(false);
  const [heldUntil, setHeldUntil] = useState<string | null>(null);
  const { register, handleSubmit, setError, setFocus, formState } = useForm({
    defaultValues: { name: "", password: "" },
  });
  const enter = handleSubmit(async ({ name, password }) => {
    setFailure(null);
    setHeldUntil(null);
    try {
      await signIn(password, named ? name.trim() : "");
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        setError("password", { message: t("session.wrong") });
        setFocus("password", { shouldSelect: true });
      } else if (error instanceof ApiError && error.status === 429) {
        setHeldUntil(new Date(Date.now() + (error.retryAfter ?? 60) * 1000).toISOString());
      } else setFailure(error);
      return;
    }
    await queries.fetchQuery({ ...sessionQuery, staleTime: 0 });
    if (next) return router.history.push(`/admin${next.startsWith("/") ? next : `/${next}`}`);
    const page = await api.get<CredentialPage>("/credentials", { limit: 1 }).catch(() => null);
    await navigate({ to: page?.total === 0 ? "/setup" : "/" });
  });
  return (
    <main className="flex min-h-dvh flex-col">
      <div className="flex justify-end p-3">
        <LanguageMenu />
        <ThemeMenu />
      </div>
      <div className="flex flex-1 items-start justify-center px-4 pt-[12dvh] pb-16">
        <div className="w-full max-w-sm">
          <div className="mb-6 flex flex-col items-center gap-4 text-center">
            <div className="scale-125">
              <Brand />
            </div>
            <div>
              <h1 className="font-semibold text-xl tracking-tight">{t("session.title")}</h1>
              <p className="text-muted text-sm">{t("session.hint")}</p>
            </div>
          </div>
          <form onSubmit={enter} className="flex flex-col gap-4 rounded-xl border bg-panel p-5 shadow-card" noValidate>
            {named && (
              <Field label={t("session.name")}>
                <Input autoComplete="username" autoFocus {...register("name")} />
              </Field>
            )}
            <Field label={t("session.password")} error={formState.errors.password?.message}>
              <SecretInput
                autoComplete="current-password"
                autoFocus
                {...register("password", { required: t("session.missing") })}
              />
            </Field>
            {heldUntil && (
              <Notice tone="warn" title={t("session.held")}>
                {t("session.heldUntil")} <Countdown until={heldUntil} />
              </Notice>
            )}
            {failure !== null && <Failed error={failure} />}
            <Button look="primary" type="submit" busy={formState.isSubmitting} className="h-9 w-full">
              {t("session.enter")}
            </Button>
            <button
              type="button"
              aria-pressed={named}
              onClick={() => setNamed(!named)}
              className="-my-1 self-center rounded px-1 py-1 text-muted text-xs hover:text-fg"
            >
              {named ? t("session.asOwner") : t("session.asOther")}
            </button>
          </form>
          <details className="mt-4 text-muted text-sm">
            <summary className="list-none rounded text-center hover:text-fg [&::-webkit-details-marker]:hidden">
              {t("session.lost")}
            </summary>
            <p className="mt-2">{t("session.lostHint")}</p>
            <pre className="mt-2 overflow-x-auto rounded-lg border bg-sunken p-2.5 font-mono text-fg text-xs">
              {"grok2api admin reset-password"}
            </pre>
          </details>
        </div>
      </div>
    </main>
  );
}
