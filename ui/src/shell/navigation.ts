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
  SearchCheck,
  ShieldCheck,
  Users,
} from "lucide-react";
import { useCapability } from "@/api/capabilities";
import { type Role, useMay } from "@/api/session";

type AdminPlace = "/models" | "/media" | "/audit" | "/system" | "/team";

export interface Place {
  to: "/" | "/credentials" | "/keys" | "/why" | "/jobs" | "/playground" | "/reference" | AdminPlace;
  label: string;
  icon: LucideIcon;
  /** The second key after `g`. */
  key: string;
  needs?: string;
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
      { to: "/keys", label: "nav.keys", icon: KeySquare, key: "k", needs: "/keys" },
      { to: "/models", label: "nav.models", icon: Boxes, key: "m", needs: "/models" },
    ],
  },
  {
    label: "nav.activity",
    places: [
      { to: "/why", label: "nav.why", icon: SearchCheck, key: "w" },
      { to: "/jobs", label: "nav.jobs", icon: ListChecks, key: "j" },
      { to: "/media", label: "nav.media", icon: Images, key: "i", needs: "/media", least: "operator" },
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
      { to: "/system", label: "nav.system", icon: HeartPulse, key: "h", needs: "/system" },
      { to: "/team", label: "nav.team", icon: Users, key: "t", needs: "/sessions" },
      { to: "/audit", label: "nav.audit", icon: ShieldCheck, key: "u", needs: "/audit", least: "operator" },
    ],
  },
];

export function useGroups(): Group[] {
  const can = useCapability();
  const may = useMay();
  return GROUPS.map((group) => ({
    ...group,
    places: group.places.filter(
      ({ needs, least }) => (needs === undefined || can(needs) === true) && (least === undefined || may(least)),
    ),
  })).filter((group) => group.places.length > 0);
}
