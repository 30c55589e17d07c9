import { describe, expect, it } from "vitest";
import type { RequestContent, RequestCourse, SaidView } from "@/api/schema";
import { conversation, outline, whole } from "./words";

const said = (role: string, text: string, more: Partial<SaidView> = {}): SaidView => ({
  role,
  text,
  reasoning: "",
  tool_calls: [],
  media: [],
  finish: "",
  ...more,
});

function content(turns: SaidView[], more: Partial<RequestContent["request"]> = {}): RequestContent {
  return {
    request_id: "req_1",
    key_id: "key_1",
    kept_at: null,
    expires_at: null,
    path: "/v1/chat/completions",
    status: 200,
    request: {
      kind: "application/json",
      size: 10,
      cut: false,
      omitted: 0,
      body: { model: "grok-4" },
      said: turns,
      ...more,
    },
    answer: {
      kind: "text/event-stream",
      size: 10,
      cut: false,
      omitted: 0,
      body: null,
      error: null,
      said: [said("assistant", "yes")],
    },
  };
}

describe("the words of a request", () => {
  it("stand as a placeholder where they are not kept", () => {
    const row = { operation: "chat", model: "grok-4", stream: true } as RequestCourse;
    expect(outline(row)).toEqual({
      method: "POST",
      path: "/v1/chat/completions",
      body: { model: "grok-4", messages: [{ role: "user", content: "…" }], stream: true },
    });
    expect(outline({ ...row, operation: "files" })).toBeUndefined();
  });

  it("are sent again only if nothing is missing", () => {
    expect(whole(content([]))?.body).toEqual({ model: "grok-4" });
    expect(whole(content([], { cut: true }))).toBeUndefined();
    expect(whole(content([], { omitted: 1 }))).toBeUndefined();
  });

  it("become a conversation if they are words alone", () => {
    const given = conversation(content([said("system", "be brief"), said("user", "hi")]));
    expect(given).toEqual({
      model: "grok-4",
      system: "be brief",
      turns: [
        { role: "user", text: "hi", reasoning: "" },
        { role: "assistant", text: "yes", reasoning: "" },
      ],
    });
    expect(conversation(content([said("tool", "sunny")]))).toBeUndefined();
    expect(conversation(content([said("user", "hi")], { omitted: 1 }))).toBeUndefined();
  });
});
