import { describe, expect, it } from "vitest";
import type { ModelView } from "@/api/schema";
import { withModel } from "./data";
import { fieldOf, modelForm, NEW_NAME, overrideOf, saysNothing } from "./fields";

describe("what is said of a model name", () => {
  it("is told whole, for it replaces what was said before", () => {
    const form = { ...NEW_NAME, id: "best", target: " grok-4 ", effort: "low", note: "for agents" };
    expect(
      overrideOf({
        ...form,
        fallbacks: [
          { model: "grok-3", effort: "", asked: "" },
          { model: " ", effort: "low", asked: "" },
        ],
      }),
    ).toEqual({
      target: "grok-4",
      effort: "low",
      asked: null,
      fallbacks: [{ model: "grok-3", effort: null, asked: null }],
      reasoning_shown: null,
      tier: null,
      visibility: "listed",
      note: "for agents",
    });
  });
  it("can be taken back where it says nothing", () => {
    expect(saysNothing(overrideOf(NEW_NAME))).toBe(true);
    expect(saysNothing(overrideOf({ ...NEW_NAME, visibility: "off" }))).toBe(false);
    expect(saysNothing(overrideOf({ ...NEW_NAME, reasoning: "no" }))).toBe(false);
  });
  it("comes back into the form as it was", () => {
    const override = {
      ...overrideOf({ ...NEW_NAME, target: "grok-4", reasoning: "no", tier: "any" }),
      fallbacks: [{ model: "grok-3", effort: "low", asked: "high" }],
      created_at: null,
    };
    const form = modelForm({ id: "best", override } as unknown as ModelView);
    expect(overrideOf(form)).toMatchObject({ target: "grok-4", reasoning_shown: false, tier: "any" });
    expect(form.fallbacks).toEqual([{ model: "grok-3", effort: "low", asked: "high" }]);
  });
  it("is in the list at once", () => {
    const named = (...ids: string[]) => ({ data: ids.map((id) => ({ id })) as ModelView[] });
    const told = { id: "b", note: "new" } as unknown as ModelView;
    expect(withModel(named("a"), "b", told).data.map((each) => each.id)).toEqual(["b", "a"]);
    expect(withModel(named("a", "b"), "b", told).data[1]).toBe(told);
    expect(withModel(named("a", "b"), "b", null)).toEqual(named("a"));
  });
  it("has its errors at the field that they name", () => {
    expect(fieldOf("fallbacks[2].model")).toBe("fallbacks.2.model");
    expect(fieldOf("reasoning_shown")).toBe("reasoning");
  });
});
