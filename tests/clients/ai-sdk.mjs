// What every provider of the Vercel AI SDK has to do, whichever surface it speaks: one table of tests for all.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { APICallError, generateObject, generateText, stepCountIs, streamObject, streamText, tool } from 'ai';
import { itOutlivesItsAccount, SESSIONS_BASE_URL } from './sessions.mjs';
import { ASKED, City, collect, FAST, Meeting, THINKING, TIMEOUT, user } from './support.mjs';

const { OPENAI_API_KEY, OPENAI_BASE_URL } = process.env;
const ONCE = { maxRetries: 0 };
const tools = {
  get_weather: tool({
    description: 'The weather in a city.',
    inputSchema: City,
    execute: async ({ city }) => `22 degrees in ${city}`,
  }),
};

globalThis.AI_SDK_LOG_WARNINGS = false;

/** Both ways to ask, with one shape of what came of it. */
export const WAYS = {
  async whole(asked) {
    const { text, steps, finishReason, usage, reasoningText, response } = await generateText({ ...ONCE, ...asked });
    return { text, steps, finishReason, usage, reasoningText, messages: response.messages };
  },
  async streamed(asked) {
    const errors = [];
    const result = streamText({ ...ONCE, onError: ({ error }) => errors.push(error), ...asked });
    const deltas = await collect(result.textStream);
    if (errors.length > 0) throw errors[0];
    const { messages } = await result.response;
    const told = { finishReason: await result.finishReason, usage: await result.usage };
    const steps = await result.steps;
    assert.equal(deltas.join(''), steps.map((step) => step.text).join(''));
    return { text: await result.text, steps, ...told, reasoningText: await result.reasoningText, messages };
  },
};

/** A conversation by history, as `response.messages` gives it back. */
export const conversation = (model, way, providerOptions) => () => {
  const messages = [];
  return async (text) => {
    messages.push(...user(text));
    const answer = await WAYS[way]({ model, messages, providerOptions });
    messages.push(...answer.messages);
    return answer.text;
  };
};

/**
 * Test a surface of a provider.
 *
 * `connect({ baseURL, apiKey })` returns what makes a model of a name; `reasons` tells whether it shows reasoning,
 * `outlives` is false where the history lives with the account.
 */
export function checkSurface(label, connect, { reasons = true, outlives = true, providerOptions } = {}) {
  const model = connect({ baseURL: OPENAI_BASE_URL, apiKey: OPENAI_API_KEY });
  describe(label, TIMEOUT, () => {
    checkAnswers(model, reasons, providerOptions);
    checkTools(model, providerOptions);
    checkObjects(model);
    checkErrors(model, connect);
    if (outlives) checkSessions(connect({ baseURL: SESSIONS_BASE_URL, apiKey: OPENAI_API_KEY }), providerOptions);
  });
}

function checkAnswers(model, reasons, providerOptions) {
  for (const [way, ask] of Object.entries(WAYS)) {
    it(`answers ${way}`, async () => {
      const answer = await ask({ model: model(FAST), system: 'Be kind.', prompt: 'Say exactly: 你好, world 🌍' });
      assert.equal(answer.text, '你好, world 🌍');
      assert.equal(answer.finishReason, 'stop');
      assert.ok(answer.usage.inputTokens > 0);
      assert.ok(answer.usage.outputTokens > 0);
    });

    if (reasons) {
      it(`shows the reasoning apart, ${way}`, async () => {
        const answer = await ask({ model: model(THINKING), prompt: 'count to 20', providerOptions });
        assert.match(answer.text, /19.*20/s);
        assert.ok(answer.reasoningText);
      });
    }
  }
}

function checkTools(model, providerOptions) {
  for (const [way, ask] of Object.entries(WAYS)) {
    for (const name of [FAST, THINKING]) {
      it(`runs tools in a loop, ${way}, ${name}`, async () => {
        const asked = { model: model(name), prompt: ASKED, tools, stopWhen: stepCountIs(4), providerOptions };
        const answer = await ask(asked);
        assert.equal(answer.steps.length, 2);
        const [first] = answer.steps;
        assert.equal(first.finishReason, 'tool-calls');
        assert.deepEqual(first.toolCalls.map((call) => [call.toolName, call.input]), [
          ['get_weather', { city: 'Paris' }],
        ]);
        assert.match(answer.text, /22 degrees in Paris/);
      });
    }

    it(`makes two calls at once, ${way}`, async () => {
      const prompt = 'What is the weather in Paris and in London?';
      const { steps, text } = await ask({ model: model(FAST), prompt, tools, stopWhen: stepCountIs(4), providerOptions });
      assert.deepEqual(steps[0].toolCalls.map((call) => call.input.city), ['Paris', 'London']);
      assert.match(text, /in Paris.*in London/s);
    });
  }

  it('has to call the tool that it is told to', async () => {
    const toolChoice = { type: 'tool', toolName: 'get_weather' };
    const { toolCalls } = await generateText({ ...ONCE, model: model(FAST), prompt: 'Hello.', tools, toolChoice });
    assert.equal(toolCalls[0].toolName, 'get_weather');
  });
}

function checkObjects(model) {
  it('keeps to a schema, whole and streamed', async () => {
    const asked = { ...ONCE, model: model('grok-4'), schema: Meeting, prompt: 'Alice and Bob meet.' };
    const { object } = await generateObject(asked);
    const streamed = streamObject({ ...asked, onError() {} });
    assert.ok((await collect(streamed.partialObjectStream)).length > 0);
    for (const each of [object, await streamed.object]) assert.ok(Meeting.safeParse(each).success);
  });
}

function checkErrors(model, connect) {
  const refused = (status, retryable, said) => (error) => {
    assert.ok(APICallError.isInstance(error), String(error));
    assert.deepEqual([error.statusCode, error.isRetryable], [status, retryable]);
    assert.match(error.message, said);
    return true;
  };
  const ask = (asked) => generateText({ ...ONCE, prompt: 'hi', ...asked });
  const reject = async (asked, check) => {
    await assert.rejects(ask(asked), check);
    const errors = [];
    const result = streamText({ ...ONCE, prompt: 'hi', ...asked, onError: ({ error }) => errors.push(error) });
    await result.consumeStream();
    assert.ok(check(errors[0]));
  };

  it('tells that a model is unknown', () => reject({ model: model('no-such-model') }, refused(404, false, /no-such-model/)));

  it('tells that a key is wrong', () => {
    const stranger = connect({ baseURL: OPENAI_BASE_URL, apiKey: 'sk-wrong' });
    return reject({ model: stranger(FAST) }, refused(401, false, /key/i));
  });

  it('tells that the limit is reached', () =>
    reject({ model: model('grok-3-fast'), prompt: '!sandbox:429 hi' }, refused(429, true, /resting|rate limit/i)));

  for (const fault of ['stream_error=2500', 'cut=2500']) {
    it(`tells that a stream has failed: ${fault}`, async () => {
      const errors = [];
      const prompt = `!sandbox:${fault} count to 3000`;
      const result = streamText({ ...ONCE, model: model(FAST), prompt, onError: ({ error }) => errors.push(error) });
      const parts = await collect(result.fullStream);
      assert.ok(parts.some((part) => part.type === 'text-delta'));
      // @ai-sdk/xai tells it by the reason alone, the others throw.
      const reason = parts.findLast((part) => part.type === 'finish')?.finishReason;
      assert.ok(errors.length > 0 || reason === 'error', `finished with ${reason}`);
      assert.notEqual(reason, 'stop');
    });
  }
}

function checkSessions(model, providerOptions) {
  itOutlivesItsAccount('whole', conversation(model(THINKING), 'whole', providerOptions), ['blocked by xAI', 'disabled']);
  itOutlivesItsAccount('streamed', conversation(model(THINKING), 'streamed', providerOptions), ['deleted']);
}
