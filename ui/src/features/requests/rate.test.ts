import { describe, expect, it } from "vitest";
import { longer } from "@/api/events";
import { countsOf } from "@/api/queries";
import { KEPT, STILL, taken } from "./rate";

describe("the rate of requests", () => {
  it("is what all workers added, over the time between", () => {
    const first = taken(STILL, 100, { a: 5, b: 7 }, 1);
    const second = taken(first, 102, { a: 8, b: 8 }, 2);
    expect(second.samples).toEqual([
      { at: 100, rate: null, running: 1 },
      { at: 102, rate: 2, running: 2 },
    ]);
  });
  it("counts neither what a new worker brought along nor a fall", () => {
    const first = taken(STILL, 100, { a: 5 }, 0);
    expect(taken(first, 101, { a: 5, b: 900 }, 0).samples.at(-1)?.rate).toBe(0);
    expect(taken(first, 101, { a: 2 }, 0).samples.at(-1)?.rate).toBe(2);
  });
  it("remembers a worker that was silent for a while", () => {
    const away = taken(taken(STILL, 100, { a: 5 }, 0), 101, {}, 0);
    expect(taken(away, 102, { a: 7 }, 0).samples.at(-1)?.rate).toBe(2);
  });
  it("keeps the newest, and takes two looks at once for one", () => {
    let pulse = STILL;
    for (let at = 0; at < KEPT + 10; at++) pulse = taken(pulse, at, { a: at }, 0);
    expect(pulse.samples).toHaveLength(KEPT);
    expect(taken(pulse, KEPT + 9.1, { a: 500 }, 0)).toBe(pulse);
  });
});

describe("the stream of news", () => {
  it("tells the pool in the counts that pages hold", () => {
    expect(countsOf({ total: 3, by_status: { active: 2, cooling: 1 }, usable: 2, sandbox: false })).toMatchObject({
      all: 3,
      active: 2,
      cooling: 1,
      blocked: 0,
    });
  });
  it("is asked for less often the longer it is away", () => {
    expect([longer(2000), longer(50_000)]).toEqual([4000, 60_000]);
  });
});
