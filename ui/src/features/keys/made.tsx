import { useTranslation } from "react-i18next";
import type { KeyMade } from "@/api/schema";
import { Button } from "@/components/button";
import { CodeBlock } from "@/components/copy";
import { Notice } from "@/components/states";
import { setClientKey } from "@/lib/client-key";
import { snippet } from "@/lib/snippets";
import { toast } from "@/lib/toasts";

const CALL = {
  method: "POST",
  path: "/v1/chat/completions",
  body: { model: "grok-4", messages: [{ role: "user", content: "Hello" }] },
};

/** The new key, this once, and a call with it. */
export function Made({ made, onDone }: { made: KeyMade; onDone: () => void }) {
  const { t } = useTranslation();
  const code = snippet("curl", CALL, location.origin).replace("$GROK2API_KEY", made.key);
  return (
    <div className="flex flex-col gap-4">
      <Notice tone="warn" title={t("keys.once")}>
        {t("keys.onceHint")}
      </Notice>
      <CodeBlock code={made.key} label={t("keys.theKey")} />
      <p className="font-medium text-sm">{t("keys.tryIt")}</p>
      <CodeBlock code={code} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button
          onClick={() => {
            setClientKey(made.key);
            toast.ok(t("keys.inPlayground"));
          }}
        >
          {t("keys.toPlayground")}
        </Button>
        <Button look="primary" onClick={onDone}>
          {t("keys.kept")}
        </Button>
      </div>
    </div>
  );
}
