// The official Node SDK against the real gateway: models, chat completions, request ids.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import OpenAI from 'openai';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
import { ASKED, City, FAST, Meeting, THINKING, TIMEOUT, WEATHER } from './support.mjs';
import { client, collect, contentOf, user } from './support.mjs';

const TOOL = { type: 'function', function: WEATHER };

describe('models', TIMEOUT, () => {
  it('are listed and retrieved', async () => {
    const listed = await collect(client.models.list());
    const grok = listed.find((model) => model.id === 'grok-4');
    assert.equal(grok.object, 'model');
    assert.equal(grok.owned_by, 'xai');
    assert.ok(Number.isInteger(grok.created));
    const { _request_id: requestId, ...one } = await client.models.retrieve('grok-4');
    assert.deepEqual(one, grok);
    assert.match(requestId, /^req_/);
  });

  for (const id of ['no-such-model', 'no/such:model']) {
    it(`that do not exist are not found: ${id}`, async () => {
      await assert.rejects(client.models.retrieve(id), (error) => {
        assert.ok(error instanceof OpenAI.NotFoundError);
        assert.equal(error.code, 'model_not_found');
        return true;
      });
    });
  }
});

describe('chat completions', TIMEOUT, () => {
  it('answer whole', async () => {
    const answer = await client.chat.completions.create({ model: 'grok-4', messages: user('你好') });
    const [choice] = answer.choices;
    assert.match(answer.id, /^chatcmpl-/);
    assert.equal(answer.object, 'chat.completion');
    assert.equal(answer.model, 'grok-4');
    assert.ok(Number.isInteger(answer.created));
    assert.equal(choice.index, 0);
    assert.equal(choice.finish_reason, 'stop');
    assert.equal(choice.message.role, 'assistant');
    assert.equal(choice.message.refusal, null);
    assert.ok(!('tool_calls' in choice.message));
    assert.ok(choice.message.content);
    assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
  });

  for (const includeUsage of [false, true]) {
    it(`answer in chunks, include_usage ${includeUsage}`, async () => {
      const stream = await client.chat.completions.create({
        model: FAST,
        messages: user('count to 20'),
        stream: true,
        stream_options: { include_usage: includeUsage },
      });
      const chunks = await collect(stream);
      const spoken = includeUsage ? chunks.slice(0, -1) : chunks;
      assert.equal(new Set(chunks.map((each) => `${each.id} ${each.created} ${each.model}`)).size, 1);
      assert.ok(chunks.every((each) => each.object === 'chat.completion.chunk'));
      assert.deepEqual(spoken.map((each) => each.choices[0].delta.role).filter(Boolean), ['assistant']);
      assert.equal(spoken[0].choices[0].delta.role, 'assistant');
      const finishes = spoken.map((each) => each.choices[0].finish_reason);
      assert.deepEqual(finishes, [...Array(spoken.length - 1).fill(null), 'stop']);
      assert.match(contentOf(spoken), /19.*20/s);
      if (includeUsage) {
        const last = chunks.at(-1);
        assert.ok(spoken.every((each) => each.usage === null));
        assert.deepEqual(last.choices, []);
        assert.equal(last.usage.total_tokens, last.usage.prompt_tokens + last.usage.completion_tokens);
      } else {
        assert.ok(chunks.every((each) => !('usage' in each)));
      }
    });
  }

  it('say the same whole and streamed, with no character broken', async () => {
    const asked = { model: FAST, messages: user('say exactly: 你好，世界 👩‍🚀 naïve') };
    const whole = await client.chat.completions.create(asked);
    const streamed = await collect(await client.chat.completions.create({ ...asked, stream: true }));
    assert.equal(whole.choices[0].message.content, '你好，世界 👩‍🚀 naïve');
    assert.equal(contentOf(streamed), whole.choices[0].message.content);
  });

  it('go through the stream helper', async () => {
    const runner = client.chat.completions.stream({
      model: FAST,
      messages: user('count to 20'),
      stream_options: { include_usage: true },
    });
    const deltas = [];
    runner.on('content', (delta) => deltas.push(delta));
    const final = await runner.finalChatCompletion();
    assert.equal(final.choices[0].finish_reason, 'stop');
    assert.equal(deltas.join(''), await runner.finalContent());
    assert.ok((await runner.totalUsage()).total_tokens > 0);
  });

  it('show their reasoning in a field of its own', async () => {
    const asked = { model: THINKING, messages: user('你好') };
    const whole = await client.chat.completions.create(asked);
    const { message } = whole.choices[0];
    assert.ok(message.reasoning_content);
    assert.ok(!message.content.includes(message.reasoning_content));
    assert.ok(whole.usage.completion_tokens_details.reasoning_tokens > 0);
    const deltas = (await collect(await client.chat.completions.create({ ...asked, stream: true }))).map(
      (chunk) => chunk.choices[0].delta,
    );
    assert.ok(deltas.map((delta) => delta.reasoning_content ?? '').join(''));
    const lastThought = deltas.findLastIndex((delta) => delta.reasoning_content);
    assert.ok(lastThought < deltas.findIndex((delta) => delta.content));
  });

  it('end before a stop sequence', async () => {
    const asked = { model: FAST, messages: user('say exactly: one two three four'), stop: ['three'] };
    const whole = await client.chat.completions.create(asked);
    const chunks = await collect(await client.chat.completions.create({ ...asked, stream: true }));
    assert.equal(whole.choices[0].message.content, 'one two ');
    assert.equal(contentOf(chunks), 'one two ');
  });

  it('call tools by hand', async () => {
    const messages = user(ASKED);
    const first = await client.chat.completions.create({ model: 'grok-4', messages, tools: [TOOL] });
    const { message, finish_reason: reason } = first.choices[0];
    assert.equal(reason, 'tool_calls');
    const [call] = message.tool_calls;
    assert.equal(call.type, 'function');
    assert.equal(call.function.name, 'get_weather');
    assert.deepEqual(JSON.parse(call.function.arguments), { city: 'Paris' });
    messages.push(message, { role: 'tool', tool_call_id: call.id, content: '22 degrees and sunny' });
    const second = await client.chat.completions.create({ model: 'grok-4', messages, tools: [TOOL] });
    assert.match(second.choices[0].message.content, /22 degrees/);
  });

  it('stream every call as one whole delta', async () => {
    const stream = await client.chat.completions.create({
      model: 'grok-4',
      messages: user('What is the weather in Paris and Tokyo?'),
      tools: [TOOL],
      stream: true,
    });
    const chunks = await collect(stream);
    const calls = chunks.flatMap((chunk) => chunk.choices[0].delta.tool_calls ?? []);
    assert.deepEqual(calls.map((call) => call.index), [0, 1]);
    assert.equal(new Set(calls.map((call) => call.id)).size, 2);
    assert.ok(calls.every((call) => call.type === 'function' && call.function.name === 'get_weather'));
    const cities = calls.map((call) => JSON.parse(call.function.arguments).city);
    assert.deepEqual(cities, ['Paris', 'Tokyo']);
    assert.equal(chunks.at(-1).choices[0].finish_reason, 'tool_calls');
  });

  for (const stream of [false, true]) {
    it(`run tools by themselves, stream ${stream}`, async () => {
      const cities = [];
      const weather = ({ city }) => {
        cities.push(city);
        return `22 degrees in ${city}`;
      };
      const runner = client.chat.completions.runTools({
        model: 'grok-4',
        messages: user(ASKED),
        stream,
        tools: [{ type: 'function', function: { ...WEATHER, function: weather, parse: JSON.parse } }],
      });
      assert.match(await runner.finalContent(), /22 degrees in Paris/);
      assert.deepEqual(cities, ['Paris']);
      assert.deepEqual(
        runner.messages.map((message) => message.role),
        ['user', 'assistant', 'tool', 'assistant'],
      );
    });
  }

  it('parse the arguments of a zod tool', async () => {
    const answer = await client.chat.completions.parse({
      model: 'grok-4',
      messages: user(ASKED),
      tools: [zodFunction({ name: 'get_weather', parameters: City })],
    });
    assert.deepEqual(answer.choices[0].message.tool_calls[0].function.parsed_arguments, { city: 'Paris' });
  });

  it('keep to a zod schema, whole and streamed', async () => {
    const asked = {
      model: 'grok-4',
      messages: user('Alice and Bob meet.'),
      response_format: zodResponseFormat(Meeting, 'meeting'),
    };
    const whole = await client.chat.completions.parse(asked);
    const streamed = await client.chat.completions.stream(asked).finalChatCompletion();
    for (const answer of [whole, streamed]) {
      assert.ok(Meeting.safeParse(answer.choices[0].message.parsed).success);
    }
  });
});

describe('request ids', TIMEOUT, () => {
  it('come with every answer and are all different', async () => {
    const asked = { model: FAST, messages: user('hi') };
    const answer = await client.chat.completions.create(asked);
    const { data, request_id: streamed, response } = await client.chat.completions
      .create({ ...asked, stream: true })
      .withResponse();
    await collect(data);
    const { _request_id: responses } = await client.responses.create({ model: FAST, input: 'hi' });
    const ids = [answer._request_id, streamed, responses];
    for (const id of ids) assert.match(id, /^req_/);
    assert.equal(new Set(ids).size, 3);
    assert.match(response.headers.get('content-type'), /^text\/event-stream/);
  });
});
