// The official Node SDK on media: pictures, clips, speech, files, and what comes in with a conversation.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import OpenAI, { toFile } from 'openai';
import { TIMEOUT, client, collect } from './support.mjs';

const IMAGE_MODEL = 'grok-imagine-1.0';
const VIDEO_MODEL = 'grok-imagine-1.0-video';
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

/** Return what a picture's first bytes say it is. */
function isPicture(content) {
  return content.subarray(0, 8).equals(PNG) || content.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex'));
}

/** Fetch a link as a browser would, without a key. */
async function opened(url, headers = {}) {
  const answer = await fetch(url, { headers });
  return { status: answer.status, type: answer.headers.get('content-type'), content: Buffer.from(await answer.arrayBuffer()) };
}

/** Poll a clip until it is made, or is not going to be. */
async function finished(id) {
  for (;;) {
    const job = await client.videos.retrieve(id);
    if (!['queued', 'in_progress'].includes(job.status)) return job;
    await pause(200);
  }
}

const drawn = async (prompt) => {
  const answer = await client.images.generate({ model: IMAGE_MODEL, prompt, response_format: 'b64_json' });
  return Buffer.from(answer.data[0].b64_json, 'base64');
};

describe('pictures', TIMEOUT, () => {
  it('are made inline, and differ by prompt', async () => {
    const [cat, dog] = [await drawn('a cat'), await drawn('a dog')];
    assert.ok(isPicture(cat) && isPicture(dog));
    assert.ok(!cat.equals(dog));
  });

  it('are made as links that open without a key', async () => {
    const answer = await client.images.generate({ model: IMAGE_MODEL, prompt: 'a lighthouse', n: 2, size: '1024x1024' });
    assert.equal(answer.data.length, 2);
    assert.ok(Number.isInteger(answer.created));
    for (const { url, b64_json: inline } of answer.data) {
      assert.equal(inline, undefined);
      const { status, type, content } = await opened(url);
      assert.equal(status, 200);
      assert.match(type, /^image\//);
      assert.ok(isPicture(content));
    }
  });

  it('are made in a stream', async () => {
    const stream = await client.images.generate({
      model: IMAGE_MODEL, prompt: 'a bridge', stream: true, partial_images: 1, response_format: 'b64_json',
    });
    const events = await collect(stream);
    assert.equal(events.at(-1).type, 'image_generation.completed');
    assert.ok(isPicture(Buffer.from(events.at(-1).b64_json, 'base64')));
  });

  it('are edited, one and several', async () => {
    const picture = await drawn('a red house');
    const one = await toFile(picture, 'house.png', { type: 'image/png' });
    const edited = await client.images.edit({
      model: IMAGE_MODEL, image: one, prompt: 'paint it blue', response_format: 'b64_json',
    });
    assert.ok(isPicture(Buffer.from(edited.data[0].b64_json, 'base64')));
    const several = await Promise.all([1, 2].map((each) => toFile(picture, `${each}.png`, { type: 'image/png' })));
    const joined = await client.images.edit({ model: IMAGE_MODEL, image: several, prompt: 'join them' });
    assert.equal((await opened(joined.data[0].url)).status, 200);
  });

  it('of a model that is not there are refused', async () => {
    await assert.rejects(client.images.generate({ model: 'dall-e-3', prompt: 'a cat' }), (error) => {
      assert.ok(error instanceof OpenAI.NotFoundError);
      assert.equal(error.code, 'model_not_found');
      return true;
    });
  });
});

describe('clips', TIMEOUT, () => {
  it('are made, waited for, and brought home', async () => {
    const asked = await client.videos.create({ model: VIDEO_MODEL, prompt: 'waves', seconds: '4', size: '1280x720' });
    assert.match(asked.status, /^(queued|in_progress)$/);
    const made = await finished(asked.id);
    assert.equal(made.status, 'completed');
    assert.equal(made.progress, 100);
    assert.equal(made.seconds, '4');
    const clip = Buffer.from(await (await client.videos.downloadContent(made.id)).arrayBuffer());
    assert.equal(clip.subarray(4, 8).toString('latin1'), 'ftyp');
    const listed = await collect(client.videos.list());
    assert.ok(listed.some((each) => each.id === made.id));
    assert.equal((await client.videos.delete(made.id)).deleted, true);
    await assert.rejects(client.videos.retrieve(made.id), OpenAI.NotFoundError);
  });
});

describe('speech', TIMEOUT, () => {
  it('is spoken and heard', async () => {
    const words = 'The quick brown fox jumps over the lazy dog.';
    const spoken = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: words, response_format: 'wav' });
    assert.match(spoken.headers.get('content-type'), /^audio\/(x-)?wav/);
    const sound = Buffer.from(await spoken.arrayBuffer());
    assert.equal(sound.subarray(0, 4).toString('latin1'), 'RIFF');
    const file = await toFile(sound, 'speech.wav', { type: 'audio/wav' });
    const heard = await client.audio.transcriptions.create({ model: 'whisper-1', file });
    assert.match(heard.text, /quick brown fox/);
    const again = await toFile(sound, 'speech.wav', { type: 'audio/wav' });
    const stream = await client.audio.transcriptions.create({ model: 'whisper-1', file: again, stream: true });
    const events = await collect(stream);
    assert.equal(events.at(-1).type, 'transcript.text.done');
    assert.match(events.at(-1).text, /quick brown fox/);
  });

  it('of an unknown voice is refused by name', async () => {
    await assert.rejects(client.audio.speech.create({ model: 'tts-1', voice: 'nobody', input: 'hello' }), (error) => {
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.equal(error.param, 'voice');
      return true;
    });
  });
});

describe('files', TIMEOUT, () => {
  it('are kept, listed, read and deleted', async () => {
    const file = await toFile(Buffer.from('The code word is heron.'), 'notes.txt', { type: 'text/plain' });
    const kept = await client.files.create({ file, purpose: 'user_data' });
    assert.match(kept.id, /^file-/);
    assert.equal(kept.filename, 'notes.txt');
    const listed = await collect(client.files.list());
    assert.ok(listed.some((each) => each.id === kept.id));
    assert.equal(await (await client.files.content(kept.id)).text(), 'The code word is heron.');
    const answer = await client.responses.create({
      model: 'grok-4',
      input: [{
        role: 'user',
        content: [{ type: 'input_file', file_id: kept.id }, { type: 'input_text', text: 'What does it say?' }],
      }],
    });
    assert.equal(answer.status, 'completed');
    assert.equal((await client.files.delete(kept.id)).deleted, true);
    await assert.rejects(client.files.retrieve(kept.id), OpenAI.NotFoundError);
  });
});

describe('a conversation', TIMEOUT, () => {
  it('takes pictures and sound', async () => {
    const url = `data:image/png;base64,${(await drawn('a tree')).toString('base64')}`;
    const seen = await client.chat.completions.create({
      model: 'grok-4',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, { type: 'image_url', image_url: { url } }] }],
    });
    assert.ok(seen.choices[0].message.content);
    const spoken = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'say exactly: heron', response_format: 'wav' });
    const data = Buffer.from(await spoken.arrayBuffer()).toString('base64');
    const heard = await client.chat.completions.create({
      model: 'grok-3',
      messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data, format: 'wav' } }] }],
    });
    assert.ok(heard.choices[0].message.content);
  });

  it('with a model of pictures gives a picture, whole and streamed', async () => {
    const messages = [{ role: 'user', content: 'Draw a lighthouse.' }];
    const whole = await client.chat.completions.create({ model: IMAGE_MODEL, messages });
    const [, url] = /!\[[^\]]*\]\(([^)]+)\)/.exec(whole.choices[0].message.content);
    assert.ok(isPicture((await opened(url)).content));
    const chunks = await collect(await client.chat.completions.create({ model: IMAGE_MODEL, messages, stream: true }));
    assert.match(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''), /!\[[^\]]*\]\(http/);
    const response = await client.responses.create({ model: IMAGE_MODEL, input: 'Draw a bridge.' });
    assert.match(response.output_text, /!\[[^\]]*\]\(http/);
  });
});
