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
} from "lucide-react";
import { useCapability } from "@/api/capabilities";

export interface Place {
  to: "/" | "/credentials" | "/keys" | "/requests" | "/why" | "/jobs" | "/playground" | "/reference";
  label: string;
  icon: LucideIcon;
  /** The second key after `g`. */
  key: string;
  needs?: string;
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
];

export function useGroups(): Group[] {
  const can = useCapability();
  return GROUPS.map((group) => ({
    ...group,
    places: group.places.filter((place) => place.needs === undefined || can(place.needs) === true),
  })).filter((group) => group.places.length > 0);
}
