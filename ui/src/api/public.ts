/** The public API, as any client would use it: with a client key. */
import { readError } from "./client";

interface Options {
  /** A form, or whatever is to be sent as JSON. */
  body?: unknown;
  signal?: AbortSignal;
}

/** Send a request to /v1; errors are the same as the admin API's. */
export async function v1(key: string, method: string, path: string, { body, signal }: Options = {}): Promise<Response> {
  const headers: Record<string, string> = { Authorization: `Bearer ${key}` };
  const form = body instanceof FormData;
  if (body !== undefined && !form) headers["Content-Type"] = "application/json";
  const answer = await fetch(`/v1${path}`, {
    method,
    headers,
    body: form ? body : body === undefined ? undefined : JSON.stringify(body),
    signal,
    credentials: "omit",
  });
  if (!answer.ok) throw await readError(answer);
  return answer;
}

export type Kind = "text" | "image" | "video";

/** What a model makes, as far as its name tells. */
export function kindOf(model: string): Kind {
  if (!model.includes("imagine")) return "text";
  return model.includes("video") ? "video" : "image";
}

export async function listModels(key: string, signal?: AbortSignal): Promise<string[]> {
  const told = (await (await v1(key, "GET", "/models", { signal })).json()) as { data: { id: string }[] };
  return told.data.map((model) => model.id);
}
