/** Long work, followed to its end by its events. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { API, api } from "@/api/client";
import { credentialsMoved } from "@/api/news";
import { isRunning } from "@/api/queries";
import type { JobView } from "@/api/schema";

const EVENTS = ["snapshot", "progress", "done", "failed", "cancelled"];

/** The job as it stands; once it has ended, with its result. */
export function useJob(id: string | null): JobView | null {
  const [job, setJob] = useState<JobView | null>(null);
  const queries = useQueryClient();
  useEffect(() => {
    setJob(null);
    if (!id) return;
    let stale = false;
    const source = new EventSource(`${API}/jobs/${encodeURIComponent(id)}/events`);
    const hear = (event: MessageEvent<string>) => {
      const told = JSON.parse(event.data) as JobView;
      if (isRunning(told.state)) return setJob(told);
      source.close();
      void api.get<JobView>(`/jobs/${encodeURIComponent(id)}`).then(
        (whole) => {
          if (stale) return;
          setJob(whole);
          void credentialsMoved(queries);
          void queries.invalidateQueries({ queryKey: ["jobs"] });
        },
        () => !stale && setJob(told),
      );
    };
    for (const name of EVENTS) source.addEventListener(name, hear);
    return () => {
      stale = true;
      source.close();
    };
  }, [id, queries]);
  return job;
}
