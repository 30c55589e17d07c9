/** A conversation that another page hands over to the playground; it is taken once, and lies nowhere else. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Turn } from "./conversation";

export interface Given {
  model: string;
  system: string;
  turns: Turn[];
}

const PLACE = ["playground", "given"];

export function handOver(queries: QueryClient, given: Given): void {
  queries.setQueryData(PLACE, given);
}

export function useGiven(): Given | undefined {
  const queries = useQueryClient();
  const [given] = useState(() => queries.getQueryData<Given>(PLACE));
  useState(() => queries.removeQueries({ queryKey: PLACE }));
  return given;
}
