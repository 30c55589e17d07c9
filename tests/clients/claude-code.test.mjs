// The real Claude Code CLI against the real gateway: it works in a directory of its own with its own tools.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { AGENT_LIMIT, jobThroughLoss, run, script, workplace } from './agents.mjs';
import { FAST, THINKING } from './support.mjs';

// Installed without its install script: this launcher finds the program of the platform.
const CLAUDE = join(
  dirname(createRequire(import.meta.url).resolve('@anthropic-ai/claude-code/package.json')),
  'cli-wrapper.cjs',
);
const FREE = ['--dangerously-skip-permissions', '--verbose'];
const STREAMED = [...FREE, '--output-format', 'stream-json'];
const WHOLE = ['--output-format', 'json'];

async function claude(test, model, more = {}) {
  const place = await workplace(test);
  const environment = {
    ANTHROPIC_BASE_URL: process.env.SESSIONS_URL,
    ANTHROPIC_AUTH_TOKEN: process.env.OPENAI_API_KEY,
    ANTHROPIC_MODEL: model,
    ANTHROPIC_SMALL_FAST_MODEL: FAST,
    CLAUDE_CONFIG_DIR: place.home,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_MAX_RETRIES: '0',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_TELEMETRY: '1',
    IS_SANDBOX: '1', // lets root work without asking
    ...more,
  };
  const start = (...args) => run(CLAUDE, ['-p', ...args], { ...place, environment, signal: test.signal });
  return { place, start };
}

const resultOf = ({ events }) => events.flat().findLast((event) => event.type === 'result');
const command = (cmd) => ({ command: cmd, description: 'A step' });

describe('claude code', AGENT_LIMIT, () => {
  for (const [way, form] of [
    ['streamed', STREAMED],
    ['whole', [...FREE, ...WHOLE]],
  ]) {
    it(`answers, and goes on in a later process, ${way}`, async (test) => {
      const { start } = await claude(test, FAST);
      const first = await start('My name is Bob. Say exactly: noted, Bob', ...form);
      assert.equal(first.code, 0, resultOf(first)?.result ?? first.complained);
      assert.equal(resultOf(first).result, 'noted, Bob');
      assert.ok(resultOf(first).usage.input_tokens > 0 && resultOf(first).usage.output_tokens > 0);
      const second = await start('What is my name?', '--resume', resultOf(first).session_id, ...form);
      assert.match(resultOf(second).result, /Bob/);
    });
  }

  for (const model of [FAST, THINKING]) {
    it(`writes a file and reads it back, ${model}`, async (test) => {
      const { place, start } = await claude(test, model);
      const path = join(place.work, 'hello.txt');
      const prompt = [
        script('Write a greeting and show it.', 'Write', [{ file_path: path, content: 'hello from grok' }]),
        script('', 'Bash', [command('cat hello.txt')]),
      ];
      const done = await start(prompt.join('\n'), ...STREAMED);
      assert.equal(done.code, 0, resultOf(done)?.result ?? done.complained);
      assert.equal(await place.read('hello.txt'), 'hello from grok');
      const { result, num_turns: turns } = resultOf(done);
      assert.equal(turns, 3);
      assert.match(result, /hello from grok/);
    });
  }

  for (const loss of ['blocked by xAI', 'deleted']) {
    it(`finishes its job and remembers, though its account is ${loss} in the middle`, async (test) => {
      const { place, start } = await claude(test, THINKING);
      const work = (prompt) => start(prompt, ...STREAMED);
      const { name, done } = await jobThroughLoss({ place, tool: 'Bash', call: command, work, loss });
      assert.match(resultOf(done).result, /step 9/);
      const after = await start('What is my name?', '--resume', resultOf(done).session_id, ...STREAMED);
      assert.match(resultOf(after).result, new RegExp(name));
    });
  }

  it('tells that its model is unknown', async (test) => {
    const { start } = await claude(test, 'no-such-model');
    const { code, events } = await start('hi', ...STREAMED);
    assert.notEqual(code, 0);
    const result = resultOf({ events });
    assert.deepEqual([result.is_error, result.api_error_status], [true, 404]);
    assert.match(result.result, /no-such-model/);
  });

  it('tells that the request was refused', async (test) => {
    const { start } = await claude(test, FAST);
    const { code, events } = await start('!sandbox:safety hi', ...STREAMED);
    assert.notEqual(code, 0);
    const result = resultOf({ events });
    assert.deepEqual([result.is_error, result.api_error_status], [true, 400]);
    assert.match(result.result, /content policy/i);
  });
});
