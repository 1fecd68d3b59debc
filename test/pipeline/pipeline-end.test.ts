import { FramenestError } from '#dist/errors.js';
import type { Packet } from '#dist/media/packet.js';
import type { PipelineParts } from '#dist/pipeline/pipeline.js';
import { pipeline } from '#dist/pipeline/pipeline.js';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../support/error-code.ts';
import { PaintedSource } from '../support/painted-source.ts';
import { PatchMeanEncoder } from '../support/patch-mean-encoder.ts';
import { scenery } from '../support/picture.ts';
import { sleep, until } from '../support/sleep.ts';

const SMALL = 96;
const still = scenery(SMALL, 1);
/** Shows the same scene lighter and darker, so that every frame runs the encoder. */
const blinking = (count: number, failure?: Error): PaintedSource =>
  new PaintedSource({
    count,
    paint: (i) => still.map((value) => value / (1 + (i % 2))),
    ...(failure && { failure }),
  });

describe('the end of a pipeline', () => {
  test('closes the source when it is unsubscribed, also one that is parked in a read', async () => {
    for (const everyMs of [1, 3_600_000]) {
      const source = new PaintedSource({ count: Infinity, paint: () => still, everyMs });
      const encoder = new PatchMeanEncoder({ side: SMALL });
      const subscription = pipeline({ source, encoder, sink: () => undefined }).subscribe();
      await until(() => source.opened === 1);
      subscription.unsubscribe();
      await until(() => source.closed === 1);
    }
  });

  test('hands nothing to the sink after it was unsubscribed', async () => {
    const given: number[] = [];
    const source = new PaintedSource({ count: Infinity, paint: () => still, everyMs: 1 });
    const encoder = new PatchMeanEncoder({ side: SMALL, takesMs: () => 1 });
    const sink = ({ header }: Packet): void => void given.push(header.sequence);
    const subscription = pipeline({ source, encoder, sink }).subscribe();
    await until(() => given.length > 5);
    subscription.unsubscribe();
    const before = given.length;
    await sleep(20);
    expect(given.length).toBe(before);
  });

  const failing: [string, Partial<PipelineParts>, string][] = [
    [
      'encoder',
      {
        encoder: new PatchMeanEncoder({
          side: SMALL,
          fails: (i) =>
            i === 2 ? new FramenestError('ENCODER_FAILED', { what: 'It died.', mend: 'Start it again.' }) : undefined,
        }),
      },
      'ENCODER_FAILED',
    ],
    [
      'sink',
      {
        sink: ({ header }) => {
          if (header.sequence === 2)
            throw new FramenestError('OUTPUT_FAILED', { what: 'Disk full.', mend: 'Make room.' });
        },
      },
      'OUTPUT_FAILED',
    ],
    [
      'source',
      {
        source: blinking(3, new FramenestError('DECODE_DAMAGED', { what: 'A hole.', mend: 'Repair it.' })),
      },
      'DECODE_DAMAGED',
    ],
  ];

  test.each(failing)('is the code of the %s that fails, and the source is closed', async (_, parts, code) => {
    const source = (parts.source as PaintedSource | undefined) ?? blinking(Infinity);
    const encoder = new PatchMeanEncoder({ side: SMALL });
    const sequences: number[] = [];
    const ended = new Promise<unknown>((resolve) => {
      pipeline({ encoder, sink: () => undefined, ...parts, source }).subscribe({
        next: ({ header }) => sequences.push(header.sequence),
        error: resolve,
        complete: () => resolve('complete'),
      });
    });
    expect(await ended).toMatchObject({ name: 'FramenestError', code });
    await until(() => source.closed === 1);
    // What came before the failure and was complete is out, in order and without a hole.
    expect(sequences).toEqual(sequences.map((_value, i) => i));
    expect(sequences.length).toBeLessThanOrEqual(3);
  });
});

describe('the parts of a pipeline', () => {
  const open = (options: PipelineParts['options']): unknown =>
    pipeline({
      source: blinking(1),
      encoder: new PatchMeanEncoder({ side: SMALL }),
      sink: () => undefined,
      ...(options && { options }),
    });

  test.each([
    ['OPTION_INVALID', { window: 0 }],
    ['OPTION_INVALID', { policy: 'fixed' }],
    ['OPTION_INVALID', { dtype: 'F64' as never }],
    ['LADDER_INVALID', { ladder: [1, 25] }],
    ['LADDER_INVALID', { policy: 'fixed:64' }],
    [undefined, { policy: 'fixed:9', ladder: [1, 9] }],
    [undefined, undefined],
  ])('are checked before anything runs: %s', (code, options) => {
    expect(codeOf(() => open(options))).toBe(code);
  });
});
