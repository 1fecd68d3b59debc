import { expect, it, onTestFinished } from 'vitest';
import { LogWatch } from '#dist/decode/libav-log-watch.js';
import { decodeAll } from '../support/decoding.ts';
import { broadcast, lossyBroadcast } from '../support/lossy-stream.ts';

it('LogWatch hears of lost packets, once, and of nothing in a stream that is whole', async () => {
  const whole = await broadcast();
  const lossy = await lossyBroadcast(1);
  const watch = new LogWatch();
  onTestFinished(() => watch.stop());
  await decodeAll(whole, 'libav', {}, { live: true });
  expect(await watch.heardLoss()).toBe(false);
  await decodeAll(lossy, 'libav', {}, { live: true });
  expect(await watch.heardLoss()).toBe(true);
  expect(await watch.heardLoss()).toBe(false);
});
