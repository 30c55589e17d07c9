/** One way to the admin API: same origin, the session's cookie, errors with the server's own words. */

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly param: string | null = null,
    readonly requestId: string = "",
    readonly retryAfter: number | null = null,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

export const API = "/admin/api";

type Query = Record<string, string | number | boolean | string[] | undefined | null>;

interface Options {
  query?: Query;
  body?: unknown;
  raw?: { content: BodyInit; type: string };
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** Whether it was refused once already. */
  again?: boolean;
}

const signedOut = new Set<() => void>();
const appRequired = new Set<() => void>();

/** Call back when the session has ended under a request. */
export function onSignedOut(listener: () => void): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

/** Call back when a request was refused because its sender has to set up an authenticator app first. */
export function onAppRequired(listener: () => void): () => void {
  appRequired.add(listener);
  return () => appRequired.delete(listener);
}

export function queryString(query: Query): string {
  const written = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null && each !== "") written.append(name, String(each));
    }
  }
  const text = written.toString();
  return text ? `?${text}` : "";
}

/** What begins a new session in place of the one that asks for it. */
const RENEWS = "/session/password";
let renewed: Promise<unknown> = Promise.resolve();

async function isSignedIn(): Promise<boolean> {
  await renewed;
  try {
    return (await fetch(`${API}/session`, { credentials: "same-origin" })).ok;
  } catch {
    return false;
  }
}

/** Send a request. While a new session is begun others wait: the one they would show is ending. */
export async function send(method: string, path: string, options: Options = {}): Promise<Response> {
  if (path !== RENEWS) {
    await renewed;
    return deliver(method, path, options);
  }
  const answer = deliver(method, path, options);
  renewed = answer.catch(() => undefined);
  return answer;
}

async function deliver(method: string, path: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = { "X-Requested-With": "grok2api-console", ...options.headers };
  let body: BodyInit | undefined;
  if (options.raw) {
    headers["Content-Type"] = options.raw.type;
    body = options.raw.content;
  } else if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(options.body);
  }
  const url = API + path + queryString(options.query ?? {});
  let answer: Response;
  try {
    answer = await fetch(url, { method, headers, body, signal: options.signal, credentials: "same-origin" });
  } catch (reason) {
    if (options.signal?.aborted) throw reason;
    throw new ApiError(0, "unreachable", "");
  }
  if (answer.ok) return answer;
  // Another request may have begun a new session meanwhile, as a new password does: then this one is sent with that.
  if (answer.status === 401 && path !== "/session" && !options.again && (await isSignedIn()))
    return deliver(method, path, { ...options, again: true });
  const error = await readError(answer);
  if (error.status === 401 && path !== "/session") for (const each of signedOut) each();
  if (error.code === "second_factor_required") for (const each of appRequired) each();
  throw error;
}

export async function readError(answer: Response): Promise<ApiError> {
  const requestId = answer.headers.get("x-request-id") ?? "";
  const wait = Number(answer.headers.get("retry-after") ?? "") || null;
  try {
    const told = (await answer.json()) as { error: { message: string; code: string | null; param: string | null } };
    const { message, code, param } = told.error;
    return new ApiError(answer.status, code ?? "", message, param, requestId, wait);
  } catch {
    return new ApiError(answer.status, "unreadable", answer.statusText, null, requestId, wait);
  }
}

async function json<T>(method: string, path: string, options?: Options): Promise<T> {
  const answer = await send(method, path, options);
  return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T);
}

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => json<T>("GET", path, { query, signal }),
  post: <T>(path: string, body?: unknown, options?: Options) => json<T>("POST", path, { body, ...options }),
  patch: <T>(path: string, body: unknown) => json<T>("PATCH", path, { body }),
  put: <T>(path: string, body: unknown) => json<T>("PUT", path, { body }),
  delete: <T = void>(path: string) => json<T>("DELETE", path),
};
