import { describe, expect, it } from "vitest";
import { chatBody, grown, type Turn } from "./conversation";
import { readFunctions, toolsOf } from "./tools";

const options = { model: "grok-4", system: "", effort: "" };
const nothing: Turn = { role: "assistant", text: "", reasoning: "" };

describe("a conversation", () => {
  it("gathers a call from its pieces", () => {
    const piece = (call: object) => ({ choices: [{ delta: { tool_calls: [call] } }] }) as Parameters<typeof grown>[1];
    const begun = grown(nothing, piece({ index: 0, id: "call_1", function: { name: "sum", arguments: '{"a":' } }));
    const whole = grown(begun, piece({ index: 0, function: { arguments: "1}" } }));
    expect(whole.calls).toEqual([{ id: "call_1", name: "sum", arguments: '{"a":1}' }]);
  });
  it("tells calls and their results as a request holds them", () => {
    const turns: Turn[] = [
      { role: "user", text: "1+1?", reasoning: "" },
      { ...nothing, calls: [{ id: "call_1", name: "sum", arguments: "{}" }] },
      { role: "tool", text: "2", reasoning: "", callId: "call_1" },
    ];
    expect(chatBody(turns, { ...options, tools: [{ type: "web_search" }] })).toMatchObject({
      tools: [{ type: "web_search" }],
      messages: [
        { role: "user", content: "1+1?" },
        { role: "assistant", content: null, tool_calls: [{ id: "call_1", function: { name: "sum" } }] },
        { role: "tool", tool_call_id: "call_1", content: "2" },
      ],
    });
  });
  it("leaves out what nobody asked for", () => {
    const body = chatBody([{ role: "user", text: "a", reasoning: "" }, nothing], { ...options, tools: [] });
    expect(Object.keys(body)).toEqual(["model", "stream", "messages", "stream_options"]);
    expect(body.messages).toHaveLength(1);
  });
});

describe("tools", () => {
  it("are offered by name, and functions as they were written", () => {
    const functions = readFunctions('[{"name":"sum","parameters":{"type":"object"}}]');
    expect(toolsOf(["web_search"], functions ?? [])).toEqual([
      { type: "web_search" },
      { type: "function", function: { name: "sum", parameters: { type: "object" } } },
    ]);
  });
  it("take one function, a list, and the form that requests have", () => {
    expect(readFunctions('{"type":"function","function":{"name":"a"}}')).toEqual([{ name: "a" }]);
    expect(readFunctions("  ")).toEqual([]);
  });
  it("are not taken for what they are not", () => {
    for (const wrong of ["{", "3", "[{}]", '[{"name":3}]', "null"]) expect(readFunctions(wrong)).toBeUndefined();
  });
});
