// The official Node SDK speaks and hears through the real gateway.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import OpenAI, { toFile } from 'openai';
import { TIMEOUT, client, collect } from './support.mjs';

const TEXT = 'Hello there, this is a test. It has two sentences.';

async function spoken(format = 'wav') {
  const answer = await client.audio.speech.create({
    model: 'tts-1',
    voice: 'nova',
    input: TEXT,
    response_format: format,
  });
  return { type: answer.headers.get('content-type'), sound: Buffer.from(await answer.arrayBuffer()) };
}

describe('speech', TIMEOUT, () => {
  for (const [format, type] of [
    ['mp3', 'audio/mpeg'],
    ['wav', 'audio/wav'],
    ['pcm', 'audio/pcm'],
  ]) {
    it(`comes as ${format}`, async () => {
      const { type: told, sound } = await spoken(format);
      assert.equal(told, type);
      assert.ok(sound.length > 10_000);
    });
  }

  it('is refused in a voice that nobody has', async () => {
    const asked = client.audio.speech.create({ model: 'tts-1', voice: 'bob', input: TEXT });
    await assert.rejects(asked, (error) => {
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.equal(error.param, 'voice');
      assert.equal(error.code, 'invalid_value');
      return true;
    });
  });
});

describe('transcripts', TIMEOUT, () => {
  it('say what was said, in each form', async () => {
    const { sound } = await spoken();
    const hear = async (more) =>
      client.audio.transcriptions.create({ model: 'whisper-1', file: await toFile(sound, 'a.wav'), ...more });
    assert.equal((await hear({})).text, TEXT);
    assert.equal(await hear({ response_format: 'text' }), `${TEXT}\n`);
    assert.match(await hear({ response_format: 'srt' }), /^1\n00:00:00,000 --> 00:00:0\d,\d{3}\nHello there/);
    assert.match(await hear({ response_format: 'vtt' }), /^WEBVTT\n\n00:00:00\.000 --> /);
    const verbose = await hear({
      response_format: 'verbose_json',
      timestamp_granularities: ['word', 'segment'],
    });
    assert.equal(verbose.segments.map((each) => each.text).join(''), TEXT);
    assert.equal(verbose.words.map((each) => each.word).join(' '), TEXT);
  });

  it('come as events', async () => {
    const { sound } = await spoken('mp3');
    const stream = await client.audio.transcriptions.create({
      model: 'gpt-4o-transcribe',
      file: await toFile(sound, 'a.mp3'),
      stream: true,
    });
    const events = await collect(stream);
    const done = events.pop();
    assert.equal(done.type, 'transcript.text.done');
    assert.equal(events.map((event) => event.delta).join(''), TEXT);
    assert.equal(done.text, TEXT);
  });
});
