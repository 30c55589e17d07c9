/** Which address shows which page. Every page is a file of its own, fetched when somebody goes there. */
import type { QueryClient } from "@tanstack/react-query";
import {
  type AnyRoute,
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { countsQuery } from "./api/queries";
import { maySignedIn, noteSignedIn, sessionQuery } from "./api/session";
import { type AuditSearch, readAuditSearch } from "./features/audit/search";
import { type CredentialSearch, readCredentialSearch } from "./features/credentials/search";
import { type KeySearch, readKeySearch } from "./features/keys/search";
import { type MediaSearch, readMediaSearch } from "./features/media/search";
import { type ModelSearch, readModelSearch } from "./features/models/search";
import { type RequestSearch, readRequestSearch } from "./features/requests/search";
import { readTeamSearch, type TeamSearch } from "./features/team/search";
import { readSpan, type Span } from "./lib/ranges";
import { NotFound, PageFailed, PagePending } from "./shell/fallbacks";
import { Shell } from "./shell/shell";

interface Context {
  queries: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: NotFound });

const text = (value: unknown): string | undefined => (typeof value === "string" && value ? value : undefined);

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search: Record<string, unknown>): { next?: string; failed?: string; arrived?: 1 } => ({
    next: text(search.next),
    failed: text(search.failed),
    arrived: search.arrived === 1 ? 1 : undefined,
  }),
  beforeLoad: async ({ context, search }) => {
    if (!search.arrived) return;
    noteSignedIn();
    const session = await context.queries.fetchQuery({ ...sessionQuery, staleTime: 0 });
    throw session ? redirect({ href: search.next ?? "/" }) : redirect({ to: "/login", search: { failed: "expired" } });
  },
  component: lazyRouteComponent(() => import("./features/session/login")),
});

const secondFactor = createRoute({
  getParentRoute: () => root,
  path: "/second-factor",
  beforeLoad: async ({ context }) => {
    if ((await context.queries.ensureQueryData(sessionQuery)) === null) throw redirect({ to: "/login" });
  },
  component: lazyRouteComponent(() => import("./features/session/second-factor")),
});

const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  beforeLoad: async ({ context, location }) => {
    const session = await context.queries.ensureQueryData(sessionQuery);
    if (session === null)
      throw redirect({ to: "/login", search: { next: location.href === "/" ? undefined : location.href } });
    if (session.second_factor?.required && !session.second_factor.enrolled) throw redirect({ to: "/second-factor" });
  },
  component: Shell,
});

const overview = createRoute({
  getParentRoute: () => inside,
  path: "/",
  validateSearch: (search: Record<string, unknown>): Span & { refresh?: "off" } => ({
    ...readSpan(search),
    refresh: search.refresh === "off" ? "off" : undefined,
  }),
  // The figures are asked for while the page's own file comes, before all that can wait.
  loader: ({ context }) => void context.queries.prefetchQuery(countsQuery),
  component: lazyRouteComponent(() => import("./features/overview/page")),
});
const setup = createRoute({
  getParentRoute: () => inside,
  path: "/setup",
  component: lazyRouteComponent(() => import("./features/session/setup")),
});
const credentials = createRoute({
  getParentRoute: () => inside,
  path: "/credentials",
  validateSearch: (search: Record<string, unknown>): CredentialSearch => readCredentialSearch(search),
  component: lazyRouteComponent(() => import("./features/credentials/page")),
});
const keys = createRoute({
  getParentRoute: () => inside,
  path: "/keys",
  validateSearch: (search: Record<string, unknown>): KeySearch => readKeySearch(search),
  component: lazyRouteComponent(() => import("./features/keys/page")),
});
const requests = createRoute({
  getParentRoute: () => inside,
  path: "/requests",
  validateSearch: (search: Record<string, unknown>): RequestSearch => readRequestSearch(search),
  component: lazyRouteComponent(() => import("./features/requests/page")),
});
const settings = createRoute({
  getParentRoute: () => inside,
  path: "/settings",
  validateSearch: (search: Record<string, unknown>): { section?: string; text?: string; history?: boolean } => ({
    section: text(search.section),
    text: text(search.text),
    history: search.history === true || undefined,
  }),
  component: lazyRouteComponent(() => import("./features/settings/page")),
});
const why = createRoute({
  getParentRoute: () => inside,
  path: "/why",
  validateSearch: (search: Record<string, unknown>): { id?: string } => ({ id: text(search.id) }),
  component: lazyRouteComponent(() => import("./features/requests/why")),
});
const jobs = createRoute({
  getParentRoute: () => inside,
  path: "/jobs",
  validateSearch: (search: Record<string, unknown>): { id?: string } => ({ id: text(search.id) }),
  component: lazyRouteComponent(() => import("./features/jobs/page")),
});
const playground = createRoute({
  getParentRoute: () => inside,
  path: "/playground",
  validateSearch: (search: Record<string, unknown>): { mode?: string } => ({ mode: text(search.mode) }),
  component: lazyRouteComponent(() => import("./features/playground/page")),
});
const reference = createRoute({
  getParentRoute: () => inside,
  path: "/reference",
  validateSearch: (search: Record<string, unknown>): { call?: string; api?: string } => ({
    call: text(search.call),
    api: text(search.api),
  }),
  component: lazyRouteComponent(() => import("./features/api-reference/page")),
});
const models = createRoute({
  getParentRoute: () => inside,
  path: "/models",
  validateSearch: (search: Record<string, unknown>): ModelSearch => readModelSearch(search),
  component: lazyRouteComponent(() => import("./features/models/page")),
});
const media = createRoute({
  getParentRoute: () => inside,
  path: "/media",
  validateSearch: (search: Record<string, unknown>): MediaSearch => readMediaSearch(search),
  component: lazyRouteComponent(() => import("./features/media/page")),
});
const network = createRoute({
  getParentRoute: () => inside,
  path: "/network",
  component: lazyRouteComponent(() => import("./features/network/page")),
});
const audit = createRoute({
  getParentRoute: () => inside,
  path: "/audit",
  validateSearch: (search: Record<string, unknown>): AuditSearch => readAuditSearch(search),
  component: lazyRouteComponent(() => import("./features/audit/page")),
});
const team = createRoute({
  getParentRoute: () => inside,
  path: "/team",
  validateSearch: (search: Record<string, unknown>): TeamSearch => readTeamSearch(search),
  component: lazyRouteComponent(() => import("./features/team/page")),
});
const system = createRoute({
  getParentRoute: () => inside,
  path: "/system",
  component: lazyRouteComponent(() => import("./features/system/page")),
});

const tree = root.addChildren([
  login,
  secondFactor,
  inside.addChildren([
    overview,
    setup,
    credentials,
    keys,
    requests,
    why,
    jobs,
    playground,
    reference,
    models,
    media,
    network,
    audit,
    team,
    settings,
    system,
  ]),
]);

export function createConsole(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    basepath: "/admin",
    context: { queries },
    defaultPreload: "intent",
    defaultPendingComponent: PagePending,
    defaultErrorComponent: PageFailed,
    defaultNotFoundComponent: NotFound,
    defaultPendingMs: 150,
    scrollRestoration: false,
  });
}

/** Begin to fetch the file of the page that is shown first; what goes wrong is told when the page is shown. */
export function preloadPage(router: ReturnType<typeof createConsole>): void {
  const routes: Record<string, AnyRoute> = router.routesById;
  const meant = maySignedIn() ? router.matchRoutes(router.latestLocation).map((match) => match.routeId) : [login.id];
  for (const id of meant) {
    const route = routes[id];
    if (route) void Promise.resolve(router.loadRouteChunk(route)).catch(() => undefined);
  }
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createConsole>;
  }
}
