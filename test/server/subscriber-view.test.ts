import { SubscriberView } from '#dist/server/subscriber-view.js';
import { expect, onTestFinished, test } from 'vitest';
import { CuriousEncoder } from '../support/curious-encoder.ts';
import { lightStream } from '../support/serving.ts';

test('what others asked is kept for whoever asks the same, but not for every question there ever was', async () => {
  const { stream } = lightStream('a', { count: 3 }, { encoder: new CuriousEncoder({ side: 96 }) });
  onTestFinished(() => stream.close());
  stream.read('start');
  await stream.whenEnded();
  const packet = stream.log.get(0)!;
  const viewOf = (query: string): SubscriberView =>
    new SubscriberView(stream, { values: true, key: false, query, dtype: 'F32' });
  for (let i = 0; i < 100; i++) await viewOf(`question ${i}`).show(packet);
  const kept = Array.from({ length: 100 }, (_, i) => viewOf(`question ${i}`).asItIs(packet) !== undefined);
  expect(kept.at(-1)).toBe(true);
  expect(kept.filter(Boolean)).toHaveLength(16);
});
