import { expect } from 'vitest';
import type { ServingProcess } from '../faults/serving-process.ts';

/** Bytes by which a server's memory may have grown: what is garbage, and not collected yet, is a part of that. */
const GROWTH = 256 << 20;

/** Does to a server what a test does to it. Afterwards it must still answer, and must have kept next to nothing. */
export async function expectModest(serving: ServingProcess, ordeal: () => Promise<void>): Promise<void> {
  const memory = (): Promise<number> => serving.metric('process_resident_memory_bytes');
  const before = await memory();
  expect(before).toBeGreaterThan(0);
  await ordeal();
  expect((await memory()) - before).toBeLessThan(GROWTH);
  const health = await fetch(`${serving.url.replace('ws:', 'http:')}/healthz`);
  expect(await health.json()).toMatchObject({ status: 'ok' });
}
