/** Who is signed in. A mark in this browser spares a stranger's page the question that fails. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { ApiError, api } from "./client";
import type { SessionView } from "./schema";

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

export async function signIn(password: string, name = ""): Promise<void> {
  await api.post("/session", name ? { name, password } : { password });
  localStorage.setItem(MARK, "1");
}

export async function signOut(): Promise<void> {
  await api.delete("/session").catch(() => undefined);
  forgetSession();
}

/** The role of whoever is signed in; the least until that is known. */
export function useRole(): SessionView["role"] {
  return useQuery(sessionQuery).data?.role ?? "viewer";
}
