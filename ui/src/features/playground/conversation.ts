/** One conversation with a model: what was said, and the answer that is coming. */
import { useRef, useState } from "react";
import { ApiError } from "@/api/client";
import { v1 } from "@/api/public";
import { readEvents } from "@/lib/sse";

/** A function that the model wants to be called; its arguments are JSON as the model wrote it. */
export interface ToolCall {
  id: string;
  name: string;
  arguments: string;
}

export interface Turn {
  role: "user" | "assistant" | "tool";
  text: string;
  reasoning: string;
  picture?: string;
  calls?: ToolCall[];
  /** Of a tool's turn: which call it answers. */
  callId?: string;
  error?: unknown;
  stopped?: boolean;
  facts?: Facts;
}

export interface Facts {
  requestId: string;
  upstreamModel: string;
  firstMs: number | null;
  totalMs: number;
  input: number | null;
  output: number | null;
  costTicks: number | null;
}

export interface ChatOptions {
  model: string;
  system: string;
  effort: string;
  /** As a request holds them. */
  tools?: unknown[];
}

interface Delta {
  choices?: {
    delta?: {
      content?: string | null;
      reasoning_content?: string | null;
      tool_calls?: { index: number; id?: string; function?: { name?: string; arguments?: string } }[];
    };
  }[];
  usage?: { prompt_tokens?: number; completion_tokens?: number; cost_in_usd_ticks?: number } | null;
  error?: { message: string; code: string | null };
}

function message(turn: Turn): unknown {
  if (turn.role === "tool") return { role: "tool", tool_call_id: turn.callId, content: turn.text };
  if (turn.picture) {
    const parts = [
      { type: "image_url", image_url: { url: turn.picture } },
      { type: "text", text: turn.text },
    ];
    return { role: turn.role, content: parts };
  }
  if (turn.calls?.length) {
    const calls = turn.calls.map(({ id, name, arguments: given }) => ({
      id,
      type: "function",
      function: { name, arguments: given },
    }));
    return { role: "assistant", content: turn.text || null, tool_calls: calls };
  }
  return turn.text ? { role: turn.role, content: turn.text } : undefined;
}

export function chatBody(turns: Turn[], options: ChatOptions): Record<string, unknown> {
  const messages: unknown[] = options.system.trim() ? [{ role: "system", content: options.system.trim() }] : [];
  messages.push(...turns.map(message).filter((each) => each !== undefined));
  const body: Record<string, unknown> = { model: options.model, stream: true, messages };
  if (options.effort) body.reasoning_effort = options.effort;
  if (options.tools?.length) body.tools = options.tools;
  body.stream_options = { include_usage: true };
  return body;
}

/** Add what a chunk tells to a turn; pieces of one call have the same index. */
export function grown(turn: Turn, told: Delta): Turn {
  const { content, reasoning_content: reasoning, tool_calls: pieces } = told.choices?.[0]?.delta ?? {};
  const calls = turn.calls ? [...turn.calls] : [];
  for (const piece of pieces ?? []) {
    const before = calls[piece.index] ?? { id: "", name: "", arguments: "" };
    calls[piece.index] = {
      id: piece.id ?? before.id,
      name: before.name + (piece.function?.name ?? ""),
      arguments: before.arguments + (piece.function?.arguments ?? ""),
    };
  }
  return {
    ...turn,
    text: turn.text + (content ?? ""),
    reasoning: turn.reasoning + (reasoning ?? ""),
    ...(calls.length ? { calls } : {}),
  };
}

function says(told: Delta): boolean {
  const delta = told.choices?.[0]?.delta;
  return !!(delta?.content || delta?.reasoning_content || delta?.tool_calls?.length);
}

export function useConversation(apiKey: string, given: Turn[] = []) {
  const [turns, setTurns] = useState<Turn[]>(given);
  const [busy, setBusy] = useState(false);
  const stop = useRef<AbortController | null>(null);

  const ask = async (said: Turn[], options: ChatOptions) => {
    const controller = new AbortController();
    stop.current = controller;
    // What a conversation that was cleared or asked anew is still told belongs to nobody.
    const amend = (change: (turn: Turn) => Turn) => {
      if (stop.current !== controller) return;
      setTurns((before) => before.map((turn, place) => (place === before.length - 1 ? change(turn) : turn)));
    };
    setTurns([...said, { role: "assistant", text: "", reasoning: "" }]);
    setBusy(true);
    const begun = performance.now();
    let firstMs: number | null = null;
    let usage: Delta["usage"] = null;
    try {
      const answer = await v1(apiKey, "POST", "/chat/completions", {
        body: chatBody(said, options),
        signal: controller.signal,
      });
      if (answer.body) {
        for await (const event of readEvents(answer.body)) {
          if (event.data === "[DONE]") break;
          const told = JSON.parse(event.data) as Delta;
          if (told.error) throw new ApiError(answer.status, told.error.code ?? "", told.error.message);
          usage = told.usage ?? usage;
          if (!says(told)) continue;
          firstMs ??= performance.now() - begun;
          amend((turn) => grown(turn, told));
        }
      }
      const facts: Facts = {
        requestId: answer.headers.get("x-request-id") ?? "",
        upstreamModel: answer.headers.get("x-grok2api-upstream-model") ?? "",
        firstMs,
        totalMs: performance.now() - begun,
        input: usage?.prompt_tokens ?? null,
        output: usage?.completion_tokens ?? null,
        costTicks: usage?.cost_in_usd_ticks ?? null,
      };
      amend((turn) => ({ ...turn, facts }));
    } catch (error) {
      const stopped = controller.signal.aborted;
      amend((turn) => (stopped ? { ...turn, stopped } : { ...turn, error }));
    } finally {
      if (stop.current === controller) setBusy(false);
    }
  };
  return { turns, busy, ask, stop: () => stop.current?.abort(), clear: () => setTurns([]) };
}
