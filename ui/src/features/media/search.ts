/** The filters of the media page, as its address holds them. */
import { oneOf, textIn } from "@/lib/search-values";

export const MEDIA_KINDS = ["image", "video", "audio"] as const;

export interface MediaSearch {
  kind?: (typeof MEDIA_KINDS)[number];
  /** The id of the client key that it was made for. */
  owner?: string;
  /** What is looked at. */
  id?: string;
}

export function readMediaSearch(search: Record<string, unknown>): MediaSearch {
  return { kind: oneOf(search.kind, MEDIA_KINDS), owner: textIn(search.owner), id: textIn(search.id) };
}
