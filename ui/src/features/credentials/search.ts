/** The filters of the credentials page, as its address holds them. */
import { STATUSES, type StatusName } from "@/api/queries";
import { oneOf, textIn } from "@/lib/search-values";

export type OpenDialog = "add" | "sign-in" | "import" | "export";

export interface CredentialFilter {
  status?: StatusName;
  kind?: "api_key" | "oauth";
  tier?: "basic" | "super";
  tag?: string;
  text?: string;
}

export interface CredentialSearch extends CredentialFilter {
  /** The credential whose drawer is open. */
  id?: string;
  open?: OpenDialog;
}

export function readCredentialSearch(search: Record<string, unknown>): CredentialSearch {
  return {
    status: oneOf(search.status, STATUSES),
    kind: oneOf(search.kind, ["api_key", "oauth"] as const),
    tier: oneOf(search.tier, ["basic", "super"] as const),
    tag: textIn(search.tag),
    text: textIn(search.text),
    id: textIn(search.id),
    open: oneOf(search.open, ["add", "sign-in", "import", "export"] as const),
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
