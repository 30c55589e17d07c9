import { expect, it } from "vitest";
import { resetOf } from "./windows";

it("tells when a budget begins anew, in UTC", () => {
  expect(resetOf("2026-11-26")).toBe("2026-11-27T00:00:00.000Z");
  expect(resetOf("2026-12-31")).toBe("2027-01-01T00:00:00.000Z");
  expect(resetOf("2026-12")).toBe("2027-01-01T00:00:00.000Z");
  expect(resetOf("2026-02")).toBe("2026-03-01T00:00:00.000Z");
  expect(resetOf("soon")).toBeNull();
});
