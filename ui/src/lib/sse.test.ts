import { describe, expect, it } from "vitest";
import { readEvents, splitEvents } from "./sse";

function streamOf(...chunks: string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      controller.close();
    },
  });
}

async function all(stream: ReadableStream<Uint8Array>) {
  const events = [];
  for await (const event of readEvents(stream)) events.push(event);
  return events;
}

describe("server-sent events", () => {
  it("are whole before they are told", () => {
    expect(splitEvents('event: a\ndata: 1\n\ndata: {"x"')).toEqual({
      events: [{ event: "a", data: "1" }],
      rest: 'data: {"x"',
    });
  });
  it("may be cut anywhere, and comments are nothing", async () => {
    expect(await all(streamOf(": keep-alive\n\nda", "ta: one\n", "\ndata: [DO", "NE]\n\n"))).toEqual([
      { event: "message", data: "one" },
      { event: "message", data: "[DONE]" },
    ]);
  });
  it("may end their lines in either way, even cut between the two signs", async () => {
    expect(await all(streamOf("data: a\r", "\n\r\ndata: b\r\n\r\n"))).toEqual([
      { event: "message", data: "a" },
      { event: "message", data: "b" },
    ]);
  });
});
