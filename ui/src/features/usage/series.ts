/** Usage by span as lines of a chart: spans without requests are zero, names become lines. */
import type { UsagePoint, UsageSeries } from "@/api/schema";

const STEPS = { hour: 3600, day: 86_400 };

export function timesOf(series: UsageSeries): number[] {
  const step = STEPS[series.step];
  const first = Math.floor(Date.parse(series.start) / 1000);
  const end = Math.floor(Date.parse(series.end) / 1000);
  return Array.from({ length: Math.max(0, Math.ceil((end - first) / step)) }, (_, place) => first + place * step);
}

export function valuesOf(series: UsageSeries, value: (point: UsagePoint) => number | null): (number | null)[] {
  const found = new Map(series.data.map((point) => [Math.floor(Date.parse(point.start) / 1000), value(point)]));
  return timesOf(series).map((time) => found.get(time) ?? 0);
}

export interface Ranked {
  name: string;
  label: string;
  requests: number;
  tokens: number;
  cost: number;
  others: boolean;
}

/** What each name has used over the whole span, the dearest first. */
export function ranked(series: UsageSeries): Ranked[] {
  const sums = new Map<string, Ranked>();
  for (const point of series.data) {
    const id = point.others ? "\0others" : point.name;
    const sum = sums.get(id) ?? {
      name: point.name,
      label: point.label ?? point.name,
      requests: 0,
      tokens: 0,
      cost: 0,
      others: point.others ?? false,
    };
    sum.requests += point.requests;
    sum.tokens += point.input_tokens + point.output_tokens;
    sum.cost += point.cost_in_usd_ticks;
    sums.set(id, sum);
  }
  return [...sums.values()].sort(
    (a, b) => Number(a.others) - Number(b.others) || b.cost - a.cost || b.requests - a.requests,
  );
}
