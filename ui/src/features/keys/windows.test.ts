import { expect, it } from "vitest";
import { resetOf, windowName } from "./windows";

it("tells when a budget begins anew, in UTC", () => {
  expect(resetOf("2026-11-26")).toBe("2026-11-27T00:00:00.000Z");
  expect(resetOf("2026-12-31")).toBe("2027-01-01T00:00:00.000Z");
  expect(resetOf("2026-12")).toBe("2027-01-01T00:00:00.000Z");
  expect(resetOf("2026-02")).toBe("2026-03-01T00:00:00.000Z");
  expect(resetOf("soon")).toBeNull();
});

it("names a day and a month in the person's language, by UTC", () => {
  expect(windowName("2026-11", "en")).toBe("November 2026");
  expect(windowName("2026-11", "zh-CN")).toBe("2026年11月");
  expect(windowName("2026-11-01", "en")).toBe("Nov 1, 2026");
  expect(windowName("2026-11-01", "zh-CN")).toBe("2026年11月1日");
  expect(windowName("2026-13", "en")).toBe("2026-13");
  expect(windowName("soon", "en")).toBe("soon");
});
