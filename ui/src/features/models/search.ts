/** What the address of the models page holds. */
import { oneOf, textIn } from "@/lib/search-values";

export const SOURCES = ["operator", "built_in", "upstream", "alias"] as const;
export const KINDS = ["text", "image", "video", "audio"] as const;
export const VISIBILITIES = ["listed", "unlisted", "off"] as const;

export interface ModelSearch {
  view?: "prices";
  text?: string;
  source?: (typeof SOURCES)[number];
  kind?: (typeof KINDS)[number];
  visibility?: (typeof VISIBILITIES)[number];
  /** The name whose drawer is open, or the model whose price is. */
  id?: string;
  open?: "create";
}

export function readModelSearch(search: Record<string, unknown>): ModelSearch {
  return {
    view: oneOf(search.view, ["prices"] as const),
    text: textIn(search.text),
    source: oneOf(search.source, SOURCES),
    kind: oneOf(search.kind, KINDS),
    visibility: oneOf(search.visibility, VISIBILITIES),
    id: textIn(search.id),
    open: oneOf(search.open, ["create"] as const),
  };
}
