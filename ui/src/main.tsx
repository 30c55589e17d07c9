import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { setNonce } from "get-nonce";
import { createRoot } from "react-dom/client";
import { ApiError, onAppRequired, onSignedOut } from "./api/client";
import { forgetSession, sessionQuery } from "./api/session";
import "./app.css";
import { ConfirmProvider } from "./components/confirm";
import { Toaster } from "./components/toaster";
import { TooltipProvider } from "./components/tooltip";
import { startLanguages } from "./i18n";
import { watchSystemTheme } from "./lib/theme";
import { createConsole, preloadPage } from "./router";

// Radix puts a style of its own into the page while a dialog is open; the page's policy asks for this mark.
setNonce(document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "");

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 4000,
      retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
});
const router = createConsole(queries);

onSignedOut(() => {
  forgetSession();
  const { pathname, href } = router.state.location;
  if (pathname === "/login") return;
  queries.clear();
  void router.navigate({ to: "/login", search: { next: href } });
});

onAppRequired(() => {
  if (router.state.location.pathname === "/second-factor") return;
  void queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
  void router.navigate({ to: "/second-factor" });
});

watchSystemTheme();
// The words, the session and the page's own file do not wait for one another.
void queries.prefetchQuery(sessionQuery);
preloadPage(router);
await startLanguages();
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <QueryClientProvider client={queries}>
      <TooltipProvider delayDuration={350} skipDelayDuration={200}>
        <ConfirmProvider>
          <RouterProvider router={router} />
        </ConfirmProvider>
        <Toaster />
      </TooltipProvider>
    </QueryClientProvider>,
  );
}
