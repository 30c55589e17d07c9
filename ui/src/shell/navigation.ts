/** The pages there are, in their order. One whose call the server lacks is left out. */
import {
  Braces,
  Gauge,
  KeyRound,
  KeySquare,
  ListChecks,
  type LucideIcon,
  MessagesSquare,
  ScrollText,
  SearchCheck,
  Server,
  SlidersHorizontal,
  Stamp,
  UsersRound,
} from "lucide-react";
import { useCapability } from "@/api/capabilities";
import { useRole } from "@/api/session";

type LinkTo =
  | "/"
  | "/access"
  | "/audit"
  | "/credentials"
  | "/jobs"
  | "/keys"
  | "/playground"
  | "/reference"
  | "/requests"
  | "/settings"
  | "/system"
  | "/why";

export interface Place {
  to: LinkTo;
  label: string;
  icon: LucideIcon;
  /** The second key after `g`. */
  key: string;
  needs?: string;
  /** Who may see it; anybody who is signed in if it is left out. */
  role?: "operator";
}

export interface Group {
  label: string;
  places: Place[];
}

const GROUPS: Group[] = [
  {
    label: "nav.pool",
    places: [
      { to: "/", label: "nav.overview", icon: Gauge, key: "o" },
      { to: "/credentials", label: "nav.credentials", icon: KeyRound, key: "c" },
      { to: "/keys", label: "nav.keys", icon: KeySquare, key: "k", needs: "/keys" },
    ],
  },
  {
    label: "nav.activity",
    places: [
      { to: "/requests", label: "nav.requests", icon: ScrollText, key: "r", needs: "/requests" },
      { to: "/why", label: "nav.why", icon: SearchCheck, key: "w" },
      { to: "/jobs", label: "nav.jobs", icon: ListChecks, key: "j" },
    ],
  },
  {
    label: "nav.build",
    places: [
      { to: "/playground", label: "nav.playground", icon: MessagesSquare, key: "p" },
      { to: "/reference", label: "nav.reference", icon: Braces, key: "a" },
    ],
  },
  {
    label: "nav.server",
    places: [
      {
        to: "/settings",
        label: "nav.settings",
        icon: SlidersHorizontal,
        key: "s",
        needs: "/settings",
        role: "operator",
      },
      { to: "/access", label: "nav.access", icon: UsersRound, key: "u", needs: "/sessions" },
      { to: "/audit", label: "nav.audit", icon: Stamp, key: "l", needs: "/audit", role: "operator" },
      { to: "/system", label: "nav.system", icon: Server, key: "y", needs: "/system" },
    ],
  },
];

export function useGroups(): Group[] {
  const can = useCapability();
  const role = useRole();
  const open = ({ needs, role: least }: Place) =>
    (needs === undefined || can(needs) === true) && (least === undefined || role !== "viewer");
  return GROUPS.map((group) => ({ ...group, places: group.places.filter(open) })).filter(
    (group) => group.places.length > 0,
  );
}
