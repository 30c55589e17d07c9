// The official Node SDK against the real gateway: what fails, how often it is tried again, what is aborted.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import OpenAI from 'openai';
import { FAST, TIMEOUT } from './support.mjs';
import { client, collect, contentOf, countingClient, endOf, orderFault, user } from './support.mjs';

// A 429 lets the credentials rest for the model, so no other test may ask for this one.
const LIMITED = 'grok-3-fast';
const LIMITED_UPSTREAM = 'grok-4.20-0309-non-reasoning';

describe('errors', TIMEOUT, () => {
  const refused = [
    [{ model: 'no-such-model' }, OpenAI.NotFoundError, 'model_not_found', 'model'],
    [{ temperature: 9 }, OpenAI.BadRequestError, 'invalid_value', 'temperature'],
    [{ logprobs: true }, OpenAI.BadRequestError, 'unsupported_parameter', 'logprobs'],
    [{ messages: [] }, OpenAI.BadRequestError, 'invalid_value', 'messages'],
  ];
  for (const [more, kind, code, param] of refused) {
    for (const stream of [false, true]) {
      it(`name the field: ${JSON.stringify(more)}, stream ${stream}`, async () => {
        const { client: retrying, statuses } = countingClient();
        const asked = { model: 'grok-4', messages: user('hi'), stream, ...more };
        await assert.rejects(retrying.chat.completions.create(asked), (error) => {
          assert.ok(error instanceof kind);
          assert.deepEqual([error.code, error.param, error.type], [code, param, 'invalid_request_error']);
          assert.match(error.requestID, /^req_/);
          return true;
        });
        assert.equal(statuses.length, 1);
      });
    }
  }

  it('name an unknown previous response', async () => {
    const asked = { model: FAST, input: 'x', previous_response_id: 'resp_nothing' };
    await assert.rejects(client.responses.create(asked), (error) => {
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.equal(error.code, 'previous_response_not_found');
      assert.equal(error.param, 'previous_response_id');
      return true;
    });
  });

  it('refuse a wrong key, once', async () => {
    const { client: retrying, statuses } = countingClient({ apiKey: 'sk-wrong' });
    await assert.rejects(retrying.models.list(), (error) => {
      assert.ok(error instanceof OpenAI.AuthenticationError);
      assert.equal(error.code, 'invalid_api_key');
      return true;
    });
    assert.deepEqual(statuses, [401]);
  });

  it('say that the credit is gone, once', async () => {
    const { client: retrying, statuses } = countingClient({ baseURL: process.env.SPENT_BASE_URL });
    await assert.rejects(
      retrying.chat.completions.create({ model: FAST, messages: user('hi') }),
      (error) => {
        assert.ok(error instanceof OpenAI.RateLimitError);
        assert.equal(error.code, 'insufficient_quota');
        return true;
      },
    );
    assert.deepEqual(statuses, [429]);
  });

  it('are over once a limit has passed', async () => {
    const match = { model: LIMITED_UPSTREAM };
    await orderFault({ fault: 'status', status: 429, retry_after: 1, times: 2, match });
    const { client: retrying, statuses } = countingClient();
    const answer = await retrying.chat.completions.create({ model: LIMITED, messages: user('hi') });
    assert.ok(answer.choices[0].message.content);
    assert.equal(statuses[0], 429);
    assert.equal(statuses.at(-1), 200);
  });

  it('end the retries of a limit that stays', async () => {
    const { client: retrying, statuses } = countingClient();
    const asked = { model: LIMITED, messages: user('!sandbox:429') };
    await assert.rejects(retrying.chat.completions.create(asked), (error) => {
      assert.ok(error instanceof OpenAI.RateLimitError);
      assert.equal(error.code, 'rate_limit_exceeded');
      assert.ok(Number(error.headers.get('retry-after')) <= 60);
      return true;
    });
    assert.deepEqual(statuses, [429, 429, 429]);
  });

  // So late that the client has the beginning of the answer: what fails before that is tried again unseen.
  for (const fault of ['stream_error=2500', 'cut=2500']) {
    it(`tell of a failure in the middle of chat chunks: ${fault}`, async () => {
      const asked = { model: FAST, messages: user(`!sandbox:${fault} count to 3000`), stream: true };
      const stream = await client.chat.completions.create(asked);
      const chunks = [];
      await assert.rejects(
        async () => {
          for await (const chunk of stream) chunks.push(chunk);
        },
        (error) => {
          assert.ok(error instanceof OpenAI.APIError);
          assert.equal(error.code, 'upstream_error');
          return true;
        },
      );
      assert.ok(contentOf(chunks));
      assert.ok(chunks.every((chunk) => chunk.choices[0].finish_reason === null));
    });

    it(`tell of a failed response in its last event: ${fault}`, async () => {
      const input = `!sandbox:${fault} count to 3000`;
      const events = await collect(await client.responses.create({ model: FAST, input, stream: true }));
      const last = events.at(-1);
      assert.equal(last.type, 'response.failed');
      assert.equal(last.response.status, 'failed');
      assert.equal(last.response.error.code, 'server_error');
    });
  }
});

describe('an aborted stream', TIMEOUT, () => {
  const surfaces = {
    chat: (prompt, options) =>
      client.chat.completions.create({ model: FAST, messages: user(prompt), stream: true }, options),
    responses: (input, options) => client.responses.create({ model: FAST, input, stream: true }, options),
  };
  for (const [name, start] of Object.entries(surfaces)) {
    it(`ends the call upstream: ${name}`, async ({ signal }) => {
      const prompt = `!sandbox:trickle=0.05 count to 5000 for ${name}`;
      const stream = await start(prompt);
      let seen = 0;
      for await (const _ of stream) {
        seen += 1;
        if (seen === 5) break;
      }
      assert.equal(await endOf(`for ${name}`, signal), 'cancelled');
    });

    it(`ends the call upstream by a signal: ${name}`, async ({ signal }) => {
      const controller = new AbortController();
      const stream = await start(`!sandbox:trickle=0.05 count to 5000 by ${name}`, {
        signal: controller.signal,
      });
      for await (const _ of stream) controller.abort();
      assert.equal(await endOf(`by ${name}`, signal), 'cancelled');
    });
  }
});
