// The official Node SDK against the real gateway: files are kept, listed, read and deleted.

import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import OpenAI, { toFile } from 'openai';
import { TIMEOUT, client, collect } from './support.mjs';

describe('files', TIMEOUT, () => {
  it('live from their upload to their end', async () => {
    const made = await client.files.create({
      file: await toFile(Buffer.from('größe'), 'größe 大.txt'),
      purpose: 'user_data',
      expires_after: { anchor: 'created_at', seconds: 7200 },
    });
    assert.match(made.id, /^file-/);
    assert.deepEqual([made.object, made.status, made.purpose, made.bytes], ['file', 'processed', 'user_data', 7]);
    assert.equal(made.filename, 'größe 大.txt');
    assert.equal(made.expires_at - made.created_at, 7200);
    assert.deepEqual({ ...(await client.files.retrieve(made.id)) }, { ...made });
    const content = await client.files.content(made.id);
    assert.equal(content.headers.get('content-type'), 'text/plain; charset=utf-8');
    assert.equal(await content.text(), 'größe');
    const gone = await client.files.delete(made.id);
    assert.deepEqual([gone.id, gone.deleted], [made.id, true]);
    await assert.rejects(client.files.retrieve(made.id), OpenAI.NotFoundError);
  });

  it('may be streams of a file, sent without a length', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'files-')), 'large.bin');
    await writeFile(path, Buffer.alloc(3_000_000, 7));
    const made = await client.files.create({ file: createReadStream(path), purpose: 'batch' });
    assert.deepEqual([made.bytes, made.filename], [3_000_000, 'large.bin']);
    const content = Buffer.from(await (await client.files.content(made.id)).arrayBuffer());
    assert.ok(content.equals(Buffer.alloc(3_000_000, 7)));
    await client.files.delete(made.id);
  });

  it('are listed page by page, also while they are deleted', async () => {
    const made = [];
    for (const name of ['a', 'b', 'c']) {
      const file = await toFile(Buffer.from(name), `${name}.txt`);
      made.push((await client.files.create({ file, purpose: 'vision' })).id);
    }
    const listed = await collect(client.files.list({ limit: 1, purpose: 'vision' }));
    assert.deepEqual(listed.map((file) => file.id), made.toReversed());
    const oldest = await collect(client.files.list({ limit: 2, purpose: 'vision', order: 'asc' }));
    assert.deepEqual(oldest.map((file) => file.id), made);
    for await (const file of client.files.list({ limit: 1, purpose: 'vision' })) await client.files.delete(file.id);
    assert.deepEqual((await client.files.list({ purpose: 'vision' })).data, []);
  });

  it('are refused by name', async () => {
    const file = await toFile(Buffer.alloc(0), 'empty.txt');
    await assert.rejects(client.files.create({ file, purpose: 'vision' }), (error) => {
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.deepEqual([error.param, error.code], ['file', 'invalid_value']);
      return true;
    });
  });
});
