import { Code } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Kind, kindOf } from "@/api/public";
import { Button } from "@/components/button";
import { CodeBlock } from "@/components/copy";
import { Dialog } from "@/components/dialog";
import { Field, Select } from "@/components/field";
import { Segmented } from "@/components/segmented";
import { type Call, type CodeLanguage, LANGUAGES, snippet } from "@/lib/snippets";

export interface BenchProps {
  apiKey: string;
  models: string[];
}

/** The model that was chosen among those of a kind; until somebody chooses, the one to begin with. */
export function useModel(models: string[], kind: Kind, first = ""): [string[], string, (model: string) => void] {
  const [chosen, setChosen] = useState("");
  const fitting = models.filter((model) => kindOf(model) === kind);
  const model = [chosen, first].find((each) => fitting.includes(each)) ?? fitting[0] ?? "";
  return [fitting, model, setChosen];
}

export function ModelSelect({
  models,
  value,
  onChange,
}: {
  models: string[];
  value: string;
  onChange: (model: string) => void;
}) {
  const { t } = useTranslation();
  return (
    <Field label={t("playground.model")}>
      <Select value={value} onChange={(event) => onChange(event.target.value)}>
        {models.length === 0 && <option value="">{t("playground.noModel")}</option>}
        {models.map((model) => (
          <option key={model} value={model}>
            {model}
          </option>
        ))}
      </Select>
    </Field>
  );
}

/** The same request as code: with the name of a variable where the key would stand. */
export function ViewCode({ call }: { call: Call }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [language, setLanguage] = useState<CodeLanguage>("curl");
  return (
    <>
      <Button onClick={() => setOpen(true)} icon={<Code className="size-4 text-muted" aria-hidden />}>
        {t("playground.code")}
      </Button>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title={t("playground.code")}
        description={t("playground.codeHint")}
        size="lg"
      >
        <div className="flex flex-col gap-3">
          <Segmented
            label={t("playground.language")}
            value={language}
            onChange={setLanguage}
            options={LANGUAGES.map(([value, label]) => ({ value, label }))}
          />
          <CodeBlock code={snippet(language, call, location.origin)} />
        </div>
      </Dialog>
    </>
  );
}
