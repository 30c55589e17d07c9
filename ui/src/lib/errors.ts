/** What an error is to a person: a title in his language, and the server's own words. */
import type { TFunction } from "i18next";
import { ApiError } from "@/api/client";

export interface Told {
  title: string;
  detail: string;
  reference: string;
}

const KNOWN = new Set([
  "unreachable",
  "rate_limit_exceeded",
  "permission_denied",
  "invalid_api_key",
  "invalid_value",
  "missing_required_parameter",
  "not_found",
  "model_not_found",
  "already_in_pool",
  "no_available_account",
  "insufficient_quota",
  "content_policy_violation",
  "request_too_large",
  "internal_error",
  "store_unavailable",
  "upstream_error",
  "upstream_timeout",
  "overloaded",
  "context_length_exceeded",
  "unsupported_parameter",
  "endpoint_not_allowed",
  "ip_not_authorized",
  "cancelled_by_operator",
  "previous_response_not_found",
  "ledger_unavailable",
  "media_store_unavailable",
  "media_store_full",
  "unusable_media",
  "submission_unknown",
  "server_shutting_down",
  "request_timeout",
  "invalid_json",
]);

/** What a code of an error means, in a few words; a code that nobody knows stays as it is. */
export function codeText(code: string, t: TFunction): string {
  return KNOWN.has(code) ? t(`errors.${code}`) : code;
}

export function errorText(error: unknown, t: TFunction): Told {
  if (error instanceof ApiError) {
    const title = KNOWN.has(error.code)
      ? t(`errors.${error.code}`)
      : error.status >= 500
        ? t("errors.server")
        : t("errors.refused");
    return { title, detail: error.message, reference: error.requestId };
  }
  return {
    title: t("errors.unexpected"),
    detail: error instanceof Error ? error.message : String(error),
    reference: "",
  };
}
