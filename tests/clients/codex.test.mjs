// The real Codex CLI against the real gateway: it works in a directory of its own with its own shell tool.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { AGENT_LIMIT, jobThroughLoss, put, relay, run, script, workplace } from './agents.mjs';
import { callsOf, SESSIONS_BASE_URL } from './sessions.mjs';
import { FAST, THINKING } from './support.mjs';

const PACKAGE = createRequire(import.meta.url).resolve('@openai/codex/package.json');
const CODEX = join(dirname(PACKAGE), 'bin', 'codex.js');
const FREE = ['--json', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox'];
const config = (model, base, socket) => `
model = "${model}"
model_provider = "gateway"
check_for_update_on_startup = false

[analytics]
enabled = false

[model_providers.gateway]
name = "The gateway"
base_url = "${base}"
wire_api = "responses"
env_key = "GATEWAY_KEY"
supports_websockets = ${socket}
request_max_retries = 0
stream_max_retries = 0
`;

async function codex(test, model, { base = SESSIONS_BASE_URL, socket = false } = {}) {
  const place = await workplace(test);
  await put(place.home, 'config.toml', config(model, base, socket));
  const environment = { CODEX_HOME: place.home, GATEWAY_KEY: process.env.OPENAI_API_KEY };
  const start = (...args) => run(CODEX, ['exec', ...args], { ...place, environment, signal: test.signal });
  return { place, start };
}

const last = (done) => itemsOf(done, 'agent_message').at(-1)?.text;
const itemsOf = ({ events }, type) =>
  events.filter((each) => each.type === 'item.completed' && each.item.type === type).map(({ item }) => item);
const command = (cmd) => ({ cmd });
const NAMESPACED = { namespace: 'multi_agent_v1', name: 'wait_agent' };

describe('codex', AGENT_LIMIT, () => {
  it('answers, and goes on in a later process', async (test) => {
    const { start } = await codex(test, FAST);
    const first = await start(...FREE, 'My name is Bob.');
    assert.equal(first.code, 0, JSON.stringify(first.events.at(-1) ?? first.complained));
    assert.match(last(first), /Bob/);
    const { usage } = first.events.find((event) => event.type === 'turn.completed');
    assert.ok(usage.input_tokens > 0 && usage.output_tokens > 0);
    const { thread_id: thread } = first.events.find((event) => event.type === 'thread.started');
    const second = await start('resume', ...FREE, thread, 'What is my name?');
    assert.match(last(second), /Bob/);
  });

  for (const model of [FAST, THINKING]) {
    it(`writes a file and reads it back, ${model}`, async (test) => {
      const { place, start } = await codex(test, model);
      const calls = [command("printf 'hello from grok' > hello.txt"), command('cat hello.txt')];
      const done = await start(...FREE, script('Write a greeting and show it.', 'exec_command', calls));
      assert.equal(done.code, 0, JSON.stringify(done.events.at(-1) ?? done.complained));
      assert.equal(await place.read('hello.txt'), 'hello from grok');
      const commands = itemsOf(done, 'command_execution');
      assert.deepEqual(commands.map((item) => item.exit_code), [0, 0]);
      assert.match(last(done), /hello from grok/);
    });
  }

  for (const loss of ['blocked by xAI', 'deleted']) {
    it(`finishes its job and remembers, though its account is ${loss} in the middle`, async (test) => {
      const { place, start } = await codex(test, THINKING);
      const work = (prompt) => start(...FREE, prompt);
      const { name, done } = await jobThroughLoss({ place, tool: 'exec_command', call: command, work, loss });
      assert.match(last(done), /step 9/);
      const { thread_id: thread } = done.events.find((event) => event.type === 'thread.started');
      assert.match(last(await start('resume', ...FREE, thread, 'What is my name?')), new RegExp(name));
      const [first] = await callsOf(name);
      assert.equal(first.body.store, false);
    });
  }

  it('calls a function of a namespace', async (test) => {
    const { start } = await codex(test, FAST);
    const { namespace, name } = NAMESPACED;
    const done = await start(...FREE, script('Wait.', `${namespace}__${name}`, [{ targets: ['nobody'] }]));
    assert.equal(done.code, 0, JSON.stringify(done.events.at(-1) ?? done.complained));
    // So it has found the function, and looked for the agent.
    assert.match(last(done), /invalid agent id nobody/);
  });

  for (const model of [FAST, THINKING]) {
    it(`does its job over a WebSocket, ${model}`, async (test) => {
      const { base, seen } = await relay(test, process.env.SESSIONS_URL);
      const { place, start } = await codex(test, model, { base: `${base}/v1`, socket: true });
      const calls = [command("printf 'hello from grok' > hello.txt"), command('cat hello.txt')];
      const done = await start(...FREE, script('Write a greeting and show it.', 'exec_command', calls));
      assert.equal(done.code, 0, JSON.stringify(done.events.at(-1) ?? done.complained));
      assert.equal(await place.read('hello.txt'), 'hello from grok');
      assert.match(last(done), /hello from grok/);
      assert.deepEqual(seen, ['GET /v1/responses HTTP/1.1']);
    });
  }

  it('finishes its job over a WebSocket, though its account is lost in the middle', async (test) => {
    const { base, seen } = await relay(test, process.env.SESSIONS_URL);
    const { place, start } = await codex(test, THINKING, { base: `${base}/v1`, socket: true });
    const work = (prompt) => start(...FREE, prompt);
    const job = { place, tool: 'exec_command', call: command, work, loss: 'blocked by xAI' };
    assert.match(last((await jobThroughLoss(job)).done), /step 9/);
    assert.ok(seen.every((line) => line.startsWith('GET /v1/responses')), seen.join());
  });

  for (const [reason, prompt, said, base] of [
    ['refused content', '!sandbox:safety hi', /content policy/i],
    ['a broken stream', '!sandbox:stream_error=2500 count to 3000', /./],
    ['no credit', 'hi', /quota|credit/i, process.env.SPENT_BASE_URL],
  ]) {
    it(`tells that its turn has failed: ${reason}`, async (test) => {
      const { start } = await codex(test, FAST, { base });
      const done = await start(...FREE, prompt);
      assert.notEqual(done.code, 0);
      const failed = done.events.find((event) => event.type === 'turn.failed');
      assert.match(failed.error.message, said);
    });
  }
});
