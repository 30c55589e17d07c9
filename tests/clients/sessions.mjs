// A conversation of ten turns, whose account is lost in the middle: what every client has to come through.
// It runs against a gateway with two accounts, and its operator's password.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { journal, sandbox } from './support.mjs';

const { SESSIONS_URL, SESSIONS_PASSWORD } = process.env;
const TURNS = 10;
const LOST_AT = 5;
const LIMIT = { timeout: 20_000 };

export const SESSIONS_BASE_URL = `${SESSIONS_URL}/v1`;

/** How an account may be lost: by xAI, or by the operator. Each returns what brings it back. */
export const LOSSES = {
  async 'blocked by xAI'({ account, credential }) {
    await sandbox('POST', '/accounts', { name: account, blocked: 'team' });
    return async () => {
      await sandbox('POST', '/accounts', { name: account, blocked: null });
      await operate('POST', `/credentials/${credential}/clear-cooldown`);
      await untilServing(account, true);
    };
  },
  async disabled({ account, credential }) {
    await operate('POST', `/credentials/${credential}/disable`);
    await untilServing(account, false);
    return async () => {
      await operate('POST', `/credentials/${credential}/enable`);
      await untilServing(account, true);
    };
  },
  // What is deleted is gone from the list at once: disabled before, the pool is known to have followed.
  async deleted({ account, credential }) {
    await operate('POST', `/credentials/${credential}/disable`);
    await untilServing(account, false);
    await operate('DELETE', `/credentials/${credential}`);
    return async () => {
      await operate('POST', '/credentials', { key: `xai-sandbox-${account}` });
      await untilServing(account, true);
    };
  },
};

/** A name that no other conversation has. */
export const newName = () => `Bob${randomBytes(4).toString('hex')}`;

/** The calls that upstream answered of the conversation in which `name` is said, oldest first. */
export async function callsOf(name) {
  const answered = (await journal()).filter((row) => row.status === 200 && row.account);
  return answered.filter((row) => JSON.stringify(row.body ?? null).includes(name));
}

/** Lose the account that served the first call of a conversation; return its name and what brings it back. */
export async function loseAccountOf(name, loss = 'blocked by xAI') {
  const [first] = await callsOf(name);
  const { account } = first;
  const { id } = await credentialOf(account);
  return { account, restore: await LOSSES[loss]({ account, credential: id }) };
}

/**
 * Lead a conversation by history through the loss of the account that began it.
 *
 * `begin()` makes a conversation; its `say(text)` sends the next turn and returns the text of the answer.
 */
export function itOutlivesItsAccount(label, begin, losses = Object.keys(LOSSES)) {
  for (const loss of losses) {
    it(`${label}: ten turns, the account is ${loss} at turn ${LOST_AT}`, LIMIT, async () => {
      const { say, name } = await settle(begin);
      for (let turn = 3; turn < LOST_AT; turn += 1) await sayTurn(say, turn, name);
      const { account, restore } = await loseAccountOf(name, loss);
      try {
        for (let turn = LOST_AT; turn <= TURNS; turn += 1) await sayTurn(say, turn, name);
      } finally {
        await restore();
      }
      await checkCalls(name, account);
    });
  }
}

/**
 * Lead a conversation that lives upstream to the loss of its account: the next turn is refused by name.
 *
 * `refused` checks the error that the client throws. Where a key may have conversations rescued, a test of
 * that is the one above.
 */
export function itIsRefusedWithoutItsAccount(label, begin, refused) {
  it(`${label}: the turn after its account is gone is refused`, LIMIT, async () => {
    const say = begin();
    const name = newName();
    for (let turn = 1; turn < LOST_AT; turn += 1) await sayTurn(say, turn, name);
    assert.match(await say('What is my name?'), new RegExp(name));
    const { restore } = await loseAccountOf(name, 'deleted');
    try {
      await assert.rejects(() => say('What is my name?'), refused);
    } finally {
      await restore();
    }
  });
}

function question(turn, name) {
  if (turn === 1) return [`My name is ${name}.`, new RegExp(name)];
  if (turn === TURNS) return ['What is my name?', new RegExp(name)];
  return [`Say exactly: turn ${turn} is here`, new RegExp(`turn ${turn} is here`)];
}

/** The account that began served up to its loss, and the other one from then on. */
async function checkCalls(name, lost) {
  const served = (await callsOf(name)).map((row) => row.account);
  const other = served.at(-1);
  assert.notEqual(other, lost);
  const expected = [...Array(LOST_AT - 1).fill(lost), ...Array(TURNS - LOST_AT + 1).fill(other)];
  assert.deepEqual(served, expected);
}

/** Say the first two turns, again in another conversation until one account has both: it is at home there. */
async function settle(begin) {
  for (;;) {
    const [say, name] = [begin(), newName()];
    for (const turn of [1, 2]) await sayTurn(say, turn, name);
    const [first, second] = await callsOf(name);
    if (first.account === second.account) return { say, name };
  }
}

async function sayTurn(say, turn, name) {
  const [asked, expected] = question(turn, name);
  assert.match(await say(asked), expected, `turn ${turn}`);
}

const credentialOf = async (account) =>
  (await operate('GET', '/credentials')).data.find((each) => each.hint.endsWith(account.slice(-4)));

/** Wait until the gateway's pool has followed what its operator ordered. */
async function untilServing(account, expected) {
  while (((await credentialOf(account))?.live?.status === 'active') !== expected) await pause(20);
}

let session;

async function operate(method, path, body) {
  session ??= send('POST', '/session', { password: SESSIONS_PASSWORD });
  return send(method, path, body, { authorization: `Bearer ${(await session).token}` });
}

async function send(method, path, body, headers = {}) {
  const answer = await fetch(`${SESSIONS_URL}/admin/api${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text && JSON.parse(text);
}
