/** Who is signed in. A mark in this browser spares a stranger's page the question that fails. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { API, ApiError, api } from "./client";
import type { SessionView, SetupView } from "./schema";

const MARK = "grok2api.signed-in";

export function maySignedIn(): boolean {
  return localStorage.getItem(MARK) !== null;
}

export function forgetSession(): void {
  localStorage.removeItem(MARK);
}

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async (): Promise<SessionView | null> => {
    if (!maySignedIn()) return null;
    try {
      return await api.get<SessionView>("/session");
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        forgetSession();
        return null;
      }
      throw error;
    }
  },
  staleTime: 60_000,
});

export type Role = SessionView["role"];
const RANKS: Role[] = ["viewer", "operator", "owner"];

/** Tell whether the role of who is signed in is enough: what he may not do is not offered to him. */
export function useMay(): (least: Role) => boolean {
  const { data } = useQuery(sessionQuery);
  return (least) => !!data && RANKS.indexOf(data.role) >= RANKS.indexOf(least);
}

/** What the sign-in page has to know before anybody has signed in. */
export const setupQuery = queryOptions({
  queryKey: ["setup"],
  queryFn: ({ signal }) => api.get<SetupView>("/setup", undefined, signal),
  staleTime: 60_000,
});

/** Note that this browser has a session: it came by single sign-on, or with a password. */
export function noteSignedIn(): void {
  localStorage.setItem(MARK, "1");
}

/** Without a name it is the owner's password; the code is an authenticator app's, if the server asks for one. */
export async function signIn(password: string, name = "", code = ""): Promise<void> {
  await api.post("/session", { password, ...(name && { name }), ...(code && { code }) });
  noteSignedIn();
}

/** End the session; whoever came by single sign-on is led by the server, to his provider or to the sign-in page. */
export async function signOut(session?: SessionView | null): Promise<"led" | "stays"> {
  await api.delete("/session").catch(() => undefined);
  forgetSession();
  if (!session?.single_sign_on) return "stays";
  location.assign(`${API}/session/sso/end`);
  return "led";
}

/** The role of whoever is signed in; the least until that is known. */
export function useRole(): SessionView["role"] {
  return useQuery(sessionQuery).data?.role ?? "viewer";
}
