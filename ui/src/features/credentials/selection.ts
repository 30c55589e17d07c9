/** Which credentials are meant: some by their ids, or all that fit the filter. */
import { type CredentialFilter, filterBody } from "./search";

export interface Selection {
  ids: ReadonlySet<string>;
  everything: boolean;
}

export function selectedCount(selection: Selection, total: number): number {
  return selection.everything ? total : selection.ids.size;
}

export function wantedOf(selection: Selection, filter: CredentialFilter) {
  return selection.everything ? { filter: filterBody(filter) } : { ids: [...selection.ids] };
}
