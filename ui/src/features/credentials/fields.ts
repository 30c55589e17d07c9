/** What a form holds of a credential, and what of it the API is told. */
import type { CredentialView, EditBody } from "@/api/schema";

export interface CredentialForm {
  name: string;
  tier: "basic" | "super";
  tags: string;
  note: string;
  priority: string;
  weight: string;
  max_concurrency: string;
  proxy: string;
  models: string;
}

/** The parts of a list that somebody typed, with commas or line breaks between them. */
export function parts(text: string): string[] {
  return [
    ...new Set(
      text
        .split(/[,，\n]/)
        .map((each) => each.trim())
        .filter(Boolean),
    ),
  ];
}

export function formOf(credential: CredentialView): CredentialForm {
  return {
    name: credential.name,
    tier: credential.tier,
    tags: credential.tags.join(", "),
    note: credential.note,
    priority: String(credential.priority),
    weight: String(credential.weight),
    max_concurrency: String(credential.max_concurrency),
    proxy: credential.proxy,
    models: credential.models.join(", "),
  };
}

export const NEW_FORM: CredentialForm = {
  name: "",
  tier: "super",
  tags: "",
  note: "",
  priority: "",
  weight: "",
  max_concurrency: "",
  proxy: "",
  models: "",
};

/** Only what differs from before: what is left out stays as it is. */
export function changesOf(form: CredentialForm, before: CredentialForm): EditBody {
  const changes: EditBody = {};
  for (const field of ["name", "note", "proxy"] as const) {
    if (form[field].trim() !== before[field]) changes[field] = form[field].trim();
  }
  if (form.tier !== before.tier) changes.tier = form.tier;
  for (const field of ["tags", "models"] as const) {
    if (parts(form[field]).join() !== parts(before[field]).join()) changes[field] = parts(form[field]);
  }
  for (const field of ["priority", "weight", "max_concurrency"] as const) {
    if (form[field] !== before[field] && form[field] !== "") changes[field] = Number(form[field]);
  }
  return changes;
}
