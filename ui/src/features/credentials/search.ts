/** The filters of the credentials page, as its address holds them. */
import { STATUSES, type StatusName } from "@/api/queries";

export type OpenDialog = "add" | "sign-in" | "import" | "export";

export interface CredentialSearch {
  status?: StatusName;
  kind?: "api_key" | "oauth";
  tier?: "basic" | "super";
  tag?: string;
  text?: string;
  /** The credential whose drawer is open. */
  id?: string;
  open?: OpenDialog;
}

export interface CredentialFilter {
  status?: StatusName;
  kind?: "api_key" | "oauth";
  tier?: "basic" | "super";
  tag?: string;
  text?: string;
}

function one<T extends string>(value: unknown, choices: readonly T[]): T | undefined {
  return choices.find((each) => each === value);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value
    ? value.slice(0, 200)
    : typeof value === "number"
      ? String(value)
      : undefined;
}

export function readCredentialSearch(search: Record<string, unknown>): CredentialSearch {
  return {
    status: one(search.status, STATUSES),
    kind: one(search.kind, ["api_key", "oauth"] as const),
    tier: one(search.tier, ["basic", "super"] as const),
    tag: text(search.tag),
    text: text(search.text),
    id: text(search.id),
    open: one(search.open, ["add", "sign-in", "import", "export"] as const),
  };
}

export function filterOf({ status, kind, tier, tag, text }: CredentialSearch): CredentialFilter {
  return { status, kind, tier, tag, text };
}

export function isFiltered(filter: CredentialFilter): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}

/** The same filter as a body of the API; to mean all has to be said. */
export function filterBody({ status, kind, tier, tag, text }: CredentialFilter) {
  return {
    status: status ? [status] : [],
    kind: kind ? [kind] : [],
    tier: tier ? [tier] : [],
    tags: tag ? [tag] : [],
    text: text ?? "",
    everything: !isFiltered({ status, kind, tier, tag, text }),
  };
}
