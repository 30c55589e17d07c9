/** Server-sent events out of a stream of bytes, such as that of an answer to a POST. */

export interface ServerEvent {
  event: string;
  data: string;
}

/** Split what has come so far into whole events and the rest that is still open. */
export function splitEvents(text: string): { events: ServerEvent[]; rest: string } {
  const events: ServerEvent[] = [];
  const parts = text.replace(/\r\n?/g, "\n").split("\n\n");
  const rest = parts.pop() ?? "";
  for (const part of parts) {
    let event = "message";
    const data: string[] = [];
    for (const line of part.split("\n")) {
      if (line.startsWith("event:")) event = line.slice(6).trim();
      else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
    }
    if (data.length > 0) events.push({ event, data: data.join("\n") });
  }
  return { events, rest };
}

export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      text += done ? `${decoder.decode()}\n\n` : decoder.decode(value, { stream: true });
      // A lone CR at the end may be half of a CRLF: it waits for its other half.
      const held = !done && text.endsWith("\r") ? "\r" : "";
      const split = splitEvents(held ? text.slice(0, -1) : text);
      text = split.rest + held;
      yield* split.events;
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
