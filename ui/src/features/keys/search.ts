/** The filters of the keys page, as its address holds them. */
import { oneOf, textIn } from "@/lib/search-values";

export const STATES = ["active", "disabled", "expired"] as const;

export interface KeyFilter {
  text?: string;
  state?: (typeof STATES)[number];
}

export interface KeySearch extends KeyFilter {
  /** The key whose drawer is open. */
  id?: string;
  open?: "create";
}

export function readKeySearch(search: Record<string, unknown>): KeySearch {
  return {
    text: textIn(search.text),
    state: oneOf(search.state, STATES),
    id: textIn(search.id),
    open: oneOf(search.open, ["create"] as const),
  };
}
