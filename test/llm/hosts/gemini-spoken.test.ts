import type { AddressInfo } from 'node:net';
import { openGeminiLive } from '#dist/llm/hosts/gemini-live.js';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { pictureFrame, textOf, viewOf } from '../../support/picture-views.ts';

const setup = z.object({
  setup: z.strictObject({
    model: z.literal('models/gemini-3.8-live'),
    generationConfig: z.strictObject({
      responseModalities: z.tuple([z.literal('AUDIO')]),
      mediaResolution: z.string(),
      temperature: z.number(),
      maxOutputTokens: z.int().positive(),
    }),
    outputAudioTranscription: z.strictObject({}),
    contextWindowCompression: z.strictObject({ slidingWindow: z.strictObject({}) }),
    sessionResumption: z.strictObject({}),
  }),
});
const content = z.object({ clientContent: z.object({ turnComplete: z.boolean() }) });

/** As the service does with models that only speak: sessions in text end with 1007. */
function serve(socket: WebSocket): void {
  const say = (message: object): void => socket.send(Buffer.from(JSON.stringify(message)));
  const speech = Buffer.alloc(4800).toString('base64');
  let begun = false;
  socket.on('message', (data: Buffer) => {
    const message: unknown = JSON.parse(data.toString());
    if (!begun) {
      begun = setup.safeParse(message).success;
      if (begun) say({ setupComplete: {} });
      else socket.close(1007, 'Request contains an invalid argument.');
      return;
    }
    if (!content.parse(message).clientContent.turnComplete) return;
    for (const text of ['A red', ' door.']) {
      const parts = [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data: speech } }, { text: 'hm', thought: true }];
      say({ serverContent: { modelTurn: { role: 'model', parts } } });
      say({ serverContent: { outputTranscription: { text } } });
    }
    say({ serverContent: { generationComplete: true } });
    say({ serverContent: { turnComplete: true } });
  });
}

test('of a model that only speaks the words are the answer', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on('connection', serve);
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const host = await openGeminiLive({ url, model: 'gemini-3.8-live', silenceS: 20, attempts: 1 });
  onTestFinished(() => host.close());
  const window = viewOf([await pictureFrame(0)]);
  expect(await textOf(host.ask({ window, prompt: 'What is there?' }))).toBe('A red door.');
});
