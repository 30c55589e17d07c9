// The official Node SDK against the real gateway: responses, and what is stored of them.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import OpenAI from 'openai';
import { zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod';
import { ASKED, City, FAST, Meeting, THINKING, TIMEOUT, WEATHER } from './support.mjs';
import { client, collect, user } from './support.mjs';

const TOOL = { type: 'function', ...WEATHER, strict: true };

describe('responses', TIMEOUT, () => {
  it('answer whole', async () => {
    const answer = await client.responses.create({ model: 'grok-4', input: '你好', instructions: 'Be kind.' });
    assert.match(answer.id, /^resp_/);
    assert.equal(answer.model, 'grok-4');
    assert.equal(answer.status, 'completed');
    assert.equal(answer.instructions, 'Be kind.');
    assert.ok(answer.output_text);
    assert.ok(Number.isInteger(answer.created_at));
    assert.equal(answer.usage.total_tokens, answer.usage.input_tokens + answer.usage.output_tokens);
  });

  it('stream in order, and end as the whole answer', async () => {
    const events = await collect(
      await client.responses.create({ model: THINKING, input: '数到20', stream: true }),
    );
    const kinds = events.map((event) => event.type);
    assert.deepEqual(kinds.slice(0, 2), ['response.created', 'response.in_progress']);
    assert.equal(kinds.at(-1), 'response.completed');
    assert.deepEqual(events.map((event) => event.sequence_number), [...events.keys()]);
    const { response } = events.at(-1);
    const added = events.filter((event) => event.type === 'response.output_item.added');
    const done = events.filter((event) => event.type === 'response.output_item.done');
    assert.deepEqual(added.map((event) => event.item.id), response.output.map((item) => item.id));
    assert.deepEqual(done.map((event) => event.item), response.output);
    assert.deepEqual(response.output.map((item) => item.type), ['reasoning', 'message']);
    const deltas = events.filter((event) => event.type === 'response.output_text.delta');
    assert.equal(deltas.map((event) => event.delta).join(''), response.output[1].content[0].text);
    const thoughts = events.filter((event) => event.type === 'response.reasoning_summary_text.delta');
    assert.equal(thoughts.map((event) => event.delta).join(''), response.output[0].summary[0].text);
    assert.deepEqual((await client.responses.retrieve(response.id)).output, response.output);
  });

  it('go through the stream helper', async () => {
    const stream = client.responses.stream({ model: FAST, input: 'count to 20' });
    let snapshot = '';
    stream.on('response.output_text.delta', (event) => {
      snapshot = event.snapshot;
    });
    const final = await stream.finalResponse();
    assert.equal(final.status, 'completed');
    assert.equal(final.output_text, snapshot);
    assert.match(snapshot, /20/);
  });

  it('keep to a zod schema, whole and streamed', async () => {
    const asked = {
      model: 'grok-4',
      input: 'Alice and Bob meet.',
      text: { format: zodTextFormat(Meeting, 'meeting') },
    };
    const whole = await client.responses.parse(asked);
    const streamed = await client.responses.stream(asked).finalResponse();
    for (const answer of [whole, streamed]) {
      assert.ok(Meeting.safeParse(answer.output_parsed).success);
    }
  });

  for (const stream of [false, true]) {
    it(`take a tool's result after previous_response_id, stream ${stream}`, async () => {
      const asked = { model: 'grok-4', input: ASKED, tools: [TOOL] };
      const first = stream
        ? await client.responses.stream(asked).finalResponse()
        : await client.responses.create(asked);
      const call = first.output.find((item) => item.type === 'function_call');
      assert.equal(call.name, 'get_weather');
      assert.deepEqual(JSON.parse(call.arguments), { city: 'Paris' });
      const second = await client.responses.create({
        model: 'grok-4',
        previous_response_id: first.id,
        input: [{ type: 'function_call_output', call_id: call.call_id, output: '22 degrees' }],
        tools: [TOOL],
      });
      assert.equal(second.previous_response_id, first.id);
      assert.match(second.output_text, /22 degrees/);
    });
  }

  it('take their own output back as input', async () => {
    const input = user(ASKED);
    const asked = { model: 'grok-4', store: false, tools: [TOOL] };
    const first = await client.responses.create({ ...asked, input });
    const call = first.output.find((item) => item.type === 'function_call');
    const result = { type: 'function_call_output', call_id: call.call_id, output: '22 degrees' };
    input.push(...first.output, result);
    const second = await client.responses.create({ ...asked, input });
    assert.match(second.output_text, /22 degrees/);
  });

  it('parse the arguments of a zod tool', async () => {
    const answer = await client.responses.parse({
      model: 'grok-4',
      input: ASKED,
      tools: [zodResponsesFunction({ name: 'get_weather', parameters: City })],
    });
    const call = answer.output.find((item) => item.type === 'function_call');
    assert.deepEqual(call.parsed_arguments, { city: 'Paris' });
  });

  it('go on where a conversation was', async () => {
    const first = await client.responses.create({ model: FAST, input: 'My name is Bob.' });
    const second = await client.responses.create({
      model: FAST,
      previous_response_id: first.id,
      input: 'What is my name?',
    });
    assert.match(second.output_text, /Bob/);
  });

  it('are stored: retrieved, their input listed, deleted', async () => {
    const made = await client.responses.create({ model: FAST, input: 'Remember me.' });
    const again = await client.responses.retrieve(made.id);
    assert.equal(again.model, FAST);
    assert.equal(again.output_text, made.output_text);
    assert.deepEqual(again.output, made.output);
    const items = await collect(client.responses.inputItems.list(made.id));
    assert.match(JSON.stringify(items), /Remember me\./);
    assert.ok(items.every((item) => item.id));
    await client.responses.delete(made.id);
    await assert.rejects(client.responses.retrieve(made.id), OpenAI.NotFoundError);
  });

  it('list their input page by page, in both orders', async () => {
    const input = [...user('one'), { role: 'assistant', content: 'two' }, ...user('three')];
    const made = await client.responses.create({ model: FAST, input });
    const listed = async (order) => {
      const items = await collect(client.responses.inputItems.list(made.id, { limit: 1, order }));
      return items.map((item) => item.content[0].text);
    };
    assert.deepEqual(await listed('asc'), ['one', 'two', 'three']);
    assert.deepEqual(await listed('desc'), ['three', 'two', 'one']);
  });

  it('search the web', async () => {
    const stream = await client.responses.create({
      model: 'grok-4',
      input: 'Search the web: what is xAI?',
      tools: [{ type: 'web_search' }],
      stream: true,
    });
    const { response } = (await collect(stream)).at(-1);
    const [search] = response.output.filter((item) => item.type === 'web_search_call');
    assert.equal(search.status, 'completed');
    const { annotations } = response.output.at(-1).content[0];
    assert.ok(annotations.length > 0);
    assert.ok(annotations.every((each) => each.type === 'url_citation' && URL.canParse(each.url)));
  });

  it('are not stored when the user says so', async () => {
    const made = await client.responses.create({ model: FAST, input: 'Forget me.', store: false });
    assert.equal(made.store, false);
    await assert.rejects(client.responses.retrieve(made.id), OpenAI.NotFoundError);
  });
});
