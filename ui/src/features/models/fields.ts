/** What a form holds of a name, and what of it the API is told: all of it, for it replaces what was said. */
import type { ModelView, SentOverride } from "@/api/schema";
import { oneOf } from "@/lib/search-values";

export const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;
type Effort = (typeof EFFORTS)[number];
const TIERS = ["basic", "super", "any"] as const;

export interface StandForm {
  model: string;
  effort: string;
  /** Not in the form, but kept. */
  asked: string;
}

export interface ModelForm {
  id: string;
  target: string;
  effort: string;
  asked: string;
  fallbacks: StandForm[];
  reasoning: "" | "yes" | "no";
  tier: string;
  visibility: "listed" | "unlisted" | "off";
  note: string;
}

export const NEW_NAME: ModelForm = {
  id: "",
  target: "",
  effort: "",
  asked: "",
  fallbacks: [],
  reasoning: "",
  tier: "",
  visibility: "listed",
  note: "",
};

export function modelForm(model: ModelView): ModelForm {
  const said = model.override;
  if (!said) return { ...NEW_NAME, id: model.id };
  return {
    id: model.id,
    target: said.target,
    effort: said.effort ?? "",
    asked: said.asked ?? "",
    fallbacks: said.fallbacks.map((each) => ({
      model: each.model,
      effort: each.effort ?? "",
      asked: each.asked ?? "",
    })),
    reasoning: said.reasoning_shown === null ? "" : said.reasoning_shown ? "yes" : "no",
    tier: said.tier ?? "",
    visibility: said.visibility,
    note: said.note,
  };
}

const effort = (text: string): Effort | null => oneOf(text, EFFORTS) ?? null;

export function overrideOf(form: ModelForm): SentOverride {
  return {
    target: form.target.trim(),
    effort: effort(form.effort),
    asked: effort(form.asked),
    fallbacks: form.fallbacks
      .filter((each) => each.model.trim())
      .map((each) => ({ model: each.model.trim(), effort: effort(each.effort), asked: effort(each.asked) })),
    reasoning_shown: form.reasoning === "" ? null : form.reasoning === "yes",
    tier: oneOf(form.tier, TIERS) ?? null,
    visibility: form.visibility,
    note: form.note.trim(),
  };
}

/** Whether nothing is said any more, so that it can be taken back whole. */
export function saysNothing(said: SentOverride): boolean {
  return (
    !said.target &&
    !said.effort &&
    !said.asked &&
    !said.fallbacks?.length &&
    said.reasoning_shown === null &&
    !said.tier &&
    said.visibility === "listed" &&
    !said.note
  );
}

/** The field that an error's `param` names: `fallbacks[0].model` is `fallbacks.0.model` in a form. */
export function fieldOf(param: string): string {
  const field = param.replace(/\[(\d+)\]/g, ".$1");
  return field === "reasoning_shown" ? "reasoning" : field;
}
