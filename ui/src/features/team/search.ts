/** What the address of the team page holds. */
import { oneOf } from "@/lib/search-values";

export const VIEWS = ["account", "operators", "tokens", "sessions"] as const;
export type TeamView = (typeof VIEWS)[number];

export interface TeamSearch {
  view?: TeamView;
}

export function readTeamSearch(search: Record<string, unknown>): TeamSearch {
  return { view: oneOf(search.view, VIEWS) };
}
