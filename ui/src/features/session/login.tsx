import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate, useRouter } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import type { CredentialPage } from "@/api/schema";
import { sessionQuery, setupQuery, signIn } from "@/api/session";
import { Button } from "@/components/button";
import { Field, Input, SecretInput } from "@/components/field";
import { Failed, Notice } from "@/components/states";
import { Countdown } from "@/components/timeago";
import { useTitle } from "@/lib/hooks";
import { Brand } from "@/shell/shell";
import { LanguageMenu, ThemeMenu } from "@/shell/topbar";
import { SingleSignOn, SingleSignOnFailed } from "./single-sign-on";

const route = getRouteApi("/login");

/** A page for somebody who is not inside yet. */
export function Entrance({ title, hint, children }: { title: string; hint: string; children: ReactNode }) {
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
              <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
              <p className="text-muted text-sm">{hint}</p>
            </div>
          </div>
          {children}
        </div>
      </div>
    </main>
  );
}

/** The password, and then the code of an authenticator app where the server asks for one. */
function PasswordLogin({ onDone }: { onDone: () => Promise<void> }) {
  const { t } = useTranslation();
  const [failure, setFailure] = useState<unknown>(null);
  const [named, setNamed] = useState(false);
  const [coded, setCoded] = useState(false);
  const [heldUntil, setHeldUntil] = useState<string | null>(null);
  const [given, setGiven] = useState({ name: "", password: "", code: "" });
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const asked = useRef<HTMLInputElement>(null);
  const type = () => setWrong("");
  const refuse = (words: string) => {
    setWrong(words);
    asked.current?.focus();
    asked.current?.select();
  };
  const tell = (error: unknown) => {
    if (error instanceof ApiError && error.code === "second_factor_needed") setCoded(true);
    else if (error instanceof ApiError && error.status === 401) {
      refuse(t(coded ? "session.wrongCode" : "session.wrong"));
    } else if (error instanceof ApiError && error.status === 429) {
      setHeldUntil(new Date(Date.now() + (error.retryAfter ?? 60) * 1000).toISOString());
    } else setFailure(error);
  };
  const enter = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    // What a password manager has filled in is read from the fields, which tell nobody of it.
    const all = { ...given, ...(Object.fromEntries(new FormData(event.currentTarget)) as Partial<typeof given>) };
    setGiven(all);
    if (!(coded ? all.code : all.password)) return refuse(t(coded ? "session.codeMissing" : "session.missing"));
    setFailure(null);
    setHeldUntil(null);
    setWrong("");
    setBusy(true);
    try {
      await signIn(all.password, named ? all.name.trim() : "", coded ? all.code.trim() : "");
      await onDone();
    } catch (error) {
      tell(error);
    } finally {
      setBusy(false);
    }
  };
  const startOver = () => {
    setCoded(false);
    setWrong("");
    setGiven((before) => ({ ...before, code: "" }));
  };
  return (
    <form
      onSubmit={(event) => void enter(event)}
      className="flex flex-col gap-4 rounded-xl border bg-panel p-5 shadow-card"
      noValidate
    >
      {!coded && named && (
        <Field label={t("session.name")}>
          <Input autoComplete="username" name="name" defaultValue={given.name} onInput={type} autoFocus />
        </Field>
      )}
      {!coded && (
        <Field label={t("session.password")} error={wrong}>
          <SecretInput
            autoComplete="current-password"
            autoFocus
            name="password"
            defaultValue={given.password}
            onInput={type}
            ref={asked}
          />
        </Field>
      )}
      {coded && (
        <Field label={t("session.code")} hint={t("session.codeHint")} error={wrong}>
          <Input
            autoComplete="one-time-code"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
            className="font-mono"
            name="code"
            defaultValue={given.code}
            onInput={type}
            ref={asked}
          />
        </Field>
      )}
      {heldUntil && (
        <Notice tone="warn" title={t("session.held")}>
          {t("session.heldUntil")} <Countdown until={heldUntil} />
        </Notice>
      )}
      {failure !== null && <Failed error={failure} />}
      <Button look="primary" type="submit" busy={busy} className="h-9 w-full">
        {t("session.enter")}
      </Button>
      {coded ? (
        <button
          type="button"
          onClick={startOver}
          className="-my-1 self-center rounded px-1 py-1 text-muted text-xs hover:text-fg"
        >
          {t("session.startOver")}
        </button>
      ) : (
        <button
          type="button"
          aria-pressed={named}
          onClick={() => setNamed(!named)}
          className="-my-1 self-center rounded px-1 py-1 text-muted text-xs hover:text-fg"
        >
          {named ? t("session.asOwner") : t("session.asOther")}
        </button>
      )}
    </form>
  );
}

function Reset({ title, hint }: { title: string; hint: string }) {
  return (
    <details className="mt-4 text-muted text-sm">
      <summary className="list-none rounded text-center hover:text-fg [&::-webkit-details-marker]:hidden">
        {title}
      </summary>
      <p className="mt-2">{hint}</p>
      <pre className="mt-2 overflow-x-auto rounded-lg border bg-sunken p-2.5 font-mono text-fg text-xs">
        {"grok2api admin reset-password"}
      </pre>
    </details>
  );
}

export default function LoginPage() {
  const { t } = useTranslation();
  useTitle(t("session.title"));
  const { next, failed } = route.useSearch();
  const navigate = useNavigate();
  const router = useRouter();
  const queries = useQueryClient();
  const { data: setup } = useQuery(setupQuery);
  const passwords = setup?.password_login !== false;
  const page = next ? (next.startsWith("/") ? next : `/${next}`) : "/";
  const inside = async () => {
    await queries.fetchQuery({ ...sessionQuery, staleTime: 0 });
    if (next) return router.history.push(`/admin${page}`);
    const found = await api.get<CredentialPage>("/credentials", { limit: 1 }).catch(() => null);
    await navigate({ to: found?.total === 0 ? "/setup" : "/" });
  };
  return (
    <Entrance
      title={t("session.title")}
      hint={t(!passwords ? "session.hintSso" : setup?.single_sign_on ? "session.hintBoth" : "session.hint")}
    >
      {failed && <SingleSignOnFailed code={failed} setup={setup} />}
      {setup?.single_sign_on && <SingleSignOn name={setup.single_sign_on} page={page} />}
      {setup?.single_sign_on && passwords && (
        <p className="my-3 flex items-center gap-3 text-muted text-xs">
          <span className="h-px flex-1 bg-line" aria-hidden />
          {t("session.or")}
          <span className="h-px flex-1 bg-line" aria-hidden />
        </p>
      )}
      {passwords && <PasswordLogin onDone={inside} />}
      <Reset title={t("session.lost")} hint={t(passwords ? "session.lostHint" : "session.passwordsOff")} />
    </Entrance>
  );
}
