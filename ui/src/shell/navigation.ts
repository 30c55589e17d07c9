/** The pages there are, in their order. One whose call the server lacks is left out. */
import {
  Boxes,
  Braces,
  Gauge,
  HeartPulse,
  Images,
  KeyRound,
  KeySquare,
  ListChecks,
  type LucideIcon,
  MessagesSquare,
  ScrollText,
  SearchCheck,
  ShieldCheck,
  SlidersHorizontal,
  Users,
  Waypoints,
} from "lucide-react";
import { type Role, useMay } from "@/api/session";

type LinkTo =
  | "/"
  | "/audit"
  | "/credentials"
  | "/jobs"
  | "/keys"
  | "/media"
  | "/models"
  | "/network"
  | "/playground"
  | "/reference"
  | "/requests"
  | "/settings"
  | "/system"
  | "/team"
  | "/why";

export interface Place {
  to: LinkTo;
  label: string;
  icon: LucideIcon;
  /** The second key after `g`. */
  key: string;
  /** The least role that its call asks for. */
  least?: Role;
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
      { to: "/keys", label: "nav.keys", icon: KeySquare, key: "k" },
      { to: "/models", label: "nav.models", icon: Boxes, key: "m" },
    ],
  },
  {
    label: "nav.activity",
    places: [
      { to: "/requests", label: "nav.requests", icon: ScrollText, key: "r" },
      { to: "/why", label: "nav.why", icon: SearchCheck, key: "w" },
      { to: "/jobs", label: "nav.jobs", icon: ListChecks, key: "j" },
      { to: "/media", label: "nav.media", icon: Images, key: "i", least: "operator" },
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
        least: "operator",
      },
      { to: "/team", label: "nav.team", icon: Users, key: "t" },
      { to: "/audit", label: "nav.audit", icon: ShieldCheck, key: "l", least: "operator" },
      { to: "/network", label: "nav.network", icon: Waypoints, key: "n" },
      { to: "/system", label: "nav.system", icon: HeartPulse, key: "y" },
    ],
  },
];

export function useGroups(): Group[] {
  const may = useMay();
  return GROUPS.map((group) => ({
    ...group,
    places: group.places.filter(({ least }) => least === undefined || may(least)),
  })).filter((group) => group.places.length > 0);
}
