import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Field, Select, Textarea } from "@/components/field";
import { Checkbox } from "@/components/toggle";
import { useMedia } from "@/lib/hooks";
import { EXAMPLE, HOSTED, readFunctions, toolsOf } from "./tools";

const EFFORTS = ["", "none", "low", "medium", "high"];

/** What a conversation is held with, beside its model. */
export function useChatOptions(given = "") {
  const [system, setSystem] = useState(given);
  const [effort, setEffort] = useState("");
  const [hosted, setHosted] = useState<string[]>([]);
  const [functions, setFunctions] = useState("");
  const read = readFunctions(functions);
  return {
    given: { system, effort, tools: toolsOf(hosted, read ?? []) },
    right: read !== undefined,
    system,
    setSystem,
    effort,
    setEffort,
    hosted,
    setHosted,
    functions,
    setFunctions,
  };
}

export function ChatOptionFields({ options }: { options: ReturnType<typeof useChatOptions> }) {
  const { t } = useTranslation();
  const { hosted } = options;
  const wide = useMedia("(min-width: 64rem)");
  return (
    <>
      <Field label={t("playground.effort")}>
        <Select value={options.effort} onChange={(event) => options.setEffort(event.target.value)}>
          {EFFORTS.map((each) => (
            <option key={each} value={each}>
              {t(`playground.efforts.${each || "auto"}`)}
            </option>
          ))}
        </Select>
      </Field>
      <details className="rounded-lg border" open={wide}>
        <summary className="rounded-lg px-3 py-1.5 text-sm">{t("playground.more")}</summary>
        <div className="flex flex-col gap-4 border-t p-3">
          <Field label={t("playground.system")} optional>
            <Textarea rows={3} value={options.system} onChange={(event) => options.setSystem(event.target.value)} />
          </Field>
          <fieldset className="flex flex-col gap-2">
            <legend className="mb-1.5 font-medium text-sm">{t("playground.tools.title")}</legend>
            {HOSTED.map((each) => (
              <Checkbox
                key={each}
                shown
                label={t(`playground.tools.${each}`)}
                checked={hosted.includes(each)}
                onChange={(on) => options.setHosted(on ? [...hosted, each] : hosted.filter((one) => one !== each))}
              />
            ))}
          </fieldset>
          <Field
            label={t("playground.tools.functions")}
            optional
            hint={
              <button
                type="button"
                className="text-accent-text hover:underline"
                onClick={() => options.setFunctions(EXAMPLE)}
              >
                {t("playground.tools.example")}
              </button>
            }
            error={options.right ? undefined : t("playground.tools.wrong")}
          >
            <Textarea
              rows={3}
              className="font-mono text-xs"
              value={options.functions}
              onChange={(event) => options.setFunctions(event.target.value)}
            />
          </Field>
        </div>
      </details>
    </>
  );
}
