// Running a real coding agent without a terminal, a home or a way out of this machine, and its jobs.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { callsOf, loseAccountOf, newName } from './sessions.mjs';

// Whatever an agent wants from elsewhere ends at a port that nobody listens on.
const NOWHERE = 'http://127.0.0.1:9';
const OFFLINE = {
  ...{ HTTP_PROXY: NOWHERE, HTTPS_PROXY: NOWHERE, http_proxy: NOWHERE, https_proxy: NOWHERE },
  ...{ NO_PROXY: '127.0.0.1,localhost', no_proxy: '127.0.0.1,localhost' },
};
const JOB_TURNS = 10;
const LOST_AFTER = 4;

export const AGENT_LIMIT = { timeout: 180_000 };

/** A directory for the agent's work and one for its home, gone after the test. */
export async function workplace(test) {
  const root = await mkdtemp(join(tmpdir(), 'grok2api-agent-'));
  test.after(() => rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  const [home, work] = [await mkdtemp(join(root, 'home-')), await mkdtemp(join(root, 'work-'))];
  return { home, work, read: (name) => readFile(join(work, name), 'utf8') };
}

/** Carry connections to a server, for the length of a test; `seen` is the first line of each. */
export async function relay(test, url) {
  const { hostname, port } = new URL(url);
  const seen = [];
  const server = createServer((client) => {
    const carried = connect(port, hostname);
    client.once('data', (bytes) => seen.push(bytes.toString('latin1').split('\r\n')[0]));
    client.pipe(carried).pipe(client);
    client.on('error', () => carried.destroy());
    carried.on('error', () => client.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  test.after(() => server.close());
  return { base: `http://127.0.0.1:${server.address().port}`, seen };
}

/** Run an agent to its end; return its exit code, what it said in JSON lines, and its complaints. */
export function run(script, args, { work, home, environment, signal }) {
  const own = { PATH: process.env.PATH, HOME: home, TMPDIR: work, LANG: 'C.UTF-8' };
  const env = { ...own, ...OFFLINE, ...environment };
  const child = spawn(process.execPath, [script, ...args], {
    ...{ cwd: work, env, detached: true },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // An agent is a launcher, a program and the commands that it runs: all end with a test that is cut short.
  signal.addEventListener('abort', () => child.exitCode ?? process.kill(-child.pid, 'SIGKILL'));
  let [said, complained] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (complained += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const events = said.split('\n').filter(Boolean).map((line) => JSON.parse(line));
      resolve({ code, events, complained });
    });
  });
}

/** A prompt that has the sandbox call `tool` with each of the arguments in turn. */
export const script = (prompt, tool, calls) =>
  [prompt, ...calls.map((each) => `!sandbox:call=${tool} ${JSON.stringify(each)}`)].join('\n');

/**
 * Let an agent work through a job of ten turns, and lose the account that serves it during its fourth call.
 *
 * `work(prompt)` runs the agent, `call(command)` gives its shell tool's arguments. The commands of the job append
 * to a file, so that it tells which were carried out, and in which order. Returns the conversation's name and
 * what `work` returned.
 */
export async function jobThroughLoss({ place, tool, call, work, loss }) {
  const name = newName();
  const waiting = join(place.work, 'waiting');
  const commands = Array.from({ length: JOB_TURNS - 1 }, (_, turn) => `echo step ${turn + 1} >> steps.txt`);
  commands[LOST_AFTER - 1] += '; touch waiting; while [ -e waiting ]; do sleep 0.05; done';
  commands[JOB_TURNS - 2] += '; cat steps.txt';
  const prompt = script(`My name is ${name}. Take these steps.`, tool, commands.map(call));
  const ended = new AbortController();
  const [done, lost] = await Promise.all([
    work(prompt).finally(() => ended.abort(new Error('the agent ended before its account was lost'))),
    loseWhen(waiting, name, loss, ended.signal).catch((error) => ({ error, restore() {} })),
  ]);
  await lost.restore();
  assert.equal(done.code, 0, JSON.stringify(done.events.at(-1) ?? done.complained));
  assert.ifError(lost.error);
  assert.deepEqual((await place.read('steps.txt')).match(/\d+/g), [...'123456789']);
  const served = (await callsOf(name)).map((row) => row.account);
  const other = served.at(-1);
  assert.notEqual(other, lost.account);
  const expected = [...Array(LOST_AFTER).fill(lost.account), ...Array(JOB_TURNS - LOST_AFTER).fill(other)];
  assert.deepEqual(served.slice(-JOB_TURNS), expected);
  return { name, done };
}

async function loseWhen(waiting, name, loss, signal) {
  while (!(await exists(waiting))) await pause(50, undefined, { signal });
  const lost = await loseAccountOf(name, loss);
  await rm(waiting);
  return lost;
}

const exists = (path) => access(path).then(() => true, () => false);
export const put = (directory, name, text) => writeFile(join(directory, name), text);
