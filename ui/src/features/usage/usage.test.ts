import { describe, expect, it } from "vitest";
import type { UsagePoint, UsageSeries } from "@/api/schema";
import { ranked, timesOf, valuesOf } from "./series";

const point = (start: string, more: Partial<UsagePoint>) =>
  ({ start, name: "", requests: 0, input_tokens: 0, output_tokens: 0, cost_in_usd_ticks: 0, ...more }) as UsagePoint;
const series = (...data: UsagePoint[]): UsageSeries => ({
  start: "2026-01-01T00:00:00Z",
  end: "2026-01-01T03:00:00Z",
  step: "hour",
  by: null,
  data,
});

describe("usage over time", () => {
  it("has a value for every span, also for those without requests", () => {
    const told = series(point("2026-01-01T01:00:00Z", { requests: 7 }));
    expect(timesOf(told)).toHaveLength(3);
    expect(valuesOf(told, (each) => each.requests)).toEqual([0, 7, 0]);
  });
  it("ranks names by what they cost, and all others last", () => {
    const told = series(
      point("2026-01-01T00:00:00Z", { name: "a", cost_in_usd_ticks: 1 }),
      point("2026-01-01T01:00:00Z", { name: "b", label: "Bee", cost_in_usd_ticks: 5 }),
      point("2026-01-01T01:00:00Z", { name: "a", cost_in_usd_ticks: 2 }),
      point("2026-01-01T01:00:00Z", { others: true, cost_in_usd_ticks: 90 }),
    );
    expect(ranked(told).map((each) => [each.label, each.cost])).toEqual([
      ["Bee", 5],
      ["a", 3],
      ["", 90],
    ]);
  });
});
