// Videos: the AI SDK's provider for xAI asks, polls and downloads by itself; OpenAI's SDK follows its jobs.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createXai } from '@ai-sdk/xai';
import { experimental_generateVideo as generateVideo } from 'ai';
import OpenAI from 'openai';
import { TIMEOUT } from './support.mjs';

const PROMPT = 'a paper boat !sandbox:seconds=0.3';

// The AI SDK's own download refuses this machine, which is all that a test has.
async function download({ url }) {
  const answer = await fetch(url);
  return { data: new Uint8Array(await answer.arrayBuffer()), mediaType: answer.headers.get('content-type') };
}

function isFilm(content) {
  return Buffer.from(content).subarray(4, 8).toString() === 'ftyp';
}

describe('videos', TIMEOUT, () => {
  const xai = createXai({ baseURL: process.env.OPENAI_BASE_URL, apiKey: process.env.OPENAI_API_KEY });
  const openai = new OpenAI({ maxRetries: 0 });

  it('@ai-sdk/xai makes one and downloads it from our link', async () => {
    const { videos } = await generateVideo({
      model: xai.video('grok-imagine-video'),
      prompt: PROMPT,
      duration: 2,
      aspectRatio: '16:9',
      providerOptions: { xai: { pollIntervalMs: 200 } },
      download,
    });
    assert.equal(videos.length, 1);
    assert.equal(videos[0].mediaType, 'video/mp4');
    assert.ok(isFilm(videos[0].uint8Array));
  });

  it('openai makes, follows, fetches, lists and deletes one', async () => {
    const made = await openai.videos.create({ prompt: PROMPT, seconds: '4', size: '1280x720' });
    assert.equal(made.object, 'video');
    let video = made;
    while (video.status === 'queued' || video.status === 'in_progress') {
      await new Promise((resolve) => setTimeout(resolve, 200));
      video = await openai.videos.retrieve(made.id);
    }
    assert.equal(video.status, 'completed');
    const content = await openai.videos.downloadContent(made.id);
    assert.ok(isFilm(await content.arrayBuffer()));
    const page = await openai.videos.list({ limit: 1 });
    assert.equal(page.data[0].id, made.id);
    assert.deepEqual(await openai.videos.delete(made.id), {
      id: made.id,
      object: 'video.deleted',
      deleted: true,
    });
  });
});
