import { describe, expect, it } from "vitest";
import { nearest, type Plot, reach, timeMarks, valueMarks } from "./plot";

const DAY = 86_400;
const plot = (more: Partial<Plot>): Plot => ({ times: [], lines: [], ...more });

describe("the axes of a chart", () => {
  it("mark round numbers from zero on", () => {
    expect(valueMarks(110, 5)).toEqual([0, 25, 50, 75, 100]);
    expect(valueMarks(1, 5)).toEqual([0, 0.2, 0.4, 0.6000000000000001, 0.8, 1]);
    expect(valueMarks(1.1, 5, true)).toEqual([0, 1]);
    expect(valueMarks(9, 4, true)).toEqual([0, 3, 6, 9]);
    expect(valueMarks(1e-6, 5)).toHaveLength(6);
  });
  it("mark round times by the clock on the wall", () => {
    const from = new Date(2026, 10, 27, 9, 41).getTime() / 1000;
    const hours = timeMarks(from, from + DAY, 10);
    expect(hours.step).toBe(3 * 3600);
    expect(new Date((hours.marks[0] ?? 0) * 1000).getHours()).toBe(12);
    expect(hours.marks).toHaveLength(8);
    const days = timeMarks(from, from + 30 * DAY, 10);
    expect(days.step).toBe(5 * DAY);
    expect(days.marks.map((mark) => new Date(mark * 1000).getHours())).toEqual(days.marks.map(() => 0));
  });
  it("are never without an end", () => {
    expect(timeMarks(Number.NaN, Number.NaN, 10).marks).toEqual([]);
    expect(timeMarks(0, 4000 * DAY, 10).marks.length).toBeLessThan(12);
  });
});

describe("what a chart spans", () => {
  it("is as far as its values, and half a bar more", () => {
    const bars = [{ label: "", colour: "", values: [1, 2, 3], bars: true }];
    expect(reach(plot({ times: [100, 200, 300] }))).toEqual([100, 300]);
    expect(reach(plot({ times: [100, 200, 300], lines: bars }))).toEqual([50, 350]);
    expect(reach(plot({ times: [100], span: [0, 120] }))).toEqual([0, 120]);
    expect(reach(plot({}))).toEqual([0, 1]);
  });
  it("is told by what is nearest to the pointer", () => {
    const three = plot({ times: [0, 100, 200] });
    expect(nearest(three, 264, 0)).toBe(0);
    expect(nearest(three, 264, 160)).toBe(1);
    expect(nearest(three, 264, 300)).toBe(2);
    expect(nearest(plot({}), 264, 100)).toBe(-1);
  });
});
