/** Requests a second, out of how many each worker has begun: what counts is what was added between two looks. */

export interface Sample {
  /** Seconds since 1970. */
  at: number;
  /** Requests a second; null where that is not known. */
  rate: number | null;
  running: number;
}

export const KEPT = 120;

export interface Pulse {
  samples: readonly Sample[];
  begun: Readonly<Record<string, number>>;
}

export const STILL: Pulse = { samples: [], begun: {} };

/** Take in a look. A worker that was never seen before adds nothing: nobody knows when it began those. */
export function taken(before: Pulse, at: number, begun: Readonly<Record<string, number>>, running: number): Pulse {
  const last = before.samples.at(-1);
  const since = last === undefined ? 0 : at - last.at;
  if (last !== undefined && since < 0.2) return before;
  let added = 0;
  for (const [worker, count] of Object.entries(begun)) {
    const known = before.begun[worker];
    // A count that fell is that of a worker that was started anew.
    if (known !== undefined) added += count >= known ? count - known : count;
  }
  const rate = since > 0 ? added / since : null;
  return {
    samples: [...before.samples, { at, rate, running }].slice(-KEPT),
    begun: { ...before.begun, ...begun },
  };
}
