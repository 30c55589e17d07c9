/** What a form holds of a client key, and what of it the API is told. */
import type { KeyBody, KeyView } from "@/api/schema";
import { parts } from "../credentials/fields";

export interface KeyForm {
  name: string;
  note: string;
  models: string;
  endpoints: string[];
  networks: string;
  pool_tags: string;
  pool_tier: "" | "basic" | "super";
  rpm: string;
  tpm: string;
  max_concurrency: string;
  budget_day_usd: string;
  budget_month_usd: string;
  expires_at: string;
  strict: boolean;
  never_log: boolean;
  record_content: boolean;
  content_hours: string;
}

export const NEW_KEY: KeyForm = {
  name: "",
  note: "",
  models: "",
  endpoints: [],
  networks: "",
  pool_tags: "",
  pool_tier: "",
  rpm: "",
  tpm: "",
  max_concurrency: "",
  budget_day_usd: "",
  budget_month_usd: "",
  expires_at: "",
  strict: false,
  never_log: false,
  record_content: false,
  content_hours: "",
};

/** A moment as a field for dates and times takes it: local, to the minute. */
export function localMoment(moment: string | null): string {
  if (!moment) return "";
  const at = new Date(moment);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const limit = (value: number) => (value > 0 ? String(value) : "");

export function keyForm(key: KeyView): KeyForm {
  return {
    name: key.name,
    note: key.note,
    models: key.models.join(", "),
    endpoints: [...key.endpoints],
    networks: key.networks.join(", "),
    pool_tags: key.pool_tags.join(", "),
    pool_tier: key.pool_tier === "basic" || key.pool_tier === "super" ? key.pool_tier : "",
    rpm: limit(key.rpm),
    tpm: limit(key.tpm),
    max_concurrency: limit(key.max_concurrency),
    budget_day_usd: key.budget_day?.usd ?? "",
    budget_month_usd: key.budget_month?.usd ?? "",
    expires_at: localMoment(key.expires_at),
    strict: key.strict,
    never_log: key.never_log,
    record_content: key.record_content,
    content_hours: limit(key.content_hours),
  };
}

/** Only what differs from before; an emptied field takes its limit away. */
export function keyChanges(form: KeyForm, before: KeyForm): KeyBody {
  const body: KeyBody = {};
  for (const field of ["name", "note", "pool_tier", "budget_day_usd", "budget_month_usd"] as const) {
    if (form[field].trim() !== before[field]) Object.assign(body, { [field]: form[field].trim() });
  }
  for (const field of ["models", "networks", "pool_tags"] as const) {
    if (parts(form[field]).join() !== parts(before[field]).join()) body[field] = parts(form[field]);
  }
  for (const field of ["rpm", "tpm", "max_concurrency", "content_hours"] as const) {
    if (form[field] !== before[field]) body[field] = Number(form[field] || 0);
  }
  for (const field of ["strict", "never_log", "record_content"] as const) {
    if (form[field] !== before[field]) body[field] = form[field];
  }
  if ([...form.endpoints].sort().join() !== [...before.endpoints].sort().join()) {
    body.endpoints = form.endpoints as KeyBody["endpoints"];
  }
  if (form.expires_at !== before.expires_at) {
    body.expires_at = form.expires_at ? new Date(form.expires_at).toISOString() : "";
  }
  return body;
}
