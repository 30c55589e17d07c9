import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, CircleCheck, KeyRound, MessagesSquare, Smartphone, Terminal } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { listModels, v1 } from "@/api/public";
import { countsQuery } from "@/api/queries";
import type { KeyMade } from "@/api/schema";
import { sessionQuery } from "@/api/session";
import { Button } from "@/components/button";
import { CodeBlock } from "@/components/copy";
import { Field, Input, SecretInput } from "@/components/field";
import { Page } from "@/components/page";
import { Segmented } from "@/components/segmented";
import { Failed, Notice } from "@/components/states";
import { setClientKey, useClientKey } from "@/lib/client-key";
import { cn } from "@/lib/cn";
import { useLatest } from "@/lib/latest";
import { snippet } from "@/lib/snippets";
import { AddKeyForm } from "../credentials/add-key";
import { SignInSteps } from "../credentials/sign-in";
import { PasswordForm } from "../team/password";

function Step({
  number,
  title,
  hint,
  done,
  open,
  onOpen,
  children,
}: {
  number: number;
  title: string;
  hint: string;
  done: boolean;
  open: boolean;
  onOpen: () => void;
  children: ReactNode;
}) {
  return (
    <li className="rounded-xl border bg-panel shadow-card">
      <button
        type="button"
        onClick={onOpen}
        aria-expanded={open}
        className="flex w-full items-center gap-3.5 rounded-xl px-4 py-3.5 text-left"
      >
        <span
          className={cn(
            "num grid size-7 shrink-0 place-items-center rounded-full border font-semibold text-xs",
            done
              ? "border-transparent bg-ok-soft text-ok"
              : open
                ? "border-transparent bg-accent text-accent-fg"
                : "text-muted",
          )}
          aria-hidden
        >
          {done ? <Check className="size-4" /> : number}
        </span>
        <span className="min-w-0">
          <span className="block font-semibold text-sm">{title}</span>
          <span className="block text-muted text-xs">{hint}</span>
        </span>
      </button>
      {open && <div className="border-t p-4">{children}</div>}
    </li>
  );
}

function FirstCredential({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [way, setWay] = useState<"key" | "sign-in">("key");
  return (
    <div className="flex flex-col gap-4">
      <Segmented
        label={t("session.setup.way")}
        value={way}
        onChange={setWay}
        options={[
          {
            value: "key",
            label: (
              <>
                <KeyRound className="size-3.5" aria-hidden />
                {t("session.setup.byKey")}
              </>
            ),
          },
          {
            value: "sign-in",
            label: (
              <>
                <Smartphone className="size-3.5" aria-hidden />
                {t("session.setup.bySignIn")}
              </>
            ),
          },
        ]}
      />
      {way === "key" ? <AddKeyForm plain onDone={onDone} /> : <SignInSteps onDone={onDone} />}
    </div>
  );
}

/** Make the first key here; it goes straight to the next step and the playground. */
function MakeKey({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const work = useLatest<KeyMade>();
  if (work.value) {
    return (
      <div className="flex flex-col gap-4">
        <Notice tone="warn" title={t("keys.once")}>
          {t("keys.onceHint")}
        </Notice>
        <CodeBlock code={work.value.key} label={t("keys.theKey")} />
        <Button
          look="primary"
          className="self-end"
          onClick={() => {
            setClientKey(work.value?.key ?? "");
            onDone();
          }}
        >
          {t("keys.kept")}
        </Button>
      </div>
    );
  }
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void work.run(() => api.post<KeyMade>("/keys", { name: name.trim() }));
      }}
    >
      <Field label={t("keys.field.name")} hint={t("session.setup.nameHint")}>
        <Input value={name} onChange={(event) => setName(event.target.value)} maxLength={200} />
      </Field>
      {work.error !== null && <Failed error={work.error} />}
      <Button look="primary" type="submit" busy={work.busy} disabled={!name.trim()} className="self-end">
        {t("keys.make")}
      </Button>
    </form>
  );
}

function FirstKey({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [way, setWay] = useState<"make" | "paste">("make");
  return (
    <div className="flex flex-col gap-4">
      <Segmented
        label={t("session.setup.key")}
        value={way}
        onChange={setWay}
        options={[
          { value: "make", label: t("keys.create") },
          { value: "paste", label: t("session.setup.have") },
        ]}
      />
      {way === "make" ? <MakeKey onDone={onDone} /> : <PasteKey onDone={onDone} />}
    </div>
  );
}

function PasteKey({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const check = useLatest<boolean>();
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void check.run(async (signal) => {
          await v1(typed.trim(), "GET", "/models", { signal });
          setClientKey(typed);
          onDone();
          return true;
        });
      }}
    >
      <p className="text-sm text-soft">{t("session.setup.keyText")}</p>
      <CodeBlock code={"grok2api keys create --name my-app"} />
      <Field label={t("session.setup.paste")} hint={t("playground.key.hint")}>
        <SecretInput value={typed} onChange={(event) => setTyped(event.target.value)} placeholder="sk-…" />
      </Field>
      {check.error !== null && <Failed error={check.error} />}
      <Button look="primary" type="submit" busy={check.busy} disabled={!typed.trim()} className="self-end">
        {t("session.setup.check")}
      </Button>
    </form>
  );
}

/** Wait, not for ever, until a credential that was just added has brought its models. */
async function modelsOf(key: string, signal: AbortSignal): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) {
    if ((await listModels(key, signal)).includes(BODY.model)) return;
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
}

const BODY = { model: "grok-4", messages: [{ role: "user", content: "Say hello in one short sentence." }] };

function FirstCall({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const key = useClientKey();
  const work = useLatest<string>();
  const call = { method: "POST", path: "/v1/chat/completions", body: BODY };
  const ask = () =>
    work.run(async (signal) => {
      await modelsOf(key, signal);
      const answer = await v1(key, "POST", "/chat/completions", { body: BODY, signal });
      const told = (await answer.json()) as { choices: { message: { content: string } }[] };
      onDone();
      return told.choices[0]?.message.content ?? "";
    });
  return (
    <div className="flex flex-col gap-4">
      <CodeBlock code={snippet("curl", call, location.origin)} />
      {work.value !== null && (
        <Notice tone="ok" title={t("session.setup.answered")}>
          {work.value}
        </Notice>
      )}
      {work.error !== null && <Failed error={work.error} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button
          look="primary"
          busy={work.busy}
          disabled={!key}
          onClick={() => void ask()}
          icon={<Terminal className="size-4" aria-hidden />}
        >
          {t("session.setup.run")}
        </Button>
      </div>
      {!key && <p className="text-right text-muted text-xs">{t("session.setup.keyFirst")}</p>}
    </div>
  );
}

interface StepKind {
  id: "password" | "credential" | "key" | "call";
  done: boolean;
  content: ReactNode;
}

export default function SetupPage() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const { data: counts } = useQuery(countsQuery);
  const key = useClientKey();
  const [called, setCalled] = useState(false);
  const [changed, setChanged] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const proceed = () => setChosen(null);
  const steps: StepKind[] = [
    { id: "credential", done: (counts?.all ?? 0) > 0, content: <FirstCredential onDone={proceed} /> },
    { id: "key", done: key !== "", content: <FirstKey onDone={proceed} /> },
    { id: "call", done: called, content: <FirstCall onDone={() => setCalled(true)} /> },
  ];
  const made = session?.change_password === true;
  if (made || changed) {
    const done = async () => {
      setChanged(true);
      proceed();
      await queries.invalidateQueries({ queryKey: ["session"] });
    };
    steps.unshift({ id: "password", done: changed || !made, content: <PasswordForm onDone={() => void done()} /> });
  }
  const next = steps.find((step) => !step.done);
  const open = chosen ?? next?.id ?? "call";
  return (
    <Page title={t("session.setup.title")} description={t("session.setup.description")}>
      <ol className="flex w-full max-w-2xl flex-col gap-3">
        {steps.map((step, place) => (
          <Step
            key={step.id}
            number={place + 1}
            title={t(`session.setup.${step.id}`)}
            hint={t(`session.setup.${step.id}Hint`)}
            done={step.done}
            open={open === step.id}
            onOpen={() => setChosen(open === step.id ? "" : step.id)}
          >
            {step.content}
          </Step>
        ))}
      </ol>
      {!next && (
        <div className="flex w-full max-w-2xl flex-wrap items-center justify-between gap-3 rounded-xl bg-ok-soft p-4">
          <p className="flex items-center gap-2 font-medium text-ok text-sm">
            <CircleCheck className="size-4" aria-hidden />
            {t("session.setup.finished")}
          </p>
          <Link
            to="/playground"
            className="inline-flex items-center gap-1.5 rounded font-medium text-ok text-sm hover:underline"
          >
            <MessagesSquare className="size-4" aria-hidden />
            {t("nav.playground")}
          </Link>
        </div>
      )}
    </Page>
  );
}
