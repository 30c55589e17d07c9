// What every provider of the Vercel AI SDK has to do, whichever surface it speaks: one table for all.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { APICallError, generateObject, generateText, stepCountIs, streamObject, streamText, tool } from 'ai';
import { itOutlivesItsAccount, SESSIONS_BASE_URL } from './sessions.mjs';
import { ASKED, City, collect, FAST, Meeting, THINKING, TIMEOUT, user } from './support.mjs';

const { OPENAI_API_KEY, OPENAI_BASE_URL } = process.env;
const ONCE = { maxRetries: 0 };
const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
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
    const result = await generateText({ ...ONCE, ...asked });
    const { text, steps, finishReason, usage, reasoningText, sources } = result;
    return { text, steps, finishReason, usage, reasoningText, sources, messages: result.response.messages };
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
    const shown = { reasoningText: await result.reasoningText, sources: await result.sources };
    return { text: await result.text, steps, ...told, ...shown, messages };
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
 * `connect({ baseURL, apiKey })` returns what makes a model of a name; `reasons` is false where no reasoning is
 * shown, `outlives` where the history lives with the account.
 */
export function checkSurface(label, connect, { reasons = true, outlives = true, providerOptions } = {}) {
  const model = connect({ baseURL: OPENAI_BASE_URL, apiKey: OPENAI_API_KEY });
  // A list of failures shows names only: each says of which surface it is.
  const test = (name, run) => it(`${label}: ${name}`, run);
  describe(label, TIMEOUT, () => {
    checkAnswers(test, model, reasons, providerOptions);
    checkPictures(test, model);
    checkTools(test, model, providerOptions);
    checkObjects(test, model);
    checkErrors(test, model, connect);
    const lasting = connect({ baseURL: SESSIONS_BASE_URL, apiKey: OPENAI_API_KEY });
    if (outlives) checkSessions(label, lasting, providerOptions);
  });
}

/** Test that a search on the server leaves its sources behind; `asked` has what orders it. */
export function itTellsItsSources(label, model, asked) {
  for (const [way, ask] of Object.entries(WAYS)) {
    it(`${label}: tells the sources of a search, ${way}`, async () => {
      const { sources, text } = await ask({ model, prompt: 'Search the web: what is xAI?', ...asked });
      assert.ok(text);
      assert.ok(sources.length > 0);
      assert.ok(sources.every((source) => URL.canParse(source.url)));
    });
  }
}

function checkAnswers(test, model, reasons, providerOptions) {
  for (const [way, ask] of Object.entries(WAYS)) {
    test(`answers ${way}`, async () => {
      const prompt = 'Say exactly: 你好, world 🌍';
      const answer = await ask({ model: model(FAST), system: 'Be kind.', prompt });
      assert.equal(answer.text, '你好, world 🌍');
      assert.equal(answer.finishReason, 'stop');
      assert.ok(answer.usage.inputTokens > 0);
      assert.ok(answer.usage.outputTokens > 0);
    });

    if (reasons) {
      test(`shows the reasoning apart, ${way}`, async () => {
        const answer = await ask({ model: model(THINKING), prompt: 'count to 20', providerOptions });
        assert.match(answer.text, /19.*20/s);
        assert.ok(answer.reasoningText);
      });
    }
  }
}

function checkPictures(test, model) {
  for (const [way, ask] of Object.entries(WAYS)) {
    test(`sees a picture, ${way}`, async () => {
      const content = [
        { type: 'text', text: 'What is this?' },
        { type: 'image', image: PICTURE, mediaType: 'image/png' },
      ];
      const { text } = await ask({ model: model(FAST), messages: user(content) });
      assert.match(text, /I see 1 image/);
    });
  }
}

function checkTools(test, model, providerOptions) {
  for (const [way, ask] of Object.entries(WAYS)) {
    for (const name of [FAST, THINKING]) {
      test(`runs tools in a loop, ${way}, ${name}`, async () => {
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

    test(`makes two calls at once, ${way}`, async () => {
      const prompt = 'What is the weather in Paris and in London?';
      const asked = { model: model(FAST), prompt, tools, stopWhen: stepCountIs(4), providerOptions };
      const { steps, text } = await ask(asked);
      assert.deepEqual(steps[0].toolCalls.map((call) => call.input.city), ['Paris', 'London']);
      assert.match(text, /in Paris.*in London/s);
    });
  }

  test('has to call the tool that it is told to', async () => {
    const toolChoice = { type: 'tool', toolName: 'get_weather' };
    const asked = { ...ONCE, model: model(FAST), prompt: 'Hello.', tools, toolChoice };
    const { toolCalls } = await generateText(asked);
    assert.equal(toolCalls[0].toolName, 'get_weather');
  });
}

function checkObjects(test, model) {
  test('keeps to a schema, whole and streamed', async () => {
    const asked = { ...ONCE, model: model('grok-4'), schema: Meeting, prompt: 'Alice and Bob meet.' };
    const { object } = await generateObject(asked);
    const streamed = streamObject({ ...asked, onError() {} });
    assert.ok((await collect(streamed.partialObjectStream)).length > 0);
    for (const each of [object, await streamed.object]) assert.ok(Meeting.safeParse(each).success);
  });
}

function checkErrors(test, model, connect) {
  const refused = (status, retryable, said) => (error) => {
    assert.ok(APICallError.isInstance(error), String(error));
    assert.deepEqual([error.statusCode, error.isRetryable], [status, retryable]);
    assert.match(error.message, said);
    return true;
  };
  for (const [way, ask] of Object.entries(WAYS)) {
    test(`tells that a model is unknown, ${way}`, async () => {
      const asked = { model: model('no-such-model'), prompt: 'hi' };
      await assert.rejects(ask(asked), refused(404, false, /no-such-model/));
    });

    test(`tells that content is refused, ${way}`, async () => {
      const asked = { model: model(FAST), prompt: '!sandbox:safety hi' };
      await assert.rejects(ask(asked), refused(400, false, /content policy/i));
    });
  }

  test('tells that a key is wrong', async () => {
    const stranger = connect({ baseURL: OPENAI_BASE_URL, apiKey: 'sk-wrong' });
    await assert.rejects(WAYS.whole({ model: stranger(FAST), prompt: 'hi' }), refused(401, false, /key/i));
  });

  test('tells that the limit is reached', async () => {
    const asked = { model: model('grok-3-fast'), prompt: '!sandbox:429 hi' };
    await assert.rejects(WAYS.whole(asked), refused(429, true, /resting|rate limit/i));
  });

  test('tells that a stream has failed', async () => {
    const errors = [];
    const prompt = '!sandbox:cut=2500 count to 3000'; // so late that the beginning has reached the client
    const onError = ({ error }) => errors.push(error);
    const result = streamText({ ...ONCE, model: model(FAST), prompt, onError });
    const parts = await collect(result.fullStream);
    assert.ok(parts.some((part) => part.type === 'text-delta'));
    // @ai-sdk/xai tells it by the reason alone on Responses; elsewhere there is an error.
    const reason = parts.findLast((part) => part.type === 'finish')?.finishReason;
    assert.ok(errors.length > 0 || reason === 'error', `finished with ${reason}`);
    assert.notEqual(reason, 'stop');
  });
}

function checkSessions(label, model, providerOptions) {
  const losses = { whole: ['blocked by xAI', 'disabled'], streamed: ['deleted'] };
  for (const [way, each] of Object.entries(losses)) {
    itOutlivesItsAccount(`${label}, ${way}`, conversation(model(THINKING), way, providerOptions), each);
  }
}
